"""Work in threads, each with networks of its own."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


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
