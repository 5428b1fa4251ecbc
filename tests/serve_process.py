"""`mediakit serve` as a process, for tests."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DATA = Path(__file__).parent / "data"
COMMAND = [sys.executable, "-m", "mediakit", "serve", "--port", "0"]


@contextmanager
def serving(temporary: Path, *options: str) -> Iterator[tuple[subprocess.Popen, str]]:
    """A server and its address."""
    environment = {**os.environ, "MEDIAKIT_MODELS": str(DATA), "TMPDIR": str(temporary)}
    server = subprocess.Popen([*COMMAND, *options], env=environment, stderr=subprocess.PIPE, text=True)
    assert server.stderr
    try:
        said = server.stderr.readline()
        found = re.search(r"http://\S+", said)
        assert found, said + server.stderr.read()
        yield server, found.group()
    finally:
        server.kill()
        server.wait()
        server.stderr.close()
