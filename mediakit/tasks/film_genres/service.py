"""Genres of films as `mediakit serve` offers them."""

from typing import TYPE_CHECKING, TypedDict

from mediakit.runtime import views
from mediakit.runtime.service import Input, Option, Service

if TYPE_CHECKING:
    from mediakit.tasks.film_genres.pipeline import FilmGenres


class Genre(TypedDict):
    """A genre and its probability; a film may have several, so they do not add up to 1."""

    genre: str
    probability: float


class Answer(TypedDict):
    """The genres, most probable first, how many frames were looked at, the film's length, and what could not be read of it."""

    genres: list[Genre]
    frames: int
    seconds: float
    shortfall: str | None


def _views(film: "FilmGenres") -> list[views.View]:
    from mediakit.tasks.film_genres.pipeline import DRAWN

    best = film.genres[:DRAWN]
    curves = []
    for genre in best:
        column = film.names.index(genre.name)
        curves.append(views.Curve(genre.name, [round(moment.probabilities[column], 3) for moment in film.moments]))
    heaviest = max(moment.weight for moment in film.moments)
    moments = [
        views.Moment(round(each.seconds, 2), round(each.weight / heaviest, 3), views.small_jpeg(each.frame))
        for each in film.moments
        if each.frame is not None
    ]
    note = [views.Sentence("", film.shortfall)] if film.shortfall else []
    bars = views.Bars([views.Bar(genre.name, round(genre.probability, 3)) for genre in best])
    return [*note, bars, views.Timeline(round(film.seconds, 2), moments, curves)]


SERVICE = Service(
    title="Film genres",
    summary="Names the genres of a film or trailer, and the moments that speak for them.",
    input=Input.FILM,
    model="trailer_genre",
    answer=Answer,
    views=_views,
    options={
        "frames": Option("How many moments to look at", 1, 128),
        "per_shot": Option("Look at one moment of each shot rather than at evenly spaced ones"),
        "start": Option("Look from this second on", 0),
        "end": Option("Look up to this second", 0),
    },
    viewed={"keep_frames": True},
)
