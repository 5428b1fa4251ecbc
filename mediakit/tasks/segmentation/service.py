"""Segments of photos as `mediakit serve` offers them."""

from typing import TYPE_CHECKING, TypedDict

from mediakit.runtime import views
from mediakit.runtime.service import Input, Option, Service

if TYPE_CHECKING:
    from mediakit.tasks.segmentation.pipeline import Segmentation


class RunLengths(TypedDict):
    """COCO's compressed run-length encoding; `size` is height, width."""

    size: list[int]
    counts: str


class Segment(TypedDict):
    """What a class covers; `score` is the probability that most of it is that class; each of the `polygons` is x, y, x, y, … in pixels."""

    label: str
    id: int
    score: float | None
    pixels: int
    fraction: float
    polygons: list[list[int]]
    rle: RunLengths


class Doubt(TypedDict):
    """A class that was left out because its score is low."""

    label: str
    score: float


class Answer(TypedDict):
    """The size of the upright photo in pixels, its segments, the largest first, and what was too doubtful to be one."""

    width: int
    height: int
    segments: list[Segment]
    left_out: list[Doubt]


def _views(found: "Segmentation") -> list[views.View]:
    from mediakit.tasks.segmentation import regions
    from mediakit.tasks.segmentation.pipeline import BACKGROUND

    colors = {each.name: f"#{bytes(each.color).hex()}" for each in found.classes}
    shown = [area for area in found.areas if area.label != BACKGROUND]
    shapes = [
        views.Shape(area.label, regions.polygons(found.region(area.label)), round(area.fraction, 4), colors[area.label]) for area in shown
    ]
    height, width = found.mask.shape
    doubts = ", ".join(f"{each.label} ({each.score:.2f})" for each in found.left_out)
    nothing = [] if shapes else [views.Sentence("nothing found", f"left out as doubtful: {doubts}" if doubts else "")]
    return [*nothing, views.Shapes(width, height, shapes, filled=True), views.Download("mask.png", "image/png", _mask(found))]


def _mask(found: "Segmentation") -> bytes:
    from mediakit.runtime.results import png

    return png(found.palette_image())


SERVICE = Service(
    title="Segments",
    summary="Finds which pixels of a photo are people, animals and things, or the parts of a street.",
    input=Input.PHOTO,
    model="segmentation/everyday",
    answer=Answer,
    views=_views,
    options={"flip": Option("Also look at the mirror image: a little better, half as fast")},
    files={"image/png": _mask},
)
