"""Classes of images as `mediakit serve` offers them."""

from typing import TYPE_CHECKING, TypedDict

from mediakit.runtime import views
from mediakit.runtime.service import Input, Option, Service

if TYPE_CHECKING:
    from mediakit.tasks.classification.films import FilmClasses
    from mediakit.tasks.classification.pipeline import Classification

STRIP = 24  # frames of a film, evenly spaced
CURVES = 8  # classes of a film


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


class Shown(TypedDict):
    """A stretch of a film that shows a class: from when to when in seconds, and the mean of its smoothed probability."""

    label: str
    start: float
    end: float
    probability: float


class FilmAnswer(TypedDict):
    """The classes that a film shows in order of time, the film's length, and what could not be read of it."""

    events: list[Shown]
    seconds: float
    shortfall: str | None


def _film_views(film: "FilmClasses") -> list[views.View]:
    notes = [views.Sentence("", film.shortfall)] if film.shortfall else []
    if not film.events:
        notes.append(views.Sentence("nothing found", "a lower threshold finds more"))
    stretches = [
        views.Stretch(event.label, round(event.start, 2), round(event.end, 2), round(event.probability, 3)) for event in film.events
    ]
    strip = [
        views.Moment(round(each.seconds, 2), None, views.small_jpeg(each.frame)) for each in film.moments[:: len(film.moments) // STRIP + 1]
    ]
    times = [round(each.seconds, 2) for each in film.moments]
    curves = [views.Curve(name, [round(float(value), 3) for value in scores]) for name, scores in film.curves(CURVES).items()]
    return [*notes, views.Timeline(round(film.seconds, 2), strip, curves, times, stretches)]


_IMAGES = Service(
    title="Classes",
    summary="Names what an image shows: things of ImageNet, hand signs from 0 to 9, letters of American Sign Language, clothes.",
    input=Input.PHOTO,
    model="classification/imagenet",
    answer=Answer,
    views=_views,
    options={"top": Option("How many classes, best first", 1, 100)},
)

_FILMS = Service(
    name="gesture",
    title="Hand signs",
    summary="Finds the hand signs 0 to 9 in a film, from when to when; the hand should fill most of the central square.",
    input=Input.FILM,
    model="classification/gestures",
    pipeline="films",
    answer=FilmAnswer,
    views=_film_views,
    options={
        "threshold": Option("Least probability of a sign", 0, 1, 0.05),
        "smoothing": Option("Seconds over which probabilities are smoothed", 0, 10),
        "fps": Option("Frames to look at in a second", 0.1, 60, label="Frames a second"),
        "start": Option("Look from this second on", 0),
        "end": Option("Look up to this second", 0),
    },
    viewed={"keep_frames": True},
)

SERVICE = (_IMAGES, _FILMS)
