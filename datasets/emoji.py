"""Emoji as images, in any style whose files are named by code points.

Layouts, each a folder or the .tgz from the package index:

    emoji-datasource-google     img/google/64/1f600.png and emoji.json with the categories (npm; MIT, images Apache-2.0)
    emoji-datasource-twitter    the same with img/twitter (images CC BY 4.0)
    @lobehub/fluent-emoji-3d    assets/1f600.webp (MIT)
    openmoji                    1F600.png, from a release's openmoji-72x72-color.zip, unpacked; npm has only SVG (CC BY-SA 4.0)
    your own                    .png or .webp files in one folder, named by code points joined with hyphens

Get one with `npm pack emoji-datasource-google@16.0.0`. The classes are the categories in the `emoji.json` in or below the
folder, largest first; without that file there are no classes. Standalone skin tones are left out. An emoji with a skin tone
has the category of its base.

A tenth is held out by subject: all skin tones, genders and directions of an emoji are in the same split.
"""

import json
import re
import tarfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mediakit.datasets.images import Entry, ImageSet, in_split, load
from mediakit.datasets.origin import Origin
from mediakit.errors import DataError

_PARTS = "Component"  # the category of standalone skin tones
_CODE_POINTS = re.compile(r"[0-9a-f]{2,6}(?:[-_][0-9a-f]{2,6})*", re.IGNORECASE)
_SUFFIXES = (".png", ".webp")
_SKIN_TONES = {"1f3fb", "1f3fc", "1f3fd", "1f3fe", "1f3ff"}
_MODIFIERS = _SKIN_TONES | {"fe0f", "200d", "2640", "2642", "27a1"}  # presentation, joiner, genders, direction
# For the split, all adults count as the same subject, and so do all children.
_PEOPLE = dict.fromkeys(("1f468", "1f469", "1f474", "1f475", "1f9d3"), "1f9d1") | dict.fromkeys(("1f466", "1f467"), "1f9d2")


def _flag(country: str) -> str:
    """The code points of a country's flag, from the country's two letters."""
    return "-".join(f"{0x1F1E6 + ord(letter) - ord('a'):x}" for letter in country)


# Subjects with several sequences. Couples, families and handshakes also have single code points; some territories use another flag.
_SEQUENCES = {
    **dict.fromkeys(("1f46b", "1f46c", "1f46d"), "1f9d1-1f91d-1f9d1"),
    "1f48f": "1f9d1-2764-1f48b-1f9d1",
    "1f491": "1f9d1-2764-1f9d1",
    "1f46a": "1f9d1-1f9d1-1f9d2",
    "1f91d": "1faf1-1faf2",
    **{_flag(pair[:2]): _flag(pair[2:]) for pair in ("hmau", "bvno", "sjno", "cpfr", "mffr", "dgio", "eaes", "umus")},
}
_LICENSES = {
    "google": "Apache-2.0 (Noto Emoji)",
    "twitter": "CC BY 4.0 (Twemoji)",
    "fluent": "MIT (Fluent Emoji)",
    "openmoji": "CC BY-SA 4.0 (OpenMoji)",
}


def is_here(folder: Path) -> bool:
    """Whether a folder, or a .tgz, holds emoji."""
    try:
        with _files(folder) as files:
            return bool(_image_names(files))
    except DataError:
        return False


def read(folder: Path, split: str, size: int, channels: int | None = None) -> ImageSet:
    """The emoji of one split, as in `images.read`, ordered by code points. Raises DataError when there are none."""
    with _files(folder) as files:
        names = _image_names(files)
        if not names:
            raise DataError(f"{folder}: no images named by code points, such as 1f600.png")
        categories = _categories(files)
        known = [name for name in names if not categories or categories.get(_key(name), _PARTS) != _PARTS]
        counts = Counter(categories[_key(name)] for name in known) if categories else Counter()
        classes = tuple(category for category, _ in counts.most_common())
        chosen = [name for name in known if in_split(f"emoji {subject_of(PurePosixPath(name).stem)}", split)]
        content = files.read_all(chosen)
    label_of = {_key(name): classes.index(categories[_key(name)]) if classes else 0 for name in chosen}
    entries = [Entry(PurePosixPath(name).name, content[name], label_of[_key(name)]) for name in chosen]
    left_out: dict[str, list[str]] = {}
    for name in sorted(set(names) - set(known), key=names.index):
        reason = "a standalone skin tone" if _key(name) in categories else "not in emoji.json"
        left_out.setdefault(reason, []).append(PurePosixPath(name).name)
    return load(entries, size, channels, classes=classes, where=folder, left_out=left_out)


def origin(folder: Path) -> Origin:
    """The style, recognised by names in the path, and its licence."""
    with _files(folder) as files:
        path = f"{folder.name}/{_image_names(files)[0]}".lower()
    style = next((style for style in _LICENSES if style in path), "")
    return Origin(f"emoji ({style})" if style else "emoji", _LICENSES.get(style, "its owner's"), holds="images")


def subject_of(stem: str) -> str:
    """What an emoji shows, from its file's stem: its code points without skin tones, genders and directions.

    A man, a woman and a person doing the same thing have the same subject, and so have couples and families that differ in
    nothing else.
    """
    return "-".join(_PEOPLE.get(code, code) for code in _SEQUENCES.get(_plain(stem), _plain(stem)).split("-") if code not in _MODIFIERS)


def _plain(stem: str) -> str:
    """Code points in lower case, without leading zeros and colour selectors, in which styles differ."""
    return "-".join(code.lstrip("0") for code in re.split("[-_]", stem.lower()) if code != "fe0f")


def _key(name: str) -> str:
    return _plain(PurePosixPath(name).stem)


def _image_names(files: "_Files") -> list[str]:
    """The files named by code points, from the folder that has the most of them; on a tie the last by name (color, not black)."""
    folders: dict[PurePosixPath, list[str]] = {}
    for path in map(PurePosixPath, files.names):
        if path.suffix.lower() in _SUFFIXES and _CODE_POINTS.fullmatch(path.stem):
            folders.setdefault(path.parent, []).append(str(path))
    names = max(sorted(folders.items(), reverse=True), key=lambda item: len(item[1]), default=(None, []))[1]
    # Numbered images such as 0001.png look like code points too. Most emoji lie above U+1F000, which no decimal number spells.
    high = sum(re.match("1f[0-9a-f]{3}", PurePosixPath(name).stem.lower()) is not None for name in names)
    return sorted(names, key=_key) if 2 * high > len(names) else []


def _categories(files: "_Files") -> dict[str, str]:
    """Categories by `_plain` code points; empty without an emoji.json."""
    name = next((name for name in files.names if PurePosixPath(name).name == "emoji.json"), None)
    if name is None:
        return {}
    try:
        entries = json.loads(files.read(name))
        return {
            _plain(form["unified"]): entry["category"] for entry in entries for form in (entry, *entry.get("skin_variations", {}).values())
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{files.where}: {name} is not the emoji.json of emoji-datasource: {error}") from error


@dataclass(frozen=True)
class _Files:
    """The files of a folder or a .tgz: relative paths, and a reader of their bytes."""

    where: Path
    names: tuple[str, ...]
    read: Callable[[str], bytes]

    def read_all(self, names: Iterable[str]) -> dict[str, bytes]:
        """The bytes of several files, in archive order, so that a .tgz is decompressed only once."""
        chosen = set(names)
        return {name: self.read(name) for name in self.names if name in chosen}


@contextmanager
def _files(where: Path) -> Iterator[_Files]:
    try:
        if where.is_dir():
            names = (path.relative_to(where).as_posix() for path in where.rglob("*") if path.is_file())
            yield _Files(where, tuple(sorted(names)), lambda name: (where / name).read_bytes())
            return
        with tarfile.open(where) as archive:
            members = {member.name: member for member in archive if member.isfile()}
            yield _Files(where, tuple(members), lambda name: archive.extractfile(members[name]).read())  # type: ignore[union-attr]
    except (OSError, tarfile.TarError, EOFError, zlib.error) as error:
        why = str(error).partition("\n")[0].rstrip(":")  # further lines report each compression that was tried
        raise DataError(f"{where}: cannot be read as a folder or a .tgz of emoji: {why}") from error
