"""Classes of images as `mediakit serve` offers them."""

from typing import TYPE_CHECKING, TypedDict

from mediakit.runtime import views
from mediakit.runtime.service import Input, Option, Service

if TYPE_CHECKING:
    from mediakit.tasks.classification.pipeline import Classification


class Label(TypedDict):
    """A class and its probability."""

    label: str
    probability: float


class Answer(TypedDict):
    """The most probable classes, and whether the image is like those that the model learned from; null if it cannot tell."""

    labels: list[Label]
    familiar: bool | None


def _views(found: "Classification") -> list[views.View]:
    bars = views.Bars([views.Bar(label.name, round(label.probability, 4)) for label in found.labels])
    if found.familiar is False:
        return [views.Sentence(found.labels[0].name, "unlike the images that the model learned from, so probably wrong"), bars]
    return [views.Sentence(found.labels[0].name, f"with a probability of {found.labels[0].probability:.0%}"), bars]


SERVICE = Service(
    title="Classes",
    summary="Names what an image shows: things of ImageNet, hand signs from 0 to 9, letters of American Sign Language, clothes.",
    input=Input.PHOTO,
    model="classification/imagenet",
    answer=Answer,
    views=_views,
    options={"top": Option("How many classes, best first", 1, 100)},
)
