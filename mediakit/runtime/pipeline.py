"""The protocol of all pipelines: one item, a list of items, or a stream of them."""

import inspect
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar, get_args, overload

from mediakit.errors import InputError, MediakitError, did_you_mean
from mediakit.runtime.model_folder import ModelFolder
from mediakit.runtime.results import Result
from mediakit.runtime.workers import in_order

Item = TypeVar("Item")
Output = TypeVar("Output", bound=Result)
Prepared = TypeVar("Prepared")
T = TypeVar("T")

MISSING: Any = object()  # stands for an argument that was not given
MOST_ERRORS = 1000  # in a batch
# Types that `check_options` checks; other options are checked by their pipelines.
_PLAIN = {bool, int, float, str, type(None)}


class Pipeline(ABC, Generic[Item, Output]):
    """Turns items into results with the networks of a model folder.

        pipeline(item)              its result; raises its error
        pipeline([item, item])      a list of results; raises the first error
        pipeline.stream(items)      yields each item with its result or error, in order, at flat memory

    A bad item never ends a stream: its MediakitError is yielded in place of a result. An error among the items is yielded the
    same way, so that whoever lists the items can report those it could not read.

    A subclass opens its networks in `__init__`, names its options in `stream`, and implements that with `_one_by_one` or
    `_in_batches`. A pipeline can be pickled: a copy opens the model folder again.

    Args:
        folder: an opened model folder.
        threads: how many items or batches are processed side by side; by default one per processor, at most four.

    Raises InputError for fewer than one thread, ModelError for files that are damaged or do not belong together.
    """

    columns: ClassVar[tuple[str, ...]]  # the keys of every result's `to_row`

    def __init__(self, folder: ModelFolder, threads: int | None = None):
        if threads is not None and threads < 1:
            raise InputError(f"threads is {threads}; it must be at least 1")
        self.folder, self.threads = folder, threads

    def __reduce__(self) -> Any:
        return type(self), (self.folder, self.threads)

    @overload
    def __call__(self, items: list[Item] | tuple[Item, ...] | range, **options: Any) -> list[Output]: ...
    @overload
    def __call__(self, items: Item, **options: Any) -> Output: ...

    def __call__(self, items: Any = MISSING, **options: Any) -> Output | list[Output]:
        """The result of one item, or a list of results for a list of items. Options as in `stream`.

        Raises the first error, and InputError for an unknown option or a missing item; `stream` goes on past bad items.
        """
        check_option_names(self.stream, options)
        if items is MISSING:
            raise InputError("nothing to work on: the first argument is an item or a list of items")
        many = self._is_many(items)
        results = list(results_of(self.stream(items if many else [items], **options)))
        return results if many else results[0]

    @abstractmethod
    def stream(
        self, items: Iterable[Item | MediakitError], *args: Any, **options: Any
    ) -> Iterator[tuple[Item | MediakitError, Output | MediakitError]]:
        """Yield each item with its result or error, in order, at flat memory. Raises InputError for options out of range."""

    def _is_many(self, items: Any) -> bool:
        """Whether a call was given several items rather than one."""
        return isinstance(items, list | tuple | range)

    def _one_by_one(
        self, items: Iterable[Item | MediakitError], work: Callable[[int, Item], Output]
    ) -> Iterator[tuple[Item | MediakitError, Output | MediakitError]]:
        """A stream whose items are processed one at a time, in threads.

        Args:
            work: an item's place in the stream and the item, to its result; may raise MediakitError.
        """

        def attempt(numbered: tuple[int, Item | MediakitError]) -> Output | MediakitError:
            index, item = numbered
            return _attempt(partial(work, index), item)

        numbered = enumerate(_several(items))
        return ((item, result) for (_, item), result in in_order(attempt, numbered, self.threads))

    def _in_batches(
        self,
        items: Iterable[Item | MediakitError],
        prepare: Callable[[Item], Prepared],
        size: Callable[[Prepared], int],
        limit: int,
        work: Callable[[list[Prepared]], Iterable[Output]],
    ) -> Iterator[tuple[Item | MediakitError, Output | MediakitError]]:
        """A stream whose items are processed in batches, each as soon as its items' sizes add up to `limit`.

        Args:
            prepare: checks an item and makes it ready; may raise MediakitError.
            size: of a prepared item, at least 1.
            work: the results of prepared items, in order. A MediakitError that it raises becomes the result of each of them.
        """

        def batches() -> Iterator[list[tuple[Item | MediakitError, Prepared | MediakitError]]]:
            batch: list[tuple[Item | MediakitError, Prepared | MediakitError]] = []
            total = 0
            for item in several:
                prepared = _attempt(prepare, item)
                batch.append((item, prepared))
                total += limit // MOST_ERRORS + 1 if isinstance(prepared, MediakitError) else size(prepared)
                if total >= limit:
                    yield batch
                    batch, total = [], 0
            yield batch

        several = _several(items)
        return (done for batch in batches() for done in _finished(batch, work))


def results_of(stream: Iterable[tuple[Any, Output | MediakitError]]) -> Iterator[Output]:
    """The results of a stream without its items. Raises the first error."""
    for _, result in stream:
        if isinstance(result, MediakitError):
            raise result
        yield result


def check_option_names(function: Callable[..., Any], options: Iterable[str], also: Iterable[str] = ()) -> None:
    """Raise InputError for options that a function does not take after its first parameter. `also` names more that there are."""
    _, *parameters = inspect.signature(function).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return
    known = [parameter.name for parameter in parameters if parameter.kind in (parameter.KEYWORD_ONLY, parameter.POSITIONAL_OR_KEYWORD)]
    known += also
    for name in options:
        if name not in known:
            raise InputError(f"no option {name!r}; the options are {', '.join(known) or 'none'}{did_you_mean(name, known)}")


def check_options(function: Callable[..., Any], options: Mapping[str, Any]) -> None:
    """Raise InputError for options that a pipeline's `stream` does not take, or whose type is not the one in its signature."""
    check_option_names(function, options)
    known = inspect.signature(function).parameters
    for name, value in options.items():
        if name not in known:  # one of **options
            continue
        types = set(get_args(known[name].annotation) or [known[name].annotation])
        accepted = tuple(types | {int}) if float in types else tuple(types)
        if types <= _PLAIN and not isinstance(value, accepted):
            wanted = " or ".join(sorted(kind.__name__ for kind in types - {type(None)}))
            raise InputError(f"{name} is {value!r}; it must be of type {wanted}")


def _attempt(work: Callable[[Item], T], item: Item | MediakitError) -> T | MediakitError:
    """What `work` makes of an item, or its error."""
    if isinstance(item, MediakitError):
        return item
    try:
        return work(item)
    except MediakitError as error:
        return error


def _finished(
    batch: list[tuple[Item | MediakitError, Prepared | MediakitError]], work: Callable[[list[Prepared]], Iterable[Output]]
) -> Iterator[tuple[Item | MediakitError, Output | MediakitError]]:
    """A batch's items with their results or errors."""
    ready = [prepared for _, prepared in batch if not isinstance(prepared, MediakitError)]
    results: Iterator[Output | MediakitError]
    try:
        results = iter(list(work(ready)) if ready else [])
    except MediakitError as error:
        results = iter([error] * len(ready))
    for item, prepared in batch:
        yield item, prepared if isinstance(prepared, MediakitError) else next(results)


def _several(items: Any) -> Iterable[Any]:
    """The items of a stream. Raises InputError for what is a single item or cannot be iterated over."""
    if isinstance(items, str | bytes | os.PathLike) or not isinstance(items, Iterable):
        raise InputError(f"stream takes several items, not one {type(items).__name__}; put it in a list")
    return items
