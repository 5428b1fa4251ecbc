"""Documents translated in place: one module a format, each with `read` and, where the content shows it, `looks_like`.

Why no library reads the subtitles: pysubs2, the best of them, keeps times and text but not a file. It numbers SubRip anew, and
drops the notes, styles and settings of WebVTT; here what does not change stays as it was, byte for byte.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from mediakit.errors import InputError
from mediakit.tasks.translation.documents.cues import backward_times
from mediakit.tasks.translation.documents.document import Document


@dataclass(frozen=True)
class Format:
    """A format: the name that chooses it, its module here, what people call it, and the endings of its files."""

    key: str
    module: str
    name: str
    endings: tuple[str, ...]
    subtitles: bool = False

    def read(self, text: str, name: str) -> Document:
        """A document. Raises InputError for a text that is not in this format."""
        read: Callable[[str, str], Document] = self._module.read
        return read(text, name)

    def looks_like(self, text: str) -> bool:
        """Whether a text can only be in this format, by its beginning."""
        return bool(self._module.looks_like(text))

    @property
    def _module(self) -> Any:
        return import_module(f"{__name__}.{self.module}")


FORMATS = {
    known.key: known
    for known in (
        Format("srt", "srt", "SubRip subtitles", (".srt",), subtitles=True),
        Format("vtt", "vtt", "WebVTT subtitles", (".vtt",), subtitles=True),
        Format("ass", "ass", "SubStation Alpha subtitles", (".ass", ".ssa"), subtitles=True),
        Format("html", "html_page", "HTML", (".html", ".htm", ".xhtml")),
        Format("json", "json_strings", "JSON", (".json",)),
        Format("markdown", "markdown", "Markdown", (".md", ".markdown")),
        Format("po", "po", "a gettext catalogue", (".po", ".pot")),
        Format("properties", "properties", "Java properties", (".properties",)),
        Format("xliff", "xliff", "XLIFF", (".xlf", ".xliff")),
    )
}
BEGINNING = 8192  # bytes that show the format


def by_name(name: str) -> Format | None:
    """The format that a file's name promises; None for plain text. Raises InputError for one that cannot be read."""
    ending = Path(name).suffix.lower()
    if ending == ".sub":
        raise InputError(f"{name}: MicroDVD and VobSub subtitles cannot be read; convert it to SubRip (.srt), for example with ffmpeg")
    return next((known for known in FORMATS.values() if ending in known.endings), None)


def by_content(content: bytes) -> Format | None:
    """The format that the beginning of a text can only be in; None if it may be plain text."""
    beginning = content[:BEGINNING].decode(_encoding(content), "replace").removeprefix("\ufeff")
    return next((known for known in FORMATS.values() if known.looks_like(beginning)), None)


def read(content: bytes, name: str, known: Format) -> Document:
    """A document of a known format.

    Raises InputError if it is in another one, or in an encoding that cannot be told.
    """
    text, notes = decode(content, name, known)
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    document = known.read(text.removeprefix(mark), name)
    backward = backward_times(document.segments) if known.subtitles else ()
    return replace(document, notes=(*notes, *document.notes, *backward), mark=mark)


def decode(content: bytes, name: str, known: Format | None) -> tuple[str, tuple[str, ...]]:
    """A file's text, and what is to be said of its encoding.

    UTF-8, UTF-16 with a byte order mark or of Latin letters, and for subtitles Windows-1252. Raises InputError for others.
    """
    encoding = _encoding(content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8" or not (known and known.subtitles) or b"\0" in content:
            where = f"byte {error.start} is 0x{content[error.start]:02x}"
            raise InputError(f"{name}: is not {encoding.upper()}: {where}; convert it, for example with iconv") from error
        # As players do, the five bytes that Windows-1252 leaves open included.
        return content.decode("cp1252", "replace"), ("read as Windows-1252, written as UTF-8",)
    if "\0" in text:
        raise InputError(f"{name}: is not text: character {text.index(chr(0))} is zero")
    return text, () if encoding == "utf-8" else ("read as UTF-16, written as UTF-8",)


def _encoding(content: bytes) -> str:
    """The encoding that the first bytes show."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if len(content) % 2 == 0 and content[:1] != content[1:2] and b"\0" in content[:2]:
        return "utf-16-be" if content[:1] == b"\0" else "utf-16-le"
    return "utf-8"
