"""A searchable index of a folder's photos: captions and concepts in SQLite's full-text search, features for similarity.

An index is one SQLite file. It is brought up to date by path, size and modification time, so that only new and changed photos
are captioned. It is written as captioning proceeds: an update that is stopped goes on where it was.
"""

import os
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from mediakit.datasets.concepts import read_table
from mediakit.errors import InputError, MediakitError

VERSION = 2
WRITE_EVERY = 32  # photos; the file is locked only while they are written, not while they are captioned
PATIENCE = 30  # seconds to wait for another process that writes
# Words that say nothing about a photo; a query of nothing else keeps them.
STOP_WORDS = frozenset(
    (
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "by",
        "for",
        "from",
        "her",
        "his",
        "i",
        "in",
        "is",
        "it",
        "its",
        "my",
        "of",
        "on",
        "or",
        "photo",
        "some",
        "that",
        "the",
        "their",
        "there",
        "this",
        "to",
        "with",
    )
)

SCHEMA = """
CREATE TABLE IF NOT EXISTS photo (
    id INTEGER PRIMARY KEY,
    path BLOB NOT NULL UNIQUE,  -- relative to the folder; a file name need not be UTF-8
    bytes INTEGER NOT NULL,
    modified INTEGER NOT NULL,  -- nanoseconds since 1970
    caption TEXT NOT NULL,
    concepts TEXT NOT NULL,
    features BLOB NOT NULL,     -- float16, of unit length
    error TEXT                  -- why the photo has no caption
);
CREATE VIRTUAL TABLE IF NOT EXISTS words
    USING fts5 (caption, concepts, content='photo', content_rowid='id', tokenize='porter unicode61');
CREATE TRIGGER IF NOT EXISTS photo_added AFTER INSERT ON photo BEGIN
    INSERT INTO words (rowid, caption, concepts) VALUES (new.id, new.caption, new.concepts);
END;
CREATE TRIGGER IF NOT EXISTS photo_removed AFTER DELETE ON photo BEGIN
    INSERT INTO words (words, rowid, caption, concepts) VALUES ('delete', old.id, old.caption, old.concepts);
END;
"""


@dataclass(frozen=True)
class Match:
    """A photo that was found; `score` is higher for better matches and comparable within one search only."""

    path: str
    caption: str
    score: float

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON: `path`, `caption`, `score`."""
        return {"path": self.path, "caption": self.caption, "score": round(self.score, 4)}


@dataclass(frozen=True)
class Description:
    """What an index keeps of a photo: its caption, the names of its concepts, and features `[n]` for similarity."""

    caption: str
    concepts: tuple[str, ...]
    features: np.ndarray


@dataclass(frozen=True)
class Update:
    """What an update did, in photos; `errors` are those of photos that did not fail the same way before."""

    added: int = 0
    renamed: int = 0
    removed: int = 0
    failed: int = 0
    unchanged: int = 0
    errors: tuple[MediakitError, ...] = ()


Describe = Callable[[Iterable[Path]], Iterator[tuple[Path, Description | MediakitError]]]


class PhotoIndex:
    """An index of the photos in `folder` in the SQLite file `file`, which is made when it is absent.

    Paths are kept relative to the folder, so that an index outlives the folder's renaming. Every method raises InputError when the
    file is something else or cannot be used.
    """

    def __init__(self, file: Path, folder: Path):
        self.file, self._folder = file, folder
        with self._usable():
            self._database = sqlite3.connect(file, timeout=PATIENCE)
            [version] = self._database.execute("PRAGMA user_version").fetchone()
            [tables] = self._database.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if not tables:
                self._database.executescript(f"BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
            elif version != VERSION or not self._has_photos():
                raise InputError(f"{file}: is not an index that this version of mediakit reads; give another --index, or delete it")

    def __enter__(self) -> "PhotoIndex":
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def __len__(self) -> int:
        with self._usable():
            [count] = self._database.execute("SELECT count(*) FROM photo WHERE error IS NULL").fetchone()
        return int(count)

    def update(self, photos: Iterable[Path], describe: Describe) -> Update:
        """Bring the index up to date with `photos`.

        Photos that are gone are removed, renamed ones keep their captions, and new and changed ones are described; so are those that
        could not be read the last time.

        Args:
            photos: all photos of the folder that belong in the index.
            describe: yields each of the photos that it is given with its description, or with the error of that photo.
        """
        with self._usable():
            rows = self._database.execute("SELECT path, bytes, modified, error FROM photo").fetchall()
            known = {path: (size, modified) for path, size, modified, _ in rows}
            failed_before = {path: error for path, _, _, error in rows if error is not None}
            found = {self._key(path): stamp for path in photos if (stamp := _stamp(path)) is not None}
            renamed = _renamed(known, found)
            self._write("UPDATE photo SET path = ? WHERE path = ?", [(new, old) for old, new in renamed.items()])
            known.update({new: known.pop(old) for old, new in renamed.items()})
            gone = [path for path in known if path not in found]
            self._write("DELETE FROM photo WHERE path = ?", [(path,) for path in gone])
        pending = [path for path, stamp in found.items() if known.get(path) != stamp or path in failed_before]
        errors = self._describe(pending, found, describe) if pending else {}
        return Update(
            added=len(pending) - len(errors),
            renamed=len(renamed),
            removed=len(gone),
            failed=len(errors),
            unchanged=len(found) - len(pending) - len(renamed),
            errors=tuple(error for path, error in errors.items() if failed_before.get(path) != str(error)),
        )

    def search(self, query: str, limit: int = 20) -> list[Match]:
        """The photos whose caption or concepts match a query, those that match most of its terms first.

        A term is a word, or several in double quotes that stand side by side; photos that match a term after a minus are left out.
        Words match by their stem, and as forms of one concept: "bikes" finds "bicycle". Among photos that match equally many terms,
        the order is that of BM25 (Robertson and Zaragoza 2009). Raises InputError for a query without words.
        """
        wanted, unwanted = _terms(query)
        if not wanted:
            raise InputError(f"{query!r}: holds no words to search for")
        expressions = [self._expression(term) for term in wanted]
        either = " OR ".join(expressions)
        if unwanted:
            either = f"({either}) NOT ({' OR '.join(map(self._expression, unwanted))})"
        with self._usable():
            matched = Counter(
                row
                for expression in expressions
                for [row] in self._database.execute("SELECT rowid FROM words WHERE words MATCH ?", (expression,))
            )
            rows = self._database.execute(
                "SELECT photo.id, path, photo.caption, -bm25(words, 2.0, 1.0) FROM words JOIN photo ON photo.id = words.rowid "
                "WHERE words MATCH ?",
                (either,),
            ).fetchall()
        scored = [(matched[row] + max(0.0, relevance) / (1 + max(0.0, relevance)), path, caption) for row, path, caption, relevance in rows]
        scored.sort(key=lambda match: (-match[0], match[1]))
        return [Match(self._path(path), caption, score) for score, path, caption in scored[:limit]]

    def similar(self, features: np.ndarray, limit: int = 20) -> list[Match]:
        """The photos whose features are nearest to `features` `[n]` by cosine, best first."""
        with self._usable():
            rows = self._database.execute("SELECT path, caption, features FROM photo WHERE error IS NULL").fetchall()
        rows = [row for row in rows if len(row[2]) == 2 * features.size]
        if not rows:
            return []
        table = np.frombuffer(b"".join(row[2] for row in rows), np.float16).reshape(len(rows), -1)
        scores = table.astype(np.float32) @ _unit(features)
        order = np.argsort(-scores, kind="stable")[:limit]
        return [Match(self._path(rows[i][0]), rows[i][1], float(scores[i])) for i in order]

    def _describe(self, pending: list[bytes], stamps: dict[bytes, "Stamp"], describe: Describe) -> dict[bytes, MediakitError]:
        """Describe photos and write the descriptions, a few at a time. Returns the errors of those that failed."""
        errors, rows = {}, []
        try:
            for path, description in describe(Path(self._path(key)) for key in pending):
                key = self._key(path)
                if isinstance(description, MediakitError):
                    errors[key] = description
                rows.append((key, *stamps[key], *_columns(description)))
                if len(rows) == WRITE_EVERY:
                    self._replace(rows)
                    rows = []
        finally:
            self._replace(rows)
        return errors

    def _replace(self, rows: list[tuple]) -> None:
        with self._usable(), self._database:
            self._database.executemany("DELETE FROM photo WHERE path = ?", [row[:1] for row in rows])
            self._database.executemany(
                "INSERT INTO photo (path, bytes, modified, caption, concepts, features, error) VALUES (?, ?, ?, ?, ?, ?, ?)", rows
            )

    def _write(self, statement: str, rows: list[tuple]) -> None:
        """Run a statement once for each row; without rows the file need not be writable."""
        if rows:
            with self._database:
                self._database.executemany(statement, rows)

    def _expression(self, term: str) -> str:
        """A term in FTS5's syntax, a single word with the other forms of its concepts."""
        alternatives = self._forms.get(term, {term})
        return "(" + " OR ".join(f'"{word}"' for word in sorted(alternatives)) + ")"

    @cached_property
    def _forms(self) -> dict[str, set[str]]:
        """For each word that means a concept, all words that mean it."""
        forms: dict[str, set[str]] = {}
        for concept in read_table():
            words = {word for word in concept.forms if word.isalnum()}
            for word in words:
                forms[word] = forms.get(word, set()) | words
        return forms

    def _key(self, path: Path) -> bytes:
        return os.fsencode(path.relative_to(self._folder))

    def _path(self, key: bytes) -> str:
        return os.fsdecode(self._folder / os.fsdecode(key))

    def _has_photos(self) -> bool:
        return bool(self._database.execute("SELECT 1 FROM sqlite_master WHERE name = 'photo'").fetchone())

    @contextmanager
    def _usable(self) -> Iterator[None]:
        """Turn SQLite's errors into one of ours."""
        try:
            yield
        except sqlite3.Error as error:
            advice = "give another --index FILE"
            if "readonly" in str(error):
                advice += ", or --no-update to search it as it is"
            if "fts5" in str(error):
                # TensorFlow brings an SQLite of its own, which lacks FTS5 and takes the place of one that is loaded later.
                advice = "import sqlite3 before TensorFlow"
            raise InputError(f"{self.file}: cannot be used as an index: {error}; {advice}") from error


Stamp = tuple[int, int]


def _stamp(path: Path) -> Stamp | None:
    """Size and modification time of a file; None if it is gone."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _renamed(known: dict[bytes, Stamp], found: dict[bytes, Stamp]) -> dict[bytes, bytes]:
    """Old and new paths of the photos that have moved: the only gone and the only new one of a size and time."""
    gone = {path: stamp for path, stamp in known.items() if path not in found}
    new = {path: stamp for path, stamp in found.items() if path not in known}
    gone_counts, new_counts = Counter(gone.values()), Counter(new.values())
    by_stamp = {stamp: path for path, stamp in new.items()}
    return {path: by_stamp[stamp] for path, stamp in gone.items() if gone_counts[stamp] == new_counts[stamp] == 1}


def _columns(description: Description | MediakitError) -> tuple[str, str, bytes, str | None]:
    """A photo's caption, concepts, features and error, as the table has them."""
    if isinstance(description, MediakitError):
        return "", "", b"", str(description)
    features = _unit(description.features).astype(np.float16).tobytes()
    return description.caption, " ".join(description.concepts), features, None


def _terms(query: str) -> tuple[list[str], list[str]]:
    """The wanted and the unwanted terms of a query: words, or phrases with single spaces."""
    wanted: list[str] = []
    unwanted: list[str] = []
    for minus, phrase, word in re.findall(r'(?<!\S)(-?)(?:"([^"]*)"|(\S+))', query.lower()):
        words = re.findall(r"\w+", phrase or word)
        if words:
            (unwanted if minus else wanted).append(" ".join(words))
    return [term for term in wanted if term not in STOP_WORDS] or wanted, unwanted


def _unit(features: np.ndarray) -> np.ndarray:
    features = np.asarray(features, np.float32).ravel()
    return features / max(float(np.linalg.norm(features)), 1e-6)
