"""Captions as `mediakit serve` offers them."""

from typing import TYPE_CHECKING, TypedDict

from mediakit.runtime import views
from mediakit.runtime.service import Input, Option, Service
from mediakit.tasks.captioning import MIN_SCORE

if TYPE_CHECKING:
    from mediakit.tasks.captioning.pipeline import Caption


class Concept(TypedDict):
    """A person or thing in the photo."""

    word: str
    probability: float


class Alternative(TypedDict):
    """A caption that was found."""

    caption: str
    log_probability: float
    score: float | None


class Answer(Alternative):
    """The best caption, what is in the photo, and the next best captions."""

    concepts: list[Concept]
    alternatives: list[Alternative]


def _views(caption: "Caption") -> list[views.View]:
    said = caption.at_least(MIN_SCORE)
    note = "" if caption.score is None else f"right with a probability of {caption.score:.0%}"
    if said.text != caption.text:
        note = f"unsure; the best caption was “{caption.text}”, {note}"
    shown: list[views.View] = [views.Sentence(said.text or "no caption is probable enough", note)]
    if caption.attention.size:
        shown.append(views.Attention(caption.words, views.levels(caption.attention)))
    if caption.concepts:
        bars = [views.Bar(seen.word, round(seen.probability, 3)) for seen in caption.concepts[:6]]
        shown.append(views.Bars(bars, "In the photo"))
    if caption.alternatives:
        shown.append(views.Facts({f"{i + 2}.": other.text for i, other in enumerate(caption.alternatives)}))
    return shown


SERVICE = Service(
    title="Captions",
    summary="Describes a photo in a sentence, and shows where the model looked for each word.",
    input=Input.PHOTO,
    model="captioning",
    answer=Answer,
    views=_views,
    options={
        "beam": Option("Beam width; 1 is greedy search", 1, 16),
        "n_best": Option("Captions for each photo, best first", 1, 16),
        "sample": Option("Sample words instead of searching for the most probable caption"),
        "temperature": Option("Of the sampling; lower is safer", 0.1, 3, 0.1),
        "top_p": Option("Nucleus sampling: the most probable words up to this total probability", 0.05, 1, 0.05),
        "seed": Option("The same seed gives the same sampled caption", 0, 2**32 - 1),
    },
)
