"""A searchable index of a folder's photos: captions and concepts in SQLite's full-text search, features for similarity.

An index is one SQLite file. It is brought up to date by path, size and modification time, so that only new and changed photos
are captioned, and it is committed as it goes: an update that is stopped goes on where it was.
"""

import os
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mediakit.errors import InputError, MediakitError

VERSION = 1
COMMIT_EVERY = 64  # photos
# Words that say nothing of a photo; a query of nothing else keeps them.
STOP_WORDS = frozenset(
    ("a", "an", "and", "are", "at", "for", "from", "in", "is", "it", "of", "on", "or", "photo", "some", "that", "the", "this", "to", "with")
)

SCHEMA = """
CREATE TABLE photo (
    id INTEGER PRIMARY KEY,
    path BLOB NOT NULL UNIQUE,  -- a file name need not be UTF-8
    bytes INTEGER NOT NULL,
    modified INTEGER NOT NULL,  -- nanoseconds since 1970
    caption TEXT NOT NULL,
    concepts TEXT NOT NULL,
    features BLOB NOT NULL,     -- float16, of unit length
    error TEXT                  -- why the photo has no caption
);
CREATE VIRTUAL TABLE words USING fts5 (caption, concepts, content='photo', content_rowid='id', tokenize='porter unicode61');
CREATE TRIGGER photo_added AFTER INSERT ON photo BEGIN
    INSERT INTO words (rowid, caption, concepts) VALUES (new.id, new.caption, new.concepts);
END;
CREATE TRIGGER photo_removed AFTER DELETE ON photo BEGIN
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
    """What an update did, in photos."""

    added: int
    removed: int
    failed: int
    unchanged: int


class PhotoIndex:
    """An index in the SQLite file `file`, which is made when it is absent.

    Raises InputError when the file is something else or cannot be opened.
    """

    def __init__(self, file: Path):
        self.file = file
        try:
            self._database = sqlite3.connect(file)
            [version] = self._database.execute("PRAGMA user_version").fetchone()
            [tables] = self._database.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if not tables:
                self._database.executescript(f"{SCHEMA} PRAGMA user_version = {VERSION};")
            elif version != VERSION or not self._has_photos():
                raise InputError(f"{file}: is not an index that this version of mediakit reads; give another --index, or delete it")
        except sqlite3.Error as error:
            # TensorFlow brings an SQLite of its own, which lacks FTS5 and takes the place of one that is loaded later.
            advice = "; import sqlite3 before TensorFlow" if "fts5" in str(error) else ""
            raise InputError(f"{file}: cannot be used as an index: {error}{advice}") from error

    def __enter__(self) -> "PhotoIndex":
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def __len__(self) -> int:
        [count] = self._database.execute("SELECT count(*) FROM photo WHERE error IS NULL").fetchone()
        return int(count)

    def update(
        self, photos: Iterable[Path], describe: Callable[[Iterable[Path]], Iterator[tuple[Path, Description | MediakitError]]]
    ) -> Update:
        """Bring the index up to date with `photos`: those that are gone are removed, new and changed ones are described.

        Args:
            photos: all photos that belong in the index.
            describe: yields each of the photos that it is given with its description, or with the error of that photo.
        """
        known = {path: (size, modified) for path, size, modified in self._database.execute("SELECT path, bytes, modified FROM photo")}
        found = {os.fsencode(path): stamp for path in photos if (stamp := _stamp(path)) is not None}
        changed = [Path(os.fsdecode(path)) for path, stamp in found.items() if known.get(path) != stamp]
        gone = [path for path in known if path not in found]
        with self._database:
            self._database.executemany("DELETE FROM photo WHERE path = ?", [(path,) for path in gone])
        failed = 0
        try:
            for number, (path, said) in enumerate(describe(changed), 1):
                failed += isinstance(said, MediakitError)
                self._put(os.fsencode(path), found[os.fsencode(path)], said)
                if number % COMMIT_EVERY == 0:
                    self._database.commit()
        finally:
            self._database.commit()
        return Update(len(changed) - failed, len(gone), failed, len(found) - len(changed))

    def search(self, query: str, limit: int = 20) -> list[Match]:
        """The photos whose caption or concepts match words of a query, best first by BM25 (Robertson and Zaragoza 2009).

        Words match by their stem: "dogs" finds "dog". Raises InputError for a query without words.
        """
        words = re.findall(r"\w+", query.lower())
        wanted = [word for word in words if word not in STOP_WORDS] or words
        if not wanted:
            raise InputError(f"{query!r}: holds no words to search for")
        expression = " OR ".join(f'"{word}"' for word in wanted)
        rows = self._database.execute(
            "SELECT path, photo.caption, bm25(words, 2.0, 1.0) AS rank FROM words JOIN photo ON photo.id = words.rowid "
            "WHERE words MATCH ? ORDER BY rank, path LIMIT ?",
            (expression, limit),
        )
        return [Match(os.fsdecode(path), caption, -rank) for path, caption, rank in rows]

    def similar(self, features: np.ndarray, limit: int = 20) -> list[Match]:
        """The photos whose features are nearest to `features` `[n]` by cosine, best first."""
        rows = self._database.execute("SELECT path, caption, features FROM photo WHERE error IS NULL").fetchall()
        rows = [row for row in rows if len(row[2]) == 2 * features.size]
        if not rows:
            return []
        table = np.frombuffer(b"".join(row[2] for row in rows), np.float16).reshape(len(rows), -1)
        scores = table.astype(np.float32) @ _unit(features)
        order = np.argsort(-scores, kind="stable")[:limit]
        return [Match(os.fsdecode(rows[i][0]), rows[i][1], float(scores[i])) for i in order]

    def _put(self, path: bytes, stamp: tuple[int, int], said: Description | MediakitError) -> None:
        caption, concepts, features, error = "", "", b"", None
        if isinstance(said, MediakitError):
            error = str(said)
        else:
            caption, concepts = said.caption, " ".join(said.concepts)
            features = _unit(said.features).astype(np.float16).tobytes()
        self._database.execute("DELETE FROM photo WHERE path = ?", (path,))
        self._database.execute(
            "INSERT INTO photo (path, bytes, modified, caption, concepts, features, error) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (path, *stamp, caption, concepts, features, error),
        )

    def _has_photos(self) -> bool:
        return bool(self._database.execute("SELECT 1 FROM sqlite_master WHERE name = 'photo'").fetchone())


def _stamp(path: Path) -> tuple[int, int] | None:
    """Size and modification time of a file; None if it is gone."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _unit(features: np.ndarray) -> np.ndarray:
    features = np.asarray(features, np.float32).ravel()
    return features / max(float(np.linalg.norm(features)), 1e-6)
