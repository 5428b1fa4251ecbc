"""Captions in text files beside their photos, as training tools read them."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mediakit.console.files import whole_file
from mediakit.console.output import Results
from mediakit.errors import InputError


class TextFiles:
    """The text file of each photo: `a.txt` for `a.jpg`, or `a.jpg.txt` where another photo has the same stem.

    Args:
        photos: the items of a batch, among them the paths of photos.
        existing: what is done with a photo that has a text file: "skip", "overwrite" or "append".
    """

    def __init__(self, photos: Iterable[Any], existing: str):
        self._existing = existing
        self._photos = Counter(photo.with_suffix(".txt") for photo in {photo for photo in photos if isinstance(photo, Path)})

    def of(self, photo: Path) -> Path:
        """The text file of a photo."""
        file = photo.with_suffix(".txt")
        return photo.with_name(f"{photo.name}.txt") if self._photos[file] > 1 else file

    def to_write(self, photos: Iterable[Any], out: Results) -> list[Any]:
        """The photos whose text file is to be written, each once, and the errors among them. `out` is told of the others."""
        kept: list[Any] = []
        written, described, repeated = set(), 0, 0
        for photo in photos:
            file = self.of(photo) if isinstance(photo, Path) else None
            if file in written:
                repeated += 1
            elif file and self._existing == "skip" and file.exists():
                described += 1
            else:
                kept.append(photo)
                if file:
                    written.add(file)
        out.leave_out(described, "a text file exists; --existing overwrite or append includes them")
        out.leave_out(repeated, "given twice")
        shared = sorted(file for file, photos_of_stem in self._photos.items() if photos_of_stem > 1)
        if shared:
            out.remark(f"photos with one stem have text files with the full name, such as {shared[0].stem}.jpg.txt")
        return kept

    def write(self, photo: Path, text: str) -> None:
        """Write a photo's text file, or add to it. Raises InputError for one that is not UTF-8."""
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
