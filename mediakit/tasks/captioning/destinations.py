"""Where captions are kept with their photos: in text files, as training tools read them, and in the photos' own metadata."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

from mediakit.console.files import whole_file
from mediakit.console.output import Results
from mediakit.errors import InputError


class Destination(Protocol):
    """A place for the captions of photos."""

    def wants(self, photo: Path) -> bool:
        """Whether a photo's caption is to be written."""

    def write(self, photo: Path, text: str) -> None:
        """Write a photo's caption, if it is wanted."""


class TextFiles:
    """The text file of each photo: `a.txt` for `a.jpg`, or `a.jpg.txt` where another photo has the same stem.

    Args:
        photos: the items of a batch, among them the paths of photos.
        existing: what is done with a photo that has a text file: "skip", "overwrite" or "append".
    """

    def __init__(self, photos: Iterable[Any], existing: str):
        self._existing = existing
        self._photos = Counter(photo.with_suffix(".txt") for photo in {photo for photo in photos if isinstance(photo, Path)})

    @property
    def remark(self) -> str:
        """What to say about the files' names; empty if they are the usual ones."""
        shared = sorted(file for file, photos in self._photos.items() if photos > 1)
        return f"photos that differ only in extension get text files with the full name, such as {shared[0].stem}.jpg.txt" if shared else ""

    def of(self, photo: Path) -> Path:
        """The text file of a photo."""
        file = photo.with_suffix(".txt")
        return photo.with_name(f"{photo.name}.txt") if self._photos[file] > 1 else file

    def wants(self, photo: Path) -> bool:
        """Whether a photo's text file is to be written."""
        return self._existing != "skip" or not self.of(photo).exists()

    def write(self, photo: Path, text: str) -> None:
        """Write a photo's text file, or add to it. Raises InputError for one that is not UTF-8."""
        if not self.wants(photo):
            return
        file = self.of(photo)
        before = ""
        if self._existing == "append" and file.exists():
            try:
                before = file.read_text(encoding="utf-8")
            except UnicodeDecodeError as error:
                raise InputError(f"{file}: is not UTF-8 and was left as it is") from error
        if before and not before.endswith("\n"):
            before += "\n"
        with whole_file(file) as out:
            out.write(f"{before}{text}\n")


class PhotoMetadata:
    """The description in each photo's own metadata.

    Args:
        existing: what is done with a photo that has a description: "skip", "overwrite" or "append".
    """

    def __init__(self, existing: str):
        self._existing = existing

    def wants(self, photo: Path) -> bool:
        """Whether a photo's description is to be written. A photo that cannot be read counts: reading it gives the error."""
        from mediakit.media.metadata import description

        try:
            return self._existing != "skip" or description(photo.read_bytes()) is None
        except (OSError, InputError):
            return True

    def write(self, photo: Path, text: str) -> None:
        """Write a photo's description. Raises InputError for a format that cannot hold one and for damaged metadata."""
        from mediakit.media.metadata import description, with_description

        content = photo.read_bytes()
        try:
            before = description(content)
            if before is not None and self._existing == "skip":
                return
            described = with_description(content, f"{before}\n{text}" if before and self._existing == "append" else text)
        except InputError as error:
            raise InputError(f"{photo}: {error}") from error
        if described != content:
            with whole_file(photo, "wb") as file:
                file.write(described)


def to_describe(photos: Iterable[Any], destinations: Sequence[Destination], out: Results) -> list[Any]:
    """The photos that some destination wants, each once, and the errors among them. `out` is told of the others."""
    kept: list[Any] = []
    seen, described, repeated = set(), 0, 0
    for photo in photos:
        if not isinstance(photo, Path):
            kept.append(photo)
        elif photo in seen:
            repeated += 1
        elif any(destination.wants(photo) for destination in destinations):
            kept.append(photo)
            seen.add(photo)
        else:
            described += 1
    out.leave_out(described, "described already; --existing overwrite or append includes them")
    out.leave_out(repeated, "given twice")
    return kept
