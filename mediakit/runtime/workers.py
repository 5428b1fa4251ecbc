"""Work in threads, each with networks of its own."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from typing import Generic, TypeVar

Thing = TypeVar("Thing")
Item = TypeVar("Item")
Result = TypeVar("Result")
AHEAD = 4  # items under way for each thread, so that none waits for whoever takes the results


class Pool(Generic[Thing]):
    """Things that one thread at a time may use, such as networks. One more is made when none is idle.

    Args:
        make: makes one; called at once, so that what is wrong with it shows early.
    """

    def __init__(self, make: Callable[[], Thing]):
        self._make = make
        self._idle = [make()]

    @contextmanager
    def one(self) -> Iterator[Thing]:
        """One that nobody else has until the block ends."""
        try:
            thing = self._idle.pop()
        except IndexError:
            thing = self._make()
        try:
            yield thing
        finally:
            self._idle.append(thing)


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_order(work: Callable[[Item], Result], items: Iterable[Item], threads: int | None = None) -> Iterator[tuple[Item, Result]]:
    """Each item and what `work` makes of it, in order and at flat memory, several at a time in threads.

    Args:
        work: what it raises is raised when that item's turn comes.
        threads: by default one for each processor, at most four. A single item needs none.
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
    with ThreadPoolExecutor(threads) as pool:
        try:
            for item in chain(first, coming):
                waiting.append((item, pool.submit(work, item)))
                if len(waiting) > AHEAD * threads:
                    item, result = waiting.popleft()
                    yield item, result.result()
            while waiting:
                item, result = waiting.popleft()
                yield item, result.result()
        finally:  # whoever took the results may have left early
            for _, result in waiting:
                result.cancel()
