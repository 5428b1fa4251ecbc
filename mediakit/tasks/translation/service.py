"""Translation as `mediakit serve` offers it."""

from typing import TYPE_CHECKING, TypedDict

from mediakit.runtime import views
from mediakit.runtime.service import Input, Option, Service
from mediakit.tasks.translation import UNFAMILIAR

if TYPE_CHECKING:
    from mediakit.tasks.translation.pipeline import Translation

LONGEST_ALIGNED = 400  # words of both languages together: the weights grow with their product


class Alternative(TypedDict):
    """A translation that was found; null where the text was left as it is."""

    translation: str | None
    score: float | None
    log_probability: float
    normalized_log_probability: float


class Answer(Alternative):
    """A text, its best translation, and the next best ones."""

    source: str
    alternatives: list[Alternative]


def _views(found: "Translation") -> list[views.View]:
    note = "" if found.score is None else f"usable with a probability of {found.score:.0%}"
    if found.score is not None and found.score < UNFAMILIAR:
        note = "unlike the text that the model learned from; the translation is probably wrong"
    shown: list[views.View] = [views.Sentence(found.text, note)]
    words = sum(len(part.source) + len(part.target) for part in found.alignments)
    if found.alignments and words <= LONGEST_ALIGNED:
        whole = found.alignment
        shown.append(views.Alignment(whole.source, whole.target, views.levels(whole.weights)))
    if found.alternatives:
        shown.append(views.Facts({f"{i + 2}.": other.text for i, other in enumerate(found.alternatives)}))
    return shown


SERVICE = Service(
    title="Translation",
    summary="Translates English into German, French, Czech and Hindi as you type; hover a word to see where it comes from.",
    input=Input.TEXT,
    model="translation/en-de",
    answer=Answer,
    views=_views,
    options={
        "beam": Option("Beam width; 1 is greedy search", 1, 16),
        "n_best": Option("Translations of each text, best first", 1, 16),
    },
    live=True,
    samples=("A little girl climbs into a wooden playhouse.", "How are you?", "Two dogs play in the snow."),
)
