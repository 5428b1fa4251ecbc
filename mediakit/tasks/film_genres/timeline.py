"""A film's timeline with its genres."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PIL import Image

from mediakit.errors import InputError
from mediakit.media.timeline import Curve, draw_timeline

if TYPE_CHECKING:
    from mediakit.tasks.film_genres.pipeline import FilmGenres, Genre


def draw_film(film: "FilmGenres", title: str, genres: "Sequence[Genre]") -> Image.Image:
    """Draw a film's timeline with a curve for each of these genres. Raises InputError when the film's frames were not kept."""
    frames = [moment.frame for moment in film.moments if moment.frame is not None]
    if not frames:
        raise InputError("the film's frames were not kept; classify it with keep_frames=True")
    curves = []
    for genre in genres:
        column = film.names.index(genre.name)
        scores = [moment.probabilities[column] for moment in film.moments]
        curves.append(Curve(genre.name, scores, genre.probability, film.spoke_for(genre.name)))
    times, weights = [moment.seconds for moment in film.moments], [moment.weight for moment in film.moments]
    return draw_timeline(title, film.seconds, times, frames, weights, curves)
