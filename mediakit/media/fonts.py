"""Finding a font that can draw a text."""

import os
import sys
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont, features

from mediakit.errors import InputError

_FOLDERS = {
    "darwin": ("/System/Library/Fonts", "/Library/Fonts", "~/Library/Fonts"),
    "win32": (os.path.join(os.environ.get("WINDIR", "C:/Windows"), "Fonts"), "~/AppData/Local/Microsoft/Windows/Fonts"),
}
_ELSEWHERE = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
_UNASSIGNED = "\U0010ffff"  # what a font draws for it, it draws for all that it lacks
_SLANTED_OR_HEAVY = ("bold", "italic", "oblique", "black", "heavy", "light", "thin", "condensed", "mono")


def font_for(text: str, size: int) -> ImageFont.FreeTypeFont:
    """A font with all letters of a text: Pillow's own, or the plainest of the system's.

    Args:
        text: all that will be drawn.
        size: in pixels.

    Raises InputError when there is none, with what to install.
    """
    joins = any(unicodedata.category(character) in ("Mn", "Mc") for character in unicodedata.normalize("NFC", text))
    if joins and not features.check("raqm"):  # letters that change with their neighbours need a layout engine
        raise InputError("this Pillow cannot lay out such letters: it lacks Raqm (Debian: apt-get install libraqm0 libfribidi0)")
    wanted = frozenset(c for c in text if not c.isspace() and unicodedata.category(c) != "Cf")
    own = ImageFont.load_default(size)
    if isinstance(own, ImageFont.FreeTypeFont) and _has(own, wanted):
        return own
    for path in _files():
        try:
            font = ImageFont.truetype(str(path), size)
        except OSError:
            continue
        if _has(font, wanted):
            return font
    shown = "".join(sorted(c for c in wanted if not c.isascii())[:8])
    raise InputError(f"no font on this system can draw {shown!r}: install one (Debian: apt-get install fonts-noto-core)")


def _has(font: ImageFont.FreeTypeFont, characters: frozenset[str]) -> bool:
    missing = bytes(font.getmask(_UNASSIGNED))
    return all(bytes(font.getmask(character)) != missing for character in characters)


@lru_cache(maxsize=1)
def _files() -> tuple[Path, ...]:
    """The system's fonts, those of plain style first."""

    def found() -> Iterator[Path]:
        for folder in _FOLDERS.get(sys.platform, _ELSEWHERE):
            for pattern in ("*.ttf", "*.otf", "*.ttc"):
                yield from Path(folder).expanduser().rglob(pattern)

    def plainness(path: Path) -> tuple[int, bool, str]:
        name = path.stem.lower()
        return sum(style in name for style in _SLANTED_OR_HEAVY), "sans" not in name, str(path)

    return tuple(sorted(found(), key=plainness))
