"""Filtering what native libraries print on standard error, where they offer no setting for it."""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stderr_without(noise: bytes) -> Iterator[None]:
    """Drop lines that match the regular expression `noise` from standard error. All other lines are printed when the block ends."""
    try:
        saved = os.dup(2)
    except OSError:  # standard error is closed
        yield
        return
    with tempfile.TemporaryFile() as caught:
        os.dup2(caught.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)
            caught.seek(0)
            kept = [line for line in caught if not re.search(noise, line)]
            if kept:
                os.write(2, b"".join(kept))
