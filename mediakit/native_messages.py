"""What libraries print on standard error below Python, where no setting of theirs reaches it."""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stderr_without(noise: bytes) -> Iterator[None]:
    """Keep lines that hold `noise`, a regular expression, from standard error; all else is passed on at the end."""
    try:
        kept = os.dup(2)
    except OSError:  # standard error is closed
        yield
        return
    with tempfile.TemporaryFile() as caught:
        os.dup2(caught.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            caught.seek(0)
            said = [line for line in caught if not re.search(noise, line)]
            if said:
                os.write(2, b"".join(said))
