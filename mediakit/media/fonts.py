"""Finding a font that covers a text."""

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
_UNASSIGNED = "\U0010ffff"  # fonts draw this like every character they lack
_SLANTED_OR_HEAVY = ("bold", "italic", "oblique", "black", "heavy", "light", "thin", "condensed", "mono")


def font_for(text: str, size: int) -> ImageFont.FreeTypeFont:
    """A font with all characters of a text: Pillow's own, else the plainest of the system's fonts.

    Args:
        text: everything that will be drawn.
        size: in pixels.

    Raises InputError, naming a package to install, when there is no such font.
    """
    joins = any(unicodedata.category(character) in ("Mn", "Mc") for character in unicodedata.normalize("NFC", text))
    if joins and not features.check("raqm"):  # combining marks need a layout engine
        raise InputError("this Pillow cannot lay out such letters without Raqm; install it (Debian: apt-get install libraqm0 libfribidi0)")
    characters = frozenset(c for c in text if not c.isspace() and unicodedata.category(c) != "Cf")
    own = ImageFont.load_default(size)
    if isinstance(own, ImageFont.FreeTypeFont) and _has(own, characters):
        return own
    for path in _files():
        try:
            font = ImageFont.truetype(str(path), size)
        except OSError:
            continue
        if _has(font, characters):
            return font
    shown = "".join(sorted(c for c in characters if not c.isascii())[:8])
    raise InputError(f"no font on this system can draw {shown!r}; install one (Debian: apt-get install fonts-noto-core)")


def _has(font: ImageFont.FreeTypeFont, characters: frozenset[str]) -> bool:
    missing = bytes(font.getmask(_UNASSIGNED))
    return all(bytes(font.getmask(character)) != missing for character in characters)


@lru_cache(maxsize=1)
def _files() -> tuple[Path, ...]:
    """The system's fonts, plainest style first."""

    def found() -> Iterator[Path]:
        for folder in _FOLDERS.get(sys.platform, _ELSEWHERE):
            for pattern in ("*.ttf", "*.otf", "*.ttc"):
                yield from Path(folder).expanduser().rglob(pattern)

    def plainness(path: Path) -> tuple[int, bool, str]:
        name = path.stem.lower()
        return sum(style in name for style in _SLANTED_OR_HEAVY), "sans" not in name, str(path)

    return tuple(sorted(found(), key=plainness))
