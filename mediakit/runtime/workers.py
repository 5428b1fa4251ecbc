"""Work in threads, each with its own networks."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain, islice
from typing import Generic, TypeVar

Thing = TypeVar("Thing")
Item = TypeVar("Item")
Result = TypeVar("Result")
AHEAD = 4  # items in flight per thread, so that no thread waits for the consumer


class Pool(Generic[Thing]):
    """Things that only one thread may use at a time, such as networks. Another one is made when none is idle.

    Args:
        make: makes one. It is called once at the start, so that errors show early.
    """

    def __init__(self, make: Callable[[], Thing]):
        self._make = make
        self._idle = [make()]

    @contextmanager
    def one(self) -> Iterator[Thing]:
        """One of them, for this block alone."""
        try:
            thing = self._idle.pop()
        except IndexError:
            thing = self._make()
        try:
            yield thing
        finally:
            self._idle.append(thing)


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_order(work: Callable[[Item], Result], items: Iterable[Item], threads: int | None = None) -> Iterator[tuple[Item, Result]]:
    """Yield each item with the result of `work`, in order and at flat memory, several at a time in threads.

    Args:
        work: an exception that it raises is raised again when the item's turn comes.
        threads: by default one per processor, at most four. A single item is processed in the caller's thread.
    """
    coming = iter(items)
    first = list(islice(coming, 2))
    threads = threads or min(processors(), 4)
    if len(first) < 2 or threads == 1:
        for item in chain(first, coming):
            yield item, work(item)
        return
    from concurrent.futures import Future, ThreadPoolExecutor

    waiting: deque[tuple[Item, Future[Result]]] = deque()
    pool = ThreadPoolExecutor(threads)
    try:
        for item in chain(first, coming):
            waiting.append((item, pool.submit(work, item)))
            if len(waiting) > AHEAD * threads:
                item, result = waiting.popleft()
                yield item, result.result()
        while waiting:
            item, result = waiting.popleft()
            yield item, result.result()
    finally:  # the consumer may have stopped early
        # A stream that was dropped may be collected in one of its own threads, which cannot wait for itself.
        with suppress(RuntimeError):
            pool.shutdown(cancel_futures=True)
