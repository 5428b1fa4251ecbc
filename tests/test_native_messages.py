"""Filtering the messages of native libraries."""

import subprocess
import sys

CODE = """
import os
from mediakit.native_messages import stderr_without
try:
    with stderr_without(rb"^noise|hum"):
        os.write(2, b"noise at the start\\nworth reading\\na hum within\\nmore\\n")
        {inside}
finally:
    os.write(2, b"noise that comes later\\n")
"""


def lines_and_code(inside="pass"):
    done = subprocess.run([sys.executable, "-c", CODE.format(inside=inside)], capture_output=True, timeout=60, check=False)
    return done.stderr.decode().splitlines(), done.returncode


def test_only_noise_inside_the_block_is_dropped():
    assert lines_and_code() == (["worth reading", "more", "noise that comes later"], 0)


def test_nothing_is_lost_after_an_exception():
    lines, code = lines_and_code("raise ValueError('broken')")
    assert code == 1
    assert lines[:3] == ["worth reading", "more", "noise that comes later"] and lines[-1] == "ValueError: broken"


def test_standard_error_may_be_closed():
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import os; os.close(2)\nfrom mediakit.native_messages import stderr_without\nwith stderr_without(b'x'): print('done')",
        ],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == b"done\n"
