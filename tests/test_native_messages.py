"""Lines that libraries print below Python."""

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


def said(inside="pass"):
    done = subprocess.run([sys.executable, "-c", CODE.format(inside=inside)], capture_output=True, timeout=60, check=False)
    return done.stderr.decode().splitlines(), done.returncode


def test_only_the_noise_is_left_out_and_only_within():
    assert said() == (["worth reading", "more", "noise that comes later"], 0)


def test_nothing_is_lost_when_it_fails():
    lines, code = said("raise ValueError('broken')")
    assert code == 1
    assert lines[:3] == ["worth reading", "more", "noise that comes later"] and lines[-1] == "ValueError: broken"


def test_a_closed_standard_error_is_no_failure():
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
