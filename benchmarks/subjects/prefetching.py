"""Prefetching for the other frameworks, as tf.data does for the recipes."""

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import TypeVar

Batch = TypeVar("Batch")


def prefetched(batches: Iterable[Batch], ahead: int = 4) -> Iterator[Batch]:
    """The batches, prepared ahead of time by a thread."""
    ready: queue.Queue[Batch | None] = queue.Queue(ahead)

    def fill() -> None:
        for batch in batches:
            ready.put(batch)
        ready.put(None)

    threading.Thread(target=fill, daemon=True).start()
    while (batch := ready.get()) is not None:
        yield batch
