"""Generated images as `mediakit serve` offers them."""

from typing import TYPE_CHECKING, TypedDict

from mediakit.runtime import views
from mediakit.runtime.seeds import LAST_SEED
from mediakit.runtime.service import Input, Option, Service

if TYPE_CHECKING:
    from mediakit.tasks.image_generation.pipeline import GeneratedImage


class Answer(TypedDict):
    """What an image was generated from; null for what the model does not have or was not asked for."""

    seed: int
    label: str | None
    truncation: float | None
    fine: int | None
    crossover: int | None


def _png(image: "GeneratedImage") -> bytes:
    from mediakit.runtime.results import png

    return png(image.draw())


def _views(image: "GeneratedImage") -> list[views.View]:
    of = f"{image.label}, seed {image.seed}" if image.label else f"seed {image.seed}"
    mixed = "" if image.fine is None else f", mixed with {image.fine}"
    return [views.Picture(_png(image), of + mixed)]


SERVICE = Service(
    title="Images",
    summary="Generates an image from a seed; a low truncation keeps it safe, a high one makes it varied.",
    input=Input.SEED,
    model="style_gan/emoji",
    answer=Answer,
    views=_views,
    options={
        "truncation": Option("How far from the mean image", 0, 2, 0.05),
        "label": Option("The class, or the start of its name; drawn by the seed if left out"),
        "fine": Option("A second seed, whose fine layers are mixed in", 0, LAST_SEED, label="Mix with seed"),
        "crossover": Option("How many coarse layers stay the first seed's", 0, 12, 1, label="Layers of the first"),
    },
    files={"image/png": _png},
    live=True,
)
