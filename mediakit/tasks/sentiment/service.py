"""Sentiment as `mediakit serve` offers it."""

from typing import TYPE_CHECKING, TypedDict

from mediakit.runtime import views
from mediakit.runtime.service import Input, Option, Service

if TYPE_CHECKING:
    from mediakit.tasks.sentiment.pipeline import Sentiment


class Part(TypedDict):
    """A clause, the words that spoke for its answer, the strongest first, and what each adds to the logit of positive."""

    text: str
    label: str
    score: float
    words: list[str]
    weights: list[float]


class Answer(TypedDict):
    """Whether a text is positive, and each of its clauses; scores are probabilities of positive."""

    text: str
    label: str
    score: float
    parts: list[Part]


def _certainty(score: float) -> float:
    """The probability of the more probable of positive and negative."""
    return max(score, 1 - score)


def _views(found: "Sentiment") -> list[views.View]:
    named = [
        views.Span(word.start, word.end, part.label, round(_certainty(part.score), 3))
        for part in found.parts
        for word in sorted(part.words, key=lambda word: word.start)
    ]
    likely = "positive" if found.score >= 0.5 else "negative"
    return [views.Sentence(found.label, f"{likely} with a probability of {_certainty(found.score):.0%}"), views.Spans(found.text, named)]


SERVICE = Service(
    title="Sentiment",
    summary="Says whether a text is positive or negative, clause by clause, and marks the words that say so.",
    input=Input.TEXT,
    model="sentiment/en",
    answer=Answer,
    views=_views,
    options={"threshold": Option("Call an answer neutral if it is less certain", 0.5, 1, 0.05)},
    live=True,
    samples=("I loved the food. But, the service was terrible.", "It is not a bad film at all, although it is long."),
)
