"""What pipelines warn of, by the thread in which they do."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mediakit.errors import InputWarning, on_one_line

_kept = threading.local()


def keep_notes() -> None:
    """Have InputWarnings kept for `notes`, and other warnings ignored, for as long as the process lives."""
    warnings.simplefilter("ignore")
    warnings.simplefilter("always", InputWarning)
    shown = warnings.showwarning

    def show(message: Warning | str, category: type[Warning], *where: Any) -> None:
        notes = getattr(_kept, "notes", None)
        if notes is None or not issubclass(category, InputWarning):
            shown(message, category, *where)
        elif (line := on_one_line(str(message))) not in notes:
            notes.append(line)

    warnings.showwarning = show  # type: ignore[assignment]


@contextmanager
def notes() -> Iterator[list[str]]:
    """The warnings of this thread in the block. The list may be emptied as they are read."""
    _kept.notes = []
    try:
        yield _kept.notes
    finally:
        _kept.notes = None
