"""Speech as `mediakit serve` offers it."""

from typing import TYPE_CHECKING, TypedDict

from mediakit.runtime import views
from mediakit.runtime.service import Input, Option, Service

if TYPE_CHECKING:
    from mediakit.tasks.speech.pipeline import Speech


class Answer(TypedDict):
    """What was said, in whose voice, how long it lasts, and its samples per second."""

    text: str
    words: list[str]
    speaker: str
    seconds: float
    rate: int
    seed: int


def _wav(said: "Speech") -> bytes:
    return said.wav()


def _views(said: "Speech") -> list[views.View]:
    from mediakit.runtime.results import png

    return [
        views.Sound(said.wav(), said.seconds),
        views.Picture(png(said.draw()), f"waveform and spectrogram of {' '.join(said.words)}"),
        views.Facts({"words": " ".join(said.words), "speaker": said.speaker, "seed": str(said.seed)}),
    ]


SERVICE = Service(
    title="Speech",
    summary="Says a number digit by digit; the same seed gives the same sound.",
    input=Input.TEXT,
    model="audio/digits",
    answer=Answer,
    views=_views,
    options={
        "speaker": Option("In whose voice; drawn by the seed if left out"),
        "temperature": Option("Lower is clearer and duller", 0.1, 2, 0.05),
        "pause": Option("Seconds between words", 0, 2, 0.05),
        "seed": Option("The same seed gives the same sound", 0, 2**32 - 1),
    },
    files={"audio/wav": _wav},
    samples=("2026", "555-0199"),
)
