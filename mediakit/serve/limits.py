"""What a request may ask for."""

from dataclasses import dataclass

from mediakit.runtime.workers import processors

MEGABYTE = 1_000_000
JSON_BYTES = 16 * MEGABYTE  # a JSON body is held in memory as a whole, files of a form are not


@dataclass(frozen=True)
class Limits:
    """Limits of a server.

    Attributes:
        body: bytes of a request.
        pixels: of an image.
        film_seconds: of a film.
        characters: of a text.
        inputs: of a request.
        seconds: that reading a request, and then each input, may take.
        concurrent: inputs that are worked on at a time.
        waiting: requests that may wait for their turn; those past it are told to come back later.
    """

    body: int = 64 * MEGABYTE
    pixels: int = 64_000_000
    film_seconds: float = 1800.0
    characters: int = 20_000
    inputs: int = 1000
    seconds: float = 60.0
    concurrent: int = processors()
    waiting: int = 32
