"""Translation as `mediakit serve` offers it."""

from typing import TYPE_CHECKING, TypedDict

from mediakit.runtime import views
from mediakit.runtime.service import Input, Option, Service
from mediakit.tasks.translation import UNFAMILIAR
from mediakit.tasks.translation.documents import FORMATS

if TYPE_CHECKING:
    from mediakit.tasks.translation.document_translator import TranslatedDocument
    from mediakit.tasks.translation.pipeline import Translation

LONGEST_ALIGNED = 400  # words of both languages together: the weights grow with their product
SHOWN = 12  # lines of a document


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


class DocumentAnswer(TypedDict):
    """A document in another language: a name for its file, its format, how many lines were translated and how many of them left as
    they were, what had to be repaired to read it, and the whole of it."""

    name: str
    format: str
    lines: int
    left: int
    notes: list[str]
    text: str


def _content(document: "TranslatedDocument") -> bytes:
    return document.text.encode()


def _document_views(document: "TranslatedDocument") -> list[views.View]:
    count = len(document.lines)
    told = [f"{document.format}, {count:,} {'line' if count == 1 else 'lines'}", *document.notes]
    if document.left:
        told.append(f"{document.left:,} left as they were")
    if count > SHOWN:
        told.append(f"the first {SHOWN} are shown")
    rows = [(one.source, one.text) for one in document.lines[:SHOWN]]
    shown: list[views.View] = [views.Download(document.name, "text/plain", _content(document)), views.Sentence("", "; ".join(told))]
    return [*shown, views.Table(("original", "translation"), rows)] if rows else shown


_TEXTS = Service(
    title="Translation",
    summary="Translates English into German, French, Spanish, Czech and Hindi as you type; hover a word to see where it comes from.",
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

_DOCUMENTS = Service(
    name="translate_document",
    title="Documents",
    summary="Translates subtitles and documents in place: times, styles, keys and markup stay.",
    input=Input.DOCUMENT,
    model="translation/en-de",
    pipeline="document_translator",
    answer=DocumentAnswer,
    views=_document_views,
    options={
        "file_format": Option("By its content and its name if left out", choices=("text", *FORMATS)),
        "min_score": Option("Leave a line as it is if its translation is usable with a lower probability", 0, 1, 0.05),
        "beam": Option("Beam width; 1 is greedy search", 1, 16),
    },
    files={"application/octet-stream": _content},
    endings=(".txt", *(ending for known in FORMATS.values() for ending in known.endings)),
)

SERVICE = (_TEXTS, _DOCUMENTS)
