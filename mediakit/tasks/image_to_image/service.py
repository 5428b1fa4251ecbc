"""Images made of others as `mediakit serve` offers them."""

from typing import TYPE_CHECKING, TypedDict

from mediakit.runtime import views
from mediakit.runtime.service import Input, Option, Service
from mediakit.tasks.image_to_image import gives_colours

if TYPE_CHECKING:
    from mediakit.tasks.image_to_image.pipeline import MadeImage


class Answer(TypedDict):
    """The size of the image, which is that of the upright photo, in pixels."""

    width: int
    height: int


def _png(made: "MadeImage") -> bytes:
    from mediakit.runtime.results import png

    return png(made.draw())


def _colored(made: "MadeImage") -> list[views.View]:
    return [views.Picture(_png(made), "the colours are guesses", compare=True)]


def _translated(made: "MadeImage") -> list[views.View]:
    return [views.Picture(_png(made), "what the model made of the image", compare=True)]


_OPTIONS = {"saturation": Option("Factor of the colours; 0 is grey", 0, 4, 0.1)}
_FILES = {"image/png": _png}

SERVICE = (
    Service(
        title="Colours",
        summary="Gives a grey photo the colours that it may have had.",
        input=Input.PHOTO,
        model="image_to_image/colorize",
        fits=gives_colours,
        answer=Answer,
        views=_colored,
        options=_OPTIONS,
        files=_FILES,
    ),
    Service(
        name="translate_image",
        title="Paired images",
        summary="Turns one kind of image into another, as a model learned it from pairs: labels into façades, say.",
        input=Input.PHOTO,
        model="image_to_image/facades",
        fits=lambda manifest: not gives_colours(manifest),
        answer=Answer,
        views=_translated,
        options=_OPTIONS,
        files=_FILES,
    ),
)
