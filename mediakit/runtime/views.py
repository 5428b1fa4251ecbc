"""What a page can show of a result, whatever its task: a small vocabulary that tasks describe their results in.

Views are plain data. A task lists those of a result (`Service.views`), and a page has one way to draw each kind.
"""

import base64
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image


@dataclass(frozen=True)
class View:
    """Something to show. Its `kind` is the name of its class in small letters."""

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON, bytes in Base64."""
        return {"kind": type(self).__name__.lower(), **_plain(asdict(self))}


@dataclass(frozen=True)
class Sentence(View):
    """A result that is read, such as a caption; `note` qualifies it."""

    text: str
    note: str = ""


@dataclass(frozen=True)
class Attention(View):
    """Where the model looked in the image for each word: a map for each, rows of whole numbers 0..255."""

    words: Sequence[str]
    maps: Sequence[Sequence[Sequence[int]]]


@dataclass(frozen=True)
class Bar:
    """A bar's label, and its length in 0..1."""

    label: str
    value: float


@dataclass(frozen=True)
class Bars(View):
    """Probabilities side by side."""

    bars: Sequence[Bar]
    title: str = ""


@dataclass(frozen=True)
class Shape:
    """A region of an image: outlines, each x, y, x, y, … in pixels of the upright image; `color` such as #c00000, or any."""

    label: str
    outlines: Sequence[Sequence[float]]
    score: float | None = None
    color: str = ""


@dataclass(frozen=True)
class Shapes(View):
    """Regions of an image of so many pixels; `filled` where they are areas rather than frames."""

    width: int
    height: int
    shapes: Sequence[Shape]
    filled: bool = False


@dataclass(frozen=True)
class Span:
    """Characters of a text from `start` up to, not including, `end`."""

    start: int
    end: int
    label: str
    score: float | None = None


@dataclass(frozen=True)
class Spans(View):
    """A text with parts of it marked."""

    text: str
    spans: Sequence[Span]


@dataclass(frozen=True)
class Alignment(View):
    """Which source words each target word comes from: weights `[target][source]`, whole numbers 0..255."""

    source: Sequence[str]
    target: Sequence[str]
    weights: Sequence[Sequence[int]]


@dataclass(frozen=True)
class Line:
    """Values of a plot from place `start` of its axis on; None where there is none."""

    label: str
    values: Sequence[float | None]
    start: int = 0


@dataclass(frozen=True)
class Band:
    """A range around a line from place `start` of the axis on."""

    label: str
    low: Sequence[float]
    high: Sequence[float]
    start: int = 0


@dataclass(frozen=True)
class Mark:
    """A place of the axis that is pointed out."""

    place: int
    label: str


@dataclass(frozen=True)
class Plot(View):
    """Lines and bands over one axis, whose places are counted from 0; `axis` names them, or is empty."""

    lines: Sequence[Line]
    bands: Sequence[Band] = ()
    marks: Sequence[Mark] = ()
    axis: Sequence[str] = ()
    title: str = ""


@dataclass(frozen=True)
class Moment:
    """A moment of a film: when, how much it counted in 0..1 or None where all count alike, and a small JPEG of it."""

    seconds: float
    weight: float | None
    jpeg: bytes


@dataclass(frozen=True)
class Curve:
    """A value in 0..1 at each of a timeline's times."""

    label: str
    values: Sequence[float]


@dataclass(frozen=True)
class Stretch:
    """What a film shows from one second to another, with its probability."""

    label: str
    start: float
    end: float
    score: float


@dataclass(frozen=True)
class Timeline(View):
    """A film of so many seconds by some of its moments, with curves and stretches.

    Attributes:
        times: seconds of the curves' values; those of the moments if empty.
    """

    seconds: float
    moments: Sequence[Moment]
    curves: Sequence[Curve]
    times: Sequence[float] = ()
    stretches: Sequence[Stretch] = ()


@dataclass(frozen=True)
class PlayedNote:
    """A note of a piece: from when to when in seconds, its MIDI pitch, and who plays it, an index of `tracks`."""

    start: float
    end: float
    pitch: int
    track: int


@dataclass(frozen=True)
class Sound(View):
    """A sound to play: a WAV file, and the notes of it, if it has any."""

    wav: bytes
    seconds: float
    notes: Sequence[PlayedNote] = ()
    tracks: Sequence[str] = ()


@dataclass(frozen=True)
class Picture(View):
    """An image to look at: a PNG file; `text` says what it is. `compare` places it over the given image, with a slider; `wide` gives it
    the width of the page."""

    png: bytes
    text: str
    compare: bool = False
    wide: bool = False


@dataclass(frozen=True)
class Download(View):
    """A file to keep."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Table(View):
    """Rows of cells under a head."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Facts(View):
    """A few names with their values."""

    facts: dict[str, str]


def levels(weights: "np.ndarray") -> list[Any]:
    """Weights as whole numbers 0..255, relative to the largest of each map (the last two axes) or row."""
    import numpy as np

    axes = tuple(range(1, weights.ndim))
    most = np.maximum(weights.max(axis=axes, keepdims=True, initial=0), 1e-12)
    return np.rint(weights / most * 255).astype(int).tolist()


def small_jpeg(pixels: "np.ndarray | Image", longest: int = 240) -> bytes:
    """An RGB image uint8 `[height, width, 3]`, no side longer than `longest` pixels, as a JPEG file."""
    import io

    from PIL import Image

    image = Image.fromarray(pixels) if not isinstance(pixels, Image.Image) else pixels.copy()
    image.thumbnail((longest, longest))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=80)
    return file.getvalue()


def _plain(value: Any) -> Any:
    """Data ready for JSON."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value
