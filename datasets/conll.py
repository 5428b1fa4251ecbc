"""Sentences with labelled tokens in columns: CoNLL-2003 (English), CoNLL-2002 (Spanish, Dutch), WNUT-17, or your own.

Each line is a token: its text in the first column and its label in the last, separated by tabs, else by spaces. All lines of
a file have the same number of columns, two or more. Where the first column numbers the tokens (CoNLL-U, GermEval), the second is
the text. An empty line ends a sentence, a line `-DOCSTART-` a document; a line `# …` that is no token is a comment. Your own
files are called `train`, `dev` (or `val`, `valid`, `validation`) and `test`, without a suffix or with one of .conll, .txt,
.tsv, .iob, .iob2, .bio, .iobes. A file of any other name is a split of that name, and `all` are all files with such a suffix.

A label is `O`, or a prefix and a type such as `B-PER`. Three schemes are read. One rule covers all of them, so the scheme need
not be known:

    IOB1     I inside an entity; B only right after another entity of the same type (CoNLL-2003)
    IOB2     B begins every entity, I continues it (CoNLL-2002, WNUT-17; what `read` returns)
    IOBES    IOB2, with E ending an entity of several tokens and S marking an entity of one token (what models learn)
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mediakit.datasets.folders import existing_folder, listing
from mediakit.datasets.origin import Origin
from mediakit.errors import DataError

SPLITS = ("train", "dev", "test")
SUFFIXES = ("", ".conll", ".txt", ".tsv", ".iob", ".iob2", ".bio", ".iobes")
_OWN_NAMES = {"train": ("train",), "dev": ("dev", "val", "valid", "validation"), "test": ("test",)}
_LABEL = re.compile(r"O|[BIES]-\S+")
_INDEX = re.compile(r"\d+(?:[-.]\d+)?")  # of a token; of several words, 1-2; of a word that is not written, 1.1


@dataclass(frozen=True)
class PublishedSet:
    """A published set: each split's file, its description, and the encoding to try when a file is not UTF-8."""

    files: dict[str, str]
    name: str
    license: str
    note: str
    encoding: str | None = None

    @property
    def origin(self) -> Origin:
        """As model cards state it."""
        return Origin(self.name, self.license, self.note)


PUBLISHED = {
    "conll2003": PublishedSet(
        {"train": "eng.train", "dev": "eng.testa", "test": "eng.testb"},
        "CoNLL-2003 English",
        "research; texts from the Reuters Corpus",
        "Tjong Kim Sang and De Meulder 2003; news of 1996",
    ),
    # The publisher's files are in Latin-1, most copies in UTF-8.
    "conll2002_es": PublishedSet(
        {"train": "esp.train", "dev": "esp.testa", "test": "esp.testb"},
        "CoNLL-2002 Spanish",
        "research",
        "Tjong Kim Sang 2002; EFE newswire of May 2000",
        "latin-1",
    ),
    "conll2002_nl": PublishedSet(
        {"train": "ned.train", "dev": "ned.testa", "test": "ned.testb"},
        "CoNLL-2002 Dutch",
        "research",
        "Tjong Kim Sang 2002; four editions of the newspaper De Morgen, 2000",
        "latin-1",
    ),
    "wnut17": PublishedSet(
        {"train": "wnut17train.conll", "dev": "emerging.dev.conll", "test": "emerging.test.annotated"},
        "WNUT-17",
        "CC BY 4.0",
        "Derczynski et al. 2017; emerging entities in posts on Twitter, YouTube, Reddit and StackExchange",
    ),
}


@dataclass(frozen=True)
class TaggedSentence:
    """A sentence's tokens and their labels in IOB2."""

    tokens: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True, order=True)
class Span:
    """An entity: its tokens from `start` up to but not including `end`, and its type."""

    start: int
    end: int
    type: str


# --- files ------------------------------------------------------------------------------------------------------------


def read(folder: Path, split: str, dataset: str | None = None) -> list[TaggedSentence]:
    """The sentences of one split, in file order.

    Args:
        folder: the data set's folder.
        split: train, dev or test; for your own files also the name of one without its suffix, or `all`.
        dataset: a key of `PUBLISHED`. By default, the published set that the folder holds, else your own files.

    Raises DataError when a file is missing, or, with the line's number, when a line is malformed.
    """
    paths, encoding = _find(Path(folder), split, dataset)
    sentences = [sentence for path in paths for sentence in _sentences(path, _decode(path, encoding))]
    if not sentences:
        raise DataError(f"{paths[0]}: holds no sentences")
    return sentences


def holds(folder: Path, dataset: str | None) -> bool:
    """Whether a folder holds any file of a published set."""
    return dataset in PUBLISHED and any((folder / file).is_file() for file in PUBLISHED[dataset].files.values())


def find_set(folder: Path) -> str | None:
    """The key in `PUBLISHED` of the set that a folder holds; None if it holds none. Raises DataError if it holds several."""
    here = [name for name in PUBLISHED if holds(folder, name)]
    if len(here) > 1:
        raise DataError(f"{folder}: holds {' and '.join(here)}; choose one with `--set dataset={here[0]}`")
    return here[0] if here else None


def _find(folder: Path, split: str, dataset: str | None) -> tuple[list[Path], str | None]:
    """The files of a split, and the encoding to try when they are not UTF-8."""
    folder = existing_folder(folder)
    if dataset is not None and dataset not in PUBLISHED:
        raise DataError(f"no data set {dataset!r}; choose from {', '.join(PUBLISHED)}, or none for files named train, dev and test")
    dataset = dataset or find_set(folder)
    if dataset:
        known = PUBLISHED[dataset]
        if split not in SPLITS:
            raise DataError(f"{folder}: no split {split!r} of {known.name}; choose from {', '.join(SPLITS)}")
        path = folder / known.files[split]
        if not path.is_file():
            raise DataError(f"{path}: no such file; {known.name} consists of {', '.join(known.files.values())}")
        return [path], known.encoding
    own = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES[1:] and path.is_file())
    stems = _OWN_NAMES.get(split, (split,))
    named = [folder / f"{stem}{suffix}" for stem in stems for suffix in SUFFIXES if (folder / f"{stem}{suffix}").is_file()]
    paths = own if split == "all" else named[:1]
    if not paths:
        expected, suffixes = ", ".join(f"{stem}{SUFFIXES[1]}" for stem in stems), ", ".join(SUFFIXES[2:])
        there = f"; it has {listing([path.stem for path in own])}, and `all`" if own else ", or the files of a published set"
        raise DataError(f"{folder}: no file for the split {split}; expected {expected} (or {suffixes}){there}")
    return paths, None


def _decode(path: Path, encoding: str | None) -> str:
    try:
        content = path.read_bytes()
        return content.decode("utf-8-sig")
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        if encoding:
            return content.decode(encoding)
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(f"{path}: line {line} is not UTF-8 (byte {error.start} of the file)") from error


@dataclass(frozen=True)
class _Row:
    """A line of a file: its number and columns; without columns, it ends a sentence."""

    line: int
    columns: tuple[str, ...]


def _sentences(path: Path, text: str) -> Iterator[TaggedSentence]:
    rows = _rows(text)
    token, label = _layout(path, rows)
    tokens: list[str] = []
    labels: list[str] = []
    for row in [*rows, _Row(0, ())]:
        if not row.columns:
            if tokens:
                yield TaggedSentence(tuple(tokens), iob2(labels))
            tokens, labels = [], []
        elif token == 0 or row.columns[0].isdecimal():  # 1-2 and 1.1 repeat or add to the words of CoNLL-U
            if not _LABEL.fullmatch(row.columns[label]):
                shown = row.columns[label][:60]
                raise DataError(f"{path}: line {row.line} has the label {shown!r}, expected O, or B-, I-, E- or S- and a type")
            tokens.append(row.columns[token])
            labels.append(row.columns[label])


def _rows(text: str) -> list[_Row]:
    """The lines of a file without its comments."""
    # Tokens may contain characters that `splitlines` and `split` treat as line ends and spaces.
    lines = text.split("\n") if "\n" in text else text.split("\r")
    split = [tuple(_columns(line.strip(" \t\r"))) for line in lines]
    width = next((len(columns) for columns in split if columns and columns[0] not in ("#", "-DOCSTART-")), 0)
    rows = []
    for number, columns in enumerate(split, 1):
        comment = columns[:1] == ("#",) and not (_LABEL.fullmatch(columns[-1]) and len(columns) == (width or len(columns)))
        if not comment:
            rows.append(_Row(number, () if columns[:1] == ("-DOCSTART-",) else columns))
    return rows


def _columns(line: str) -> Iterator[str]:
    for column in line.split("\t" if "\t" in line else " "):
        if column.strip(" "):
            yield column.strip(" ")


def _layout(path: Path, rows: Sequence[_Row]) -> tuple[int, int]:
    """Which columns hold the tokens and the labels. Raises DataError when lines differ in their columns, or two could be labels."""
    filled = [row for row in rows if row.columns]
    width = len(filled[0].columns) if filled else 2
    for row in filled:
        if len(row.columns) < 2 or len(row.columns) != width:
            expected = f"{width} as in the lines before" if width > 1 else "at least a token and its label"
            shown = " ".join(row.columns)[:60]
            raise DataError(f"{path}: line {row.line} has {len(row.columns)} columns, expected {expected}: {shown!r}")
    if width == 2 or not all(_INDEX.fullmatch(row.columns[0]) for row in filled):
        return 0, width - 1
    nested = [row.columns[2] for row in filled]
    if width == 4 and all(map(_LABEL.fullmatch, nested)):  # GermEval 2014: the labels of names, and of names within them
        return 1, 2
    return 1, width - 1


# --- labels -----------------------------------------------------------------------------------------------------------


def spans(labels: Sequence[str]) -> list[Span]:
    """The entities that labels in IOB1, IOB2 or IOBES mark, in order.

    Every label sequence is valid, as in the shared tasks' scorer: a label that does not continue an entity of its type begins
    a new one.
    """
    found: list[Span] = []
    start, before = 0, "O"
    for i, label in enumerate([*labels, "O"]):
        continues = label[:2] in ("I-", "E-") and before[:2] in ("B-", "I-") and label[2:] == before[2:]
        if before != "O" and not continues:
            found.append(Span(start, i, before[2:]))
        if not continues:
            start = i
        before = label
    return found


def iob2(labels: Sequence[str]) -> tuple[str, ...]:
    """Labels in any of the three schemes, converted to IOB2."""
    converted = ["O"] * len(labels)
    for span in spans(labels):
        converted[span.start : span.end] = [f"B-{span.type}"] + [f"I-{span.type}"] * (span.end - span.start - 1)
    return tuple(converted)


def iobes(labels: Sequence[str]) -> tuple[str, ...]:
    """Labels in any of the three schemes, converted to IOBES (called BILOU by Ratinov and Roth 2009, section 5)."""
    converted = ["O"] * len(labels)
    for span in spans(labels):
        inside = [f"I-{span.type}"] * (span.end - span.start - 2)
        single = [f"S-{span.type}"]
        converted[span.start : span.end] = [f"B-{span.type}", *inside, f"E-{span.type}"] if span.end - span.start > 1 else single
    return tuple(converted)


def iobes_labels(types: Sequence[str]) -> tuple[str, ...]:
    """All IOBES labels for these types, `O` first."""
    return ("O", *(f"{prefix}-{type_}" for type_ in types for prefix in "BIES"))


def may_follow(label: str | None, after: str | None) -> bool:
    """Whether `label` may directly follow `after` in IOBES. None means the sentence's start as `after`, its end as `label`."""
    inside = after is not None and after[:2] in ("B-", "I-")
    continues = label is not None and label[:2] in ("I-", "E-")
    if inside and continues:
        return label[2:] == after[2:]  # type: ignore[index]
    return not inside and not continues
