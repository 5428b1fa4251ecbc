"""Texts labelled positive or negative: SST-2 or the whole treebank, the review sentences of UCI, or your own tables.

    SST-2/train.tsv, dev.tsv        SST-2 as GLUE publishes it: `sentence` and `label`, gzipped or not
    trees/train.txt, dev.txt        the Stanford Sentiment Treebank: see `sentiment_treebank`
    *_labelled.txt, Restaurant_Reviews.tsv
                                    UCI's sentiment labelled sentences: a text, a tab and 1 or 0
    NAME.csv, NAME.tsv              your own: a text column and a label column, named in the first line

A folder may hold several of them. A name such as `train` or `dev` states a split. Where no file of a set states `val`, a hash of
the text decides: four fifths train, one fifth val. Equal texts stay together, and the split is stable when texts are added.
A text for training is left out if any set holds it for validation or test.
"""

import csv
import gzip
import io
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mediakit.datasets import sentiment_treebank
from mediakit.datasets.folders import STATED_SPLITS, existing_folder, hash_bucket, listing
from mediakit.datasets.origin import Origin, own_data
from mediakit.errors import DataError

SPLITS = ("train", "val", "test")
VALIDATION_PARTS = 5  # one in five texts is for validation
TREEBANK = sentiment_treebank.ORIGIN
SST2 = Origin("SST-2", "research", "Socher et al. 2013; phrases and sentences of film reviews", "texts")
UCI = Origin("Sentiment Labelled Sentences", "CC BY 4.0", "Kotzias et al. 2015; reviews of films, products and restaurants", "texts")
UCI_FILES = ("amazon_cells_labelled.txt", "imdb_labelled.txt", "yelp_labelled.txt", "Restaurant_Reviews.tsv")
TEXT_COLUMNS = ("text", "sentence", "review", "comment", "content", "tweet", "phrase")
LABEL_COLUMNS = ("label", "sentiment", "liked", "polarity", "class", "target", "category", "airline_sentiment")
POSITIVE = ("1", "positive", "pos", "good", "true", "+1", "1.0")
NEGATIVE = ("0", "negative", "neg", "bad", "false", "-1", "0.0")
NEUTRAL = ("neutral", "neu")
_ENDINGS = (".tsv", ".csv", ".txt", ".tsv.gz", ".csv.gz", ".txt.gz")


@dataclass(frozen=True)
class LabelledText:
    """A text, how positive it is, from 0 to 1, and the name of the set that it is from, such as `SST-2` or `amazon_cells`.

    0.5 is neutral. Only the treebank has grades between; all others are 0, 0.5 or 1.
    """

    text: str
    positive: float
    source: str


@dataclass(frozen=True)
class _File:
    """A file of a set, and the split that its name states; None if it states none."""

    path: Path
    source: str
    split: str | None
    trees: bool = False


def read(source: Path, split: str) -> list[LabelledText]:
    """The texts of a split (`train`, `val` or `dev`, `test`, `all`) of a folder, or of one file.

    Raises DataError when there are none, or, with the line's number, when a line is malformed.
    """
    split = "val" if split == "dev" else split
    if split not in (*SPLITS, "all"):
        raise DataError(f"{source}: no split {split!r}; choose from {', '.join(SPLITS)}, all")
    files = _files(Path(source))
    held_out = _held_out(files) if split == "train" else frozenset()
    texts = [text for file in files for text in _texts(file, held_out) if split in ("all", _split(file, text, files))]
    texts = [text for text in texts if _spelled_plainly(text.text) not in held_out]
    if not texts:
        raise DataError(f"{source}: holds no texts of the split {split}")
    return texts


def origins(source: Path) -> list[Origin]:
    """The data sets that a folder holds, as model cards state them."""
    found = []
    for file in _files(Path(source)):
        published = TREEBANK if file.trees else SST2 if file.source == SST2.name else UCI if file.path.name in UCI_FILES else None
        origin = published or own_data(Path(source), "texts")
        if origin not in found:
            found.append(origin)
    return found


def _files(source: Path) -> list[_File]:
    """The files with texts. Raises DataError if there are none."""
    paths = [source] if source.is_file() else sorted(existing_folder(source).rglob("*"))
    found = []
    for path in paths:
        ending = next((ending for ending in _ENDINGS if path.name.lower().endswith(ending)), None)
        if ending is None or not path.is_file():
            continue
        stem = path.name[: -len(ending)]
        stated = STATED_SPLITS.get(stem.lower())
        name = path.parent.name if stated else stem.removesuffix("_labelled").removesuffix("_Reviews").lower()
        trees = ending == ".txt" and stated is not None and _holds_trees(path)
        if path == source or trees or ending[:4] != ".txt" or path.name in UCI_FILES:  # other .txt files are notes
            found.append(_File(path, TREEBANK.name if trees else name, stated, trees))
    if not found:
        raise DataError(f"{source}: no {listing(_ENDINGS, 9)} file with texts and labels")
    return found


def _holds_trees(path: Path) -> bool:
    with open(path, encoding="utf-8", errors="replace") as lines:
        return sentiment_treebank.is_tree(lines.readline())


def _held_out(files: Sequence[_File]) -> frozenset[str]:
    """The texts of all files for validation or test."""
    return frozenset(_spelled_plainly(text.text) for file in files if file.split in ("val", "test") for text in _texts(file))


def _spelled_plainly(text: str) -> str:
    """A text as every edition of the treebank spells it."""
    return " ".join(text.lower().replace("\\/", "/").split())


def _split(file: _File, text: LabelledText, files: Sequence[_File]) -> str:
    """The split of a text: the stated one, else by a hash."""
    if file.trees or file.split in ("val", "test"):
        return str(file.split)
    if file.split and any(other.split == "val" and other.source == file.source for other in files):
        return file.split
    return "val" if hash_bucket(text.text, VALIDATION_PARTS) == 0 else "train"


def _texts(file: _File, held_out: Collection[str] = ()) -> Iterator[LabelledText]:
    """The texts of a file. Empty lines are skipped, and trees whose sentences are held out."""
    yield from _phrases(file, held_out) if file.trees else _labelled_rows(file)


def _phrases(file: _File, held_out: Collection[str]) -> Iterator[LabelledText]:
    """Each phrase of a file of trees once, with its mean grade; whole sentences only, unless they are for training."""
    grades: dict[str, list[float]] = defaultdict(list)
    for tree in sentiment_treebank.read(file.path):
        sentence, _ = tree[-1]
        if _spelled_plainly(sentence) not in held_out:
            for text, grade in tree if file.split == "train" else tree[-1:]:
                grades[text].append(grade)
    for text, of_text in grades.items():
        yield LabelledText(text, sum(of_text) / len(of_text), file.source)


def _labelled_rows(file: _File) -> Iterator[LabelledText]:
    """The labelled texts of a table."""
    rows = _rows(file.path)
    first = rows[0][1] if rows else []
    text, label = _columns(file.path, first)
    headed = bool(first) and first[label].strip().lower() not in (*POSITIVE, *NEGATIVE, *NEUTRAL)
    for number, row in rows[headed:]:
        if len(row) <= max(text, label):
            raise DataError(f"{file.path}: line {number} has {len(row)} columns, wanted a text and its label")
        said = row[label].strip().lower()
        if said not in (*POSITIVE, *NEGATIVE, *NEUTRAL):
            raise DataError(f"{file.path}: line {number} has the label {row[label][:40]!r}, wanted 1 or 0, positive, negative or neutral")
        if row[text].strip():
            positive = 1.0 if said in POSITIVE else 0.0 if said in NEGATIVE else 0.5
            yield LabelledText(row[text].strip(), positive, file.source)


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """The rows of a table with the numbers of their lines. CSV may quote its cells; between tabs, quotes are part of the text."""
    try:
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rb") as file:
            content = file.read().decode("utf-8-sig")
    except (OSError, EOFError) as error:
        raise DataError(f"{path}: cannot be read: {error}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: is not UTF-8: byte {error.start} is 0x{error.object[error.start]:02x}") from error
    lines = io.StringIO(content, newline="")
    reader = csv.reader(lines) if ".csv" in path.name.lower() else csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    try:
        return [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        raise DataError(f"{path}: line {reader.line_num}: {error}") from error


def _columns(path: Path, first: Sequence[str]) -> tuple[int, int]:
    """Which columns hold the text and the label: by their names, else the first and the last of two."""
    names = [cell.strip().lower() for cell in first]
    text, label = (next((names.index(name) for name in known if name in names), None) for known in (TEXT_COLUMNS, LABEL_COLUMNS))
    if text is not None and label is not None:
        return text, label
    if len(names) != 2:
        raise DataError(f"{path}: name the columns text and label in the first line; it has {listing(list(first)) or 'none'}")
    return 0, 1
