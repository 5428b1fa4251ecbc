"""Sentence pairs: Multi30k, everyday text, the Hindi sets, or your own in one of five layouts.

    NAME.en, NAME.de    two line-aligned files, gzipped or not (OPUS calls this layout Moses)
    NAME.tsv            a sentence and its translation per line; a first line `en<TAB>de` names the languages
    NAME.tsv            as Tatoeba exports it: number, sentence, number, translation
    NAME.tmx            Translation Memory eXchange 1.4, as translation tools write it
    NAME.po             a gettext catalog, from English

A name such as `train`, `val` or `test.tsv` states the split. Where no file states `val`, a hash of the source sentence decides:
90 % train, 5 % val, 5 % test. Equal sentences stay together, and the split is stable when pairs are added.
"""

import gzip
import re
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import BinaryIO
from xml.etree import ElementTree

from mediakit.datasets.folders import STATED_SPLITS, Warn, existing_folder, hash_bucket, print_warning
from mediakit.datasets.origin import Origin, own_data
from mediakit.errors import DataError

SPLITS = ("train", "val", "test")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]{2,8})*", re.IGNORECASE)
_XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True)
class SentencePair:
    """A sentence and its translation, the name of their data set, and how often an epoch should contain them, on average."""

    source: str
    target: str
    origin: str
    weight: float = 1.0


def read(folder: Path, split: str, source: str, target: str, *, warn: Warn = print_warning) -> list[SentencePair]:
    """The pairs of one split, in whichever layout the folder has.

    Args:
        folder: Multi30k, the Hindi sets, or your own files.
        split: "train", "val" or "test" (Multi30k has several test splits).
        source, target: the languages as the files name them, such as "en" and "de".
        warn: receives a line when the split is made by hashing, and one about pairs that are left out.

    Raises DataError when the folder, a language or the split is missing, or a file is malformed.
    """
    from mediakit.datasets import everyday_text, hindi_english, multi30k

    folder = existing_folder(folder)
    if multi30k.is_here(folder):
        return multi30k.read(folder, split, source, target)
    if everyday_text.is_here(folder):
        return everyday_text.read(folder, split, source, target)
    if hindi_english.is_here(folder):
        return hindi_english.read(folder, split, source, target, warn=warn)
    files = find_files(folder, source, target)
    if not any(file.split == "val" for file in files):
        warn(f"{folder}: no validation file; a hash of each source sentence assigns 90 % to train, 5 % to val, 5 % to test")
    pairs = list(stream(folder, split, source, target))
    if not pairs:
        raise DataError(f"{folder}: no pairs in the split {split}")
    return pairs


def origins(folder: Path) -> dict[str, Origin]:
    """Where a folder's pairs come from, by `SentencePair.origin`. Of your own files only the folder's name is known."""
    from mediakit.datasets import everyday_text, hindi_english, multi30k

    folder = existing_folder(folder)
    if multi30k.is_here(folder):
        return {multi30k.ORIGIN.name: multi30k.ORIGIN}
    if everyday_text.is_here(folder):
        sources = (*hindi_english.SOURCES, *everyday_text.SOURCES)
        return {origin.name: origin for origin in (multi30k.ORIGIN, *(source.origin for source in sources))}
    if hindi_english.is_here(folder):
        return {source.origin.name: source.origin for source in hindi_english.SOURCES}
    own = own_data(folder, "sentences")
    return {own.name: own}


def stream(folder: Path, split: str, source: str, target: str) -> Iterator[SentencePair]:
    """The pairs of a split of your own files, one at a time, in constant memory. Raises DataError as `read` does."""
    folder = existing_folder(folder)
    if split not in SPLITS:
        raise DataError(f"{folder}: no split {split!r}; choose from {', '.join(SPLITS)}")
    files = find_files(folder, source, target)
    stated = any(file.split == "val" for file in files)
    for file in files:
        if stated and (file.split or "train") != split:
            continue
        for first, second in file.pairs(source, target):
            # A file named as a test set stays one, even where val has to be hashed out of the rest.
            own = file.split if stated or file.split == "test" else split_of(first)
            if first and second and (own or "train") == split:
                yield SentencePair(first, second, folder.resolve().name)


def reweighted(pairs: Sequence[SentencePair], weights: str) -> list[SentencePair]:
    """Pairs with other weights for some data sets: `name=number,…`, as in "tatoeba=12,interfaces=0.2".

    Raises DataError for a data set that no pair is from, and for a weight that is not a number above 0.
    """
    origins = sorted({pair.origin for pair in pairs})
    given = {}
    for name, _, number in (part.partition("=") for part in weights.split(",")):
        if name not in origins:
            raise DataError(f"weights: no data set {name!r}; there are {', '.join(origins)}")
        if not number.replace(".", "", 1).isdecimal() or float(number) <= 0:
            raise DataError(f"weights: {name} has {number!r}, wanted a number above 0")
        given[name] = float(number)
    return [replace(pair, weight=given.get(pair.origin, pair.weight)) for pair in pairs]


def split_of(sentence: str) -> str:
    """The split of a pair by a hash of its source sentence's words: 90 % train, 5 % val, 5 % test."""
    return {0: "val", 1: "test"}.get(hash_bucket(words_of(sentence), 20), "train")


def words_of(sentence: str) -> str:
    """A sentence's letters and digits in lower case, with single spaces between words: the key for comparing and hashing sentences."""
    kept = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in unicodedata.normalize("NFKC", sentence).casefold())
    return " ".join(kept.split())


@dataclass(frozen=True)
class ParallelFile:
    """One file, or two aligned files, and the split that the name states, if any."""

    paths: tuple[Path, ...]
    split: str | None

    def pairs(self, source: str, target: str) -> Iterator[tuple[str, str]]:
        """Sentences and their translations, stripped of surrounding space."""
        if len(self.paths) == 2:
            return read_two_files(*self.paths)
        from mediakit.datasets import gettext_catalog

        readers = {".tsv": read_tsv, ".tmx": read_tmx, ".po": gettext_catalog.read}
        return readers[_name_and_suffix(self.paths[0])[1]](self.paths[0], source, target)


def find_files(folder: Path, source: str, target: str) -> list[ParallelFile]:
    """The files of a folder that hold both languages, ordered by name. Raises DataError when there are none."""
    found = []
    for file in sorted(folder.iterdir()):
        stem, suffix = _name_and_suffix(file)
        if suffix in (".tsv", ".tmx") or (suffix == ".po" and "en" in (source, target)):
            found.append(ParallelFile((file,), STATED_SPLITS.get(stem.lower())))
        elif suffix == f".{source}":
            other = next((path for path in (folder / f"{stem}.{target}", folder / f"{stem}.{target}.gz") if path.is_file()), None)
            if other:
                found.append(ParallelFile((file, other), STATED_SPLITS.get(stem.lower())))
    if not found:
        raise DataError(
            f"{folder}: no parallel text in {source} and {target}; expected two files NAME.{source} and NAME.{target}, "
            "a NAME.tsv, a NAME.tmx, a NAME.po, or the folder of Multi30k, of everyday text or of the Hindi sets"
        )
    return found


def read_two_files(first: Path, second: Path) -> Iterator[tuple[str, str]]:
    """Pairs of aligned lines. Raises DataError when the files differ in length."""
    for number, both in enumerate(zip_longest(read_lines(first), read_lines(second)), 1):
        if both[0] is None or both[1] is None:
            short, long = (first, second) if both[0] is None else (second, first)
            raise DataError(f"{short}: ends before line {number}, but {long.name} is longer; the lines must be aligned")
        yield both[0].strip(), both[1].strip()


def read_tsv(file: Path, source: str, target: str) -> Iterator[tuple[str, str]]:
    """Two columns of a tab-separated file without quoting: those that its first line names, else the first two that hold text."""
    columns = (0, 1)
    for number, line in enumerate(read_lines(file), 1):
        cells = [cell.strip() for cell in line.split("\t")]
        if number == 1 and {source, target} <= set(cells):
            columns = (cells.index(source), cells.index(target))
            continue
        if number == 1 and {source, target} & set(cells) and all(_LANGUAGE.fullmatch(cell) for cell in cells):
            raise DataError(f"{file}: the first line names {', '.join(cells)}; expected {source} and {target}")
        if number == 1 and [cell.isdecimal() for cell in cells] == [True, False, True, False]:
            columns = (1, 3)
        if len(cells) > max(columns):
            yield cells[columns[0]], cells[columns[1]]
        elif line.strip():
            raise DataError(f"{file}: line {number} has {len(cells)} columns, expected {max(columns) + 1}, separated by tabs")


def read_tmx(file: Path, source: str, target: str) -> Iterator[tuple[str, str]]:
    """The translation units in both languages; `en-GB` counts as `en`."""
    try:
        with _open(file) as stream:
            events = ElementTree.iterparse(stream, ("start", "end"))
            _, root = next(events)
            if root.tag != "tmx":
                raise DataError(f"{file}: not TMX: the root element is <{root.tag}>")
            body = root
            for event, element in events:
                if event == "start":
                    body = element if element.tag == "body" else body
                elif element.tag == "tu":
                    texts = dict(_tmx_texts(element))
                    body.clear()  # keeps memory constant
                    if source in texts and target in texts:
                        yield texts[source], texts[target]
    except (ElementTree.ParseError, StopIteration) as error:
        raise DataError(f"{file}: not TMX: {error}") from error
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{file}: {error}") from error


def _tmx_texts(unit: ElementTree.Element) -> Iterator[tuple[str, str]]:
    for variant in unit.iter("tuv"):
        language = (variant.get(_XML_LANGUAGE) or variant.get("lang") or "").lower()
        segment = variant.find("seg")
        text = " ".join("".join(segment.itertext()).split()) if segment is not None else ""
        yield from ((name, text) for name in {language, re.split("[-_]", language)[0]})


def read_lines(file: Path) -> Iterator[str]:
    """The lines of a UTF-8 file, gzipped or not, without line ends.

    Only a line feed ends a line: the other characters that `str.splitlines` recognises occur in running text and would
    misalign two files. Raises DataError with the line's number.
    """
    try:
        with _open(file) as lines:
            for number, line in enumerate(lines, 1):
                try:
                    text = line.decode("utf-8-sig" if number == 1 else "utf-8")
                except UnicodeDecodeError as error:
                    raise DataError(f"{file}: line {number} is not UTF-8 (byte {error.start} of the line)") from error
                yield text.removesuffix("\n").removesuffix("\r")
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{file}: {error}") from error


def _open(file: Path) -> BinaryIO:
    return gzip.open(file, "rb") if file.suffix == ".gz" else open(file, "rb")  # type: ignore[return-value]


def _name_and_suffix(file: Path) -> tuple[str, str]:
    plain = file.with_suffix("") if file.suffix == ".gz" else file
    return plain.stem, plain.suffix
