"""English and Hindi from six cleaned sources: captions, everyday sentences, health, questions, software interfaces, a phrasebook.

Five in their publishers' layouts, each in a folder of this name (any may be missing):

    hindi_visual_genome/    {train,val}.txt, or the publisher's hindi-visual-genome-{train,dev,test}.txt
    tatoeba/hin.txt         as manythings.org prepares it: English, Hindi, attribution
    tico19/all.en-hi.tmx
    xquad/xquad.{en,hi}.json
    interfaces/pairs.tsv    phrases from free software

The sixth is always available, because few everyday sentences are published in both languages: `hindi_phrasebook.tsv`, written for
this package. A quarter of its sentences also appear as people type them, uncapitalised and without a final mark.

Hindi is normalised to NFC and stripped of zero-width characters, so that every word has one spelling. NFC decomposes letters with
a nukta (U+095B, ज़, becomes ज and U+093C, as composition exclusions), but composes three: U+0929, U+0931, U+0934. Either way,
text that went through NFC has one spelling, which is all that matters here.

Dropped from the training split: rows without Devanagari or with more Latin than Devanagari letters, duplicates, rows in the
intimate form of address (तू), rows with mismatched lengths, and rows whose English occurs in a validation or test set,
ignoring case and punctuation.
"""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from mediakit.datasets.folders import Warn, hash_bucket, print_warning
from mediakit.datasets.origin import Origin
from mediakit.datasets.parallel_text import SentencePair, read_lines, read_tmx, words_of
from mediakit.errors import DataError

SPLITS = ("train", "val", "test")
# Splits by a hash of the English sentence, which keeps its translations together: bucket 0 is test, bucket 1 validation.
TATOEBA_PARTS = {0: "test", 1: "val"}
PHRASEBOOK = Path(__file__).with_name("hindi_phrasebook.tsv")  # English, tab, Hindi; lines with # are comments
TYPED_EVERY = 4  # one in four phrasebook rows also appears as people type it

# U+200B-200D: zero-width space, non-joiner, joiner; U+200E-200F: direction marks; U+2060: word joiner; U+FEFF: byte order mark;
# U+00AD: soft hyphen. In Hindi, joiners only affect the look of a conjunct, and their use is inconsistent.
_INVISIBLE = dict.fromkeys([0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF, 0x00AD])
# तू and its forms are for intimates and rude to others, and a model cannot know who speaks to whom.
_INTIMATE = re.compile(r"(?<!\S)(?:तू|तुझ\S*|तेर[ाीे])(?![^\s।?!,])")
_SENTENCE_END = {"en": re.compile(r"(?<=[.?!])\s+(?=[\"'(]?[A-Z0-9])"), "hi": re.compile(r"(?<=[।?!])\s+")}


@dataclass(frozen=True)
class Source:
    """One of the sources; its folder has the origin's name, unless it needs none.

    `weight` is how often an epoch should contain each training pair. `read` yields a split's raw rows, English first.
    """

    origin: Origin
    weight: float
    read: Callable[[Path, str], Iterator[tuple[str, str]]]
    needs_folder: bool = True


def normalise(text: str) -> str:
    """The text in NFC, without invisible characters and with single spaces."""
    return " ".join(unicodedata.normalize("NFC", text.translate(_INVISIBLE)).split())


def is_here(folder: Path) -> bool:
    """Whether a folder holds any of the sources."""
    return any(source.needs_folder and (Path(folder) / source.origin.name).is_dir() for source in SOURCES)


def read(folder: Path, split: str, source: str, target: str, *, warn: Warn = print_warning) -> list[SentencePair]:
    """The pairs of a split, with the source's name as `origin`. Validation is Visual Genome's and a tenth of Tatoeba.

    `warn` receives one line with the number of rows left out, by reason. Raises DataError when the folder, a language or the
    split is missing, or a file is malformed.
    """
    folder = Path(folder)
    if {source, target} != {"en", "hi"}:
        raise DataError(f"{folder}: holds en and hi, not {source} and {target}")
    if split not in SPLITS:
        raise DataError(f"{folder}: no split {split!r}; choose from {', '.join(SPLITS)}")
    pairs = list(_rows(folder, split))
    if split == "train":
        pairs = _clean(folder, pairs, warn)
    if not pairs:
        folders = ", ".join(one.origin.name for one in SOURCES if one.needs_folder)
        raise DataError(f"{folder}: no pairs in the split {split}; expected folders {folders}")
    return pairs if source == "en" else [replace(pair, source=pair.target, target=pair.source) for pair in pairs]


def _clean(folder: Path, pairs: list[SentencePair], warn: Warn) -> list[SentencePair]:
    """The training pairs worth learning from."""
    held_out = {words_of(pair.source) for split in ("val", "test") for pair in _rows(folder, split)}
    kept: dict[tuple[str, str], SentencePair] = {}
    left_out: Counter[str] = Counter()
    for pair in pairs:
        reason = fault(pair.source, pair.target)
        if not reason and words_of(pair.source) in held_out:
            reason = "also in a validation or test set"
        if not reason and (pair.source, pair.target) in kept:
            reason = "repeated"
        if reason:
            left_out[reason] += 1
        else:
            kept[pair.source, pair.target] = pair
    if left_out:
        warn(f"{folder}: training rows left out: " + ", ".join(f"{count} {reason}" for reason, count in left_out.items()))
    return list(kept.values())


def _rows(folder: Path, split: str) -> Iterator[SentencePair]:
    """Normalised pairs from all sources."""
    for source in SOURCES:
        subfolder = folder / source.origin.name
        if subfolder.is_dir() or not source.needs_folder:
            for english, hindi in source.read(subfolder, split):
                yield SentencePair(normalise(english), normalise(hindi), source.origin.name, source.weight)


def fault(english: str, hindi: str) -> str:
    """Why a row is unfit for training; empty if it is fit."""
    devanagari = sum("\u0900" <= character <= "\u097f" for character in hindi)
    latin = sum(character.isascii() and character.isalpha() for character in hindi)
    if not devanagari:
        return "without Devanagari"
    if latin > devanagari:
        return "more Latin than Devanagari"
    if _INTIMATE.search(hindi):
        return "in the intimate form of address"
    if not words_of(english):
        return "without English words"
    # The added characters are leeway for short phrases, whose lengths differ more.
    if not 0.5 <= (len(hindi) + 8) / (len(english) + 8) <= 2.0:
        return "with mismatched lengths"
    return ""


def _visual_genome(folder: Path, split: str) -> Iterator[tuple[str, str]]:
    names = {"train": ("train", "hindi-visual-genome-train"), "val": ("val", "hindi-visual-genome-dev")}
    files = [folder / f"{name}.txt" for name in names.get(split, (split, f"hindi-visual-genome-{split}"))]
    for file in files:
        if file.is_file():
            for number, line in enumerate(read_lines(file), 1):
                cells = line.split("\t")
                if len(cells) != 7:
                    raise DataError(f"{file}: line {number} has {len(cells)} columns, expected 7: five numbers, English, Hindi")
                yield cells[5], cells[6]


def _tatoeba(folder: Path, split: str) -> Iterator[tuple[str, str]]:
    file = folder / "hin.txt"
    for number, line in enumerate(read_lines(file), 1):
        cells = line.split("\t")
        if len(cells) < 2:
            raise DataError(f"{file}: line {number} has no tab; expected English, Hindi, attribution")
        if split == TATOEBA_PARTS.get(hash_bucket(words_of(cells[0]), 10), "train"):
            yield cells[0], cells[1]


def _tico(folder: Path, split: str) -> Iterator[tuple[str, str]]:
    if split == "train":
        yield from read_tmx(folder / "all.en-hi.tmx", "en", "hi")


def _xquad(folder: Path, split: str) -> Iterator[tuple[str, str]]:
    """Questions, and the sentences of paragraphs with the same number of sentences in both languages."""
    if split != "train":
        return
    english, hindi = (_paragraphs(folder / f"xquad.{language}.json") for language in ("en", "hi"))
    if len(english) != len(hindi):
        raise DataError(f"{folder}: {len(english)} English but {len(hindi)} Hindi paragraphs; download both files again")
    for (first, questions), (second, translations) in zip(english, hindi, strict=True):
        yield from ((question, translations[key]) for key, question in questions.items() if key in translations)
        sentences = _SENTENCE_END["en"].split(first), _SENTENCE_END["hi"].split(second)
        if len(sentences[0]) == len(sentences[1]):
            yield from zip(*sentences, strict=True)


def _paragraphs(file: Path) -> list[tuple[str, dict[str, str]]]:
    """Each paragraph's text, and its questions by id."""
    try:
        articles = json.loads(file.read_text(encoding="utf-8"))["data"]
        return [(p["context"], {qa["id"]: qa["question"] for qa in p["qas"]}) for article in articles for p in article["paragraphs"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{file}: not XQuAD: {error!r}") from error


def _interfaces(folder: Path, split: str) -> Iterator[tuple[str, str]]:
    if split == "train":
        file = folder / "pairs.tsv"
        for number, line in enumerate(read_lines(file), 1):
            english, tab, hindi = line.partition("\t")
            if not tab:
                raise DataError(f"{file}: line {number} has no tab; expected English, Hindi")
            yield english, hindi


def _phrasebook(folder: Path, split: str) -> Iterator[tuple[str, str]]:
    if split == "train":
        for number, line in enumerate(read_lines(PHRASEBOOK)):
            if not line.startswith("#"):
                english, _, hindi = line.partition("\t")
                yield english, hindi
                if number % TYPED_EVERY == 0:
                    yield english.lower().rstrip(".?!"), hindi.rstrip("।?!")


SOURCES = (
    Source(
        Origin("hindi_visual_genome", "CC BY-NC-SA 4.0", "Parida et al. 2019; captions from Visual Genome", "captions of image regions"),
        0.4,
        _visual_genome,
    ),
    # Small, but everyday speech.
    Source(Origin("tatoeba", "CC BY 2.0 FR", "the contributors of tatoeba.org", "everyday sentences"), 6.0, _tatoeba),
    Source(
        Origin("phrasebook", "CC0", "written for this package: common words, and sentences that use them", "everyday words and sentences"),
        2.0,
        _phrasebook,
        False,
    ),
    Source(Origin("tico19", "CC0", "Anastasopoulos et al. 2020", "sentences on health"), 0.4, _tico),
    Source(Origin("xquad", "CC BY-SA 4.0", "Artetxe et al. 2020", "questions and sentences from encyclopedia articles"), 0.4, _xquad),
    # Stiff wording and some mismatches.
    Source(
        Origin(
            "interfaces",
            "GPL, LGPL or MPL, program by program",
            "the programs' translators",
            "phrases from the interfaces and help texts of free software",
        ),
        0.1,
        _interfaces,
    ),
)
