"""Images made of others as `mediakit serve` offers them."""

from typing import TYPE_CHECKING, TypedDict

from mediakit.runtime import views
from mediakit.runtime.service import Input, Option, Service

if TYPE_CHECKING:
    from mediakit.tasks.image_to_image.pipeline import MadeImage


class Answer(TypedDict):
    """The size of the image, which is that of the upright photo, in pixels."""

    width: int
    height: int


def _png(made: "MadeImage") -> bytes:
    from mediakit.runtime.results import png

    return png(made.draw())


def _views(made: "MadeImage") -> list[views.View]:
    return [views.Picture(_png(made), "the image that the model made; what it invented is a guess", compare=True)]


SERVICE = Service(
    title="Colours",
    summary="Gives a grey photo colours, which are guesses; a model of pairs makes another image of it.",
    input=Input.PHOTO,
    model="image_to_image/colorize",
    answer=Answer,
    views=_views,
    options={"saturation": Option("Factor of the colours; 0 is grey", 0, 4, 0.1)},
    files={"image/png": _png},
)
