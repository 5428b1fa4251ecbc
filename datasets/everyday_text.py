"""English paired with German, French, Spanish, Czech or Hindi: everyday text, and Multi30k's captions.

The folder holds `everyday/` in this layout and, optionally, `multi30k/` and, for Hindi, `hindi_english/` in theirs; or it is the
folder `everyday/` itself.

    SOURCE.en-LANGUAGE.{train,val}.tsv.gz    per line: English, the translation, and the pair's collection
    SOURCE                                   tatoeba, dialogue, stories, interface, games or news; any may be missing

Each source is one origin, so `val:tatoeba` names a part of the validation split. A source's `Origin` names its collections and
their licences.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from mediakit.datasets import hindi_english, multi30k
from mediakit.datasets.origin import Origin
from mediakit.datasets.parallel_text import SentencePair, read_lines
from mediakit.errors import DataError

SPLITS = ("train", "val")


@dataclass(frozen=True)
class Source:
    """A source, and how often an epoch should include each of its training pairs.

    Args:
        origin: where it comes from; its name is the files' name.
        weight: the default weight of a pair.
        by_language: weights for some languages.
        by_collection: weights for some collections, in any language.
    """

    origin: Origin
    weight: float
    by_language: Mapping[str, float] = field(default_factory=dict)
    by_collection: Mapping[str, float] = field(default_factory=dict)


SOURCES = (
    # Few Czech and Hindi sentences are published.
    Source(Origin("tatoeba", "CC BY 2.0 FR", "the contributors of tatoeba.org", "everyday sentences"), 1.0, {"cs": 2.5, "hi": 6.0}),
    Source(
        Origin(
            "dialogue",
            "GPL, CC BY-SA, CC BY-NC-SA or CC BY-NC, by collection",
            "dialogue of free games (The Battle for Wesnoth and others); BConTrasT, XDailyDialog, WMT chat, DiaBLa",
            "dialogues from games, bookings and customer service",
        ),
        0.7,
        {"cs": 1.0},
        {"xdaily": 0.5},  # reads like corrected machine translation
    ),
    Source(
        Origin("stories", "CC BY 4.0, CC BY 3.0 or CC BY-NC-SA 3.0", "Pratham Books, African Storybook, TED", "sentences from stories"),
        1.5,
    ),
    Source(
        Origin("interface", "GPL, LGPL, MPL or CC BY-SA, by program", "GNOME, KDE and other free programs", "phrases of user interfaces"),
        0.4,
    ),
    Source(Origin("games", "GPL or CC BY-SA, by game", "free games", "descriptions and menus of games"), 0.3, {"es": 0.1}),
    Source(Origin("news", "free for research", "WMT news, 2008 to 2013", "sentences from the news"), 0.5),
)


def is_here(folder: Path) -> bool:
    """Whether a folder has this layout."""
    return _text_folder(Path(folder)) is not None


def read(folder: Path, split: str, source: str, target: str) -> list[SentencePair]:
    """The pairs of a split, captions first; one of the languages is English.

    Raises DataError when a language or the split is missing, or a file is malformed.
    """
    folder = Path(folder)
    if split not in SPLITS:
        raise DataError(f"{folder}: no split {split!r}; choose from {', '.join(SPLITS)}")
    if "en" not in (source, target) or source == target:
        raise DataError(f"{folder}: pairs English with other languages, not {source} with {target}")
    language = target if source == "en" else source
    others = _captions(folder / "multi30k", split, language) + _hindi(folder / "hindi_english", split, language)
    pairs = [*others, *_rows(folder, split, language)]
    if not pairs:
        raise DataError(f"{folder}: no pairs of en and {language} in the split {split}")
    return pairs if source == "en" else [replace(pair, source=pair.target, target=pair.source) for pair in pairs]


def _text_folder(folder: Path) -> Path | None:
    return next((texts for texts in (folder / "everyday", folder) if any(texts.glob("*.en-*.train.tsv.gz"))), None)


def _captions(folder: Path, split: str, language: str) -> list[SentencePair]:
    available = multi30k.is_here(folder) and split in multi30k.splits(folder, "en", language)
    return multi30k.read(folder, split, "en", language) if available else []


def _hindi(folder: Path, split: str, language: str) -> list[SentencePair]:
    return hindi_english.read(folder, split, "en", "hi") if language == "hi" and hindi_english.is_here(folder) else []


def _rows(folder: Path, split: str, language: str) -> Iterator[SentencePair]:
    texts = _text_folder(folder) or folder
    for source in SOURCES:
        file = texts / f"{source.origin.name}.en-{language}.{split}.tsv.gz"
        if not file.is_file():
            continue
        weight = source.by_language.get(language, source.weight)
        for number, line in enumerate(read_lines(file), 1):
            english, translation, collection = (cell.strip() for cell in (*line.split("\t"), "", "")[:3])
            if not english or not translation:
                raise DataError(f"{file}: line {number} is not English, a tab and the translation")
            yield SentencePair(english, translation, source.origin.name, source.by_collection.get(collection, weight))
