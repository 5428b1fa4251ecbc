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
    """What a class covers; each of the `polygons` is x, y, x, y, … in pixels."""

    label: str
    id: int
    pixels: int
    fraction: float
    polygons: list[list[int]]
    rle: RunLengths


class Answer(TypedDict):
    """The size of the upright photo in pixels, and its segments, the largest first."""

    width: int
    height: int
    segments: list[Segment]


def _views(found: "Segmentation") -> list[views.View]:
    from mediakit.tasks.segmentation import regions
    from mediakit.tasks.segmentation.pipeline import BACKGROUND

    colors = {each.name: f"#{bytes(each.color).hex()}" for each in found.classes}
    shown = [area for area in found.areas if area.label != BACKGROUND]
    shapes = [
        views.Shape(area.label, regions.polygons(found.region(area.label)), round(area.fraction, 4), colors[area.label]) for area in shown
    ]
    height, width = found.mask.shape
    nothing = [] if shapes else [views.Sentence("nothing found", "")]
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
