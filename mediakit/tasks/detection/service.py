"""Objects in images as `mediakit serve` offers them."""

from typing import TYPE_CHECKING, TypedDict

from mediakit.runtime import views
from mediakit.runtime.service import Input, Option, Service

if TYPE_CHECKING:
    from mediakit.tasks.detection.pipeline import Detections


class Found(TypedDict):
    """An object; `box` is x0, y0, x1, y1 in pixels of the upright image."""

    label: str
    score: float
    box: list[float]


class Answer(TypedDict):
    """The size of the upright image in pixels, and its objects, the highest score first."""

    width: int
    height: int
    objects: list[Found]


def _views(found: "Detections") -> list[views.View]:
    shapes = []
    for each in found.objects:
        left, top, right, bottom = (round(edge, 1) for edge in each.box)
        shapes.append(views.Shape(each.label, [[left, top, right, top, right, bottom, left, bottom]], round(each.score, 3)))
    nothing = [] if shapes else [views.Sentence("nothing found", "a lower threshold finds more")]
    return [*nothing, views.Shapes(found.width, found.height, shapes)]


SERVICE = Service(
    title="Objects",
    summary="Finds the things in an image and draws a box around each.",
    input=Input.PHOTO,
    model="detection/everyday",
    answer=Answer,
    views=_views,
    options={
        "threshold": Option("Least probability of an object", 0.01, 1, 0.01),
        "labels": Option("Only these classes"),
    },
)
