"""An evenly spaced sample from a stream of unknown length."""

from collections.abc import Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Thinned(Generic[Item]):
    """Keeps between `count` and `2 * count` items of any stream, evenly spaced: when it is full, it drops every other item."""

    def __init__(self, count: int):
        self._count, self._every, self._seen = count, 1, 0
        self._items: list[Item] = []

    def takes_next(self) -> bool:
        """Whether the next item will be kept. Otherwise `skip` it, which saves preparing it."""
        return self._seen % self._every == 0

    def skip(self) -> None:
        """Pass over the next item."""
        self._seen += 1

    def add(self, item: Item) -> None:
        """Offer the next item."""
        if self.takes_next():
            self._items.append(item)
            if len(self._items) >= 2 * self._count:
                self._items = self._items[::2]
                self._every *= 2
        self._seen += 1

    def evenly(self, count: int | None = None) -> Iterator[Item]:
        """Up to `count` of the kept items (by default the constructor's count), evenly spaced and in order."""
        size = min(count or self._count, len(self._items))
        for i in range(size):
            yield self._items[int((i + 0.5) * len(self._items) / size)]
