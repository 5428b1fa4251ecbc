"""What a task says of itself so that `mediakit serve` can offer it, as an address of the API and a tab of the page.

A task's package has a module `service.py` with a `SERVICE`, or a tuple of them. It is read at the start, so it imports nothing
heavy: what needs the pipeline or NumPy does so inside functions.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mediakit.runtime.views import View


class Input(StrEnum):
    """What a task works on. The value is the field's name in a request."""

    PHOTO = "photo"  # a file's bytes
    FILM = "film"  # the path of a file
    SOUND = "sound"  # the path of a file
    TEXT = "text"
    SERIES = "series"  # a `mediakit.media.series.Series`
    TABLE = "table"  # the path of a CSV file
    DOCUMENT = "document"  # a `NamedFile`
    SEED = "seed"  # a whole number


@dataclass(frozen=True)
class NamedFile:
    """A file in memory; its name may be empty."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Option:
    """An option of a pipeline's `stream`; its type and default are those of the signature.

    Attributes:
        text: what it does, a phrase for a label's help.
        label: what a page calls it; its name if empty.
        least, most: of a number.
        step: of a slider; a number without one is typed.
        choices: the values that a text may have; any if empty.
        file: the media type of a file, for an option that is one.
    """

    text: str
    least: float | None = None
    most: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()
    file: str = ""
    label: str = ""


@dataclass(frozen=True)
class Service:
    """What a task offers.

    Attributes:
        title: of its tab, a word or two.
        summary: what it does, in one sentence.
        input: what it works on.
        model: the default model.
        answer: a TypedDict with the keys of the result's `to_dict()`.
        views: what a page shows of a result.
        options: of the pipeline that a request may set, by name.
        files: the files that a result can be fetched as, by media type.
        viewed: options that are always set when views are asked for, such as `keep_frames`.
        name: of its address; the task's name if empty. Only the first of a task's services may leave it out.
        pipeline: the module of the task's package whose `load` gives the pipeline.
        fits: whether a model of the task, given its manifest, is one that this service offers.
        endings: of the files that it takes, such as `.srt`; those of its input if empty.
        live: answers are quick enough to be asked for with every key.
        samples: inputs to try, such as a sentence.
    """

    title: str
    summary: str
    input: Input
    model: str
    answer: type
    views: "Callable[[Any], Sequence[View]]"
    options: Mapping[str, Option] = field(default_factory=dict)
    files: Mapping[str, Callable[[Any], bytes]] = field(default_factory=dict)
    viewed: Mapping[str, Any] = field(default_factory=dict)
    live: bool = False
    samples: Sequence[str] = ()
    name: str = ""
    pipeline: str = "pipeline"
    fits: Callable[[Mapping[str, Any]], bool] = lambda manifest: True
    endings: Sequence[str] = ()
