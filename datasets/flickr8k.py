"""Flickr8k: 8,092 photos of people and dogs outdoors, five captions each (Hodosh, Young and Hockenmaier 2013).

The published layout, with the text files in the folder itself or in `Flickr8k_text/`:

    Flickr8k.token.txt                                  photo#number<TAB>caption
    Flickr_8k.{train,dev,test}Images.txt                one photo name per line: 6,000, 1,000 and 1,000
    Images/, Flicker8k_Dataset/ or Flickr8k_Dataset/    the photos

Licence: research and education; the photos belong to their owners.
"""

from pathlib import Path

from mediakit.datasets.captioned_photos import CaptionedPhoto, attach_photos
from mediakit.datasets.fetching import Download, fetch_and_unpack
from mediakit.datasets.folders import Warn, listing, print_warning
from mediakit.datasets.origin import Origin
from mediakit.errors import DataError

ORIGIN = Origin(
    "Flickr8k",
    "research and education",
    "Hodosh, Young and Hockenmaier 2013; captions by crowd workers, photos from Flickr",
    "photos of people, dogs and sports outdoors",
)
LISTED = ("train", "dev", "test")
PHOTO_FOLDERS = ("Images", "Flicker8k_Dataset", "Flickr8k_Dataset", "images")
CAPTIONS = "Flickr8k.token.txt"
PUBLISHED_TEST_PHOTOS = 1000

# The publisher's page is gone; this release holds its two archives. The first fetch records their sha256.
DOWNLOADS = (
    Download("https://github.com/jbrownlee/Datasets/releases/download/Flickr8k/Flickr8k_text.zip"),
    Download("https://github.com/jbrownlee/Datasets/releases/download/Flickr8k/Flickr8k_Dataset.zip"),
)


def is_here(folder: Path) -> bool:
    """Whether a folder has Flickr8k's layout."""
    return any((texts / CAPTIONS).is_file() for texts in _text_folders(folder))


def splits(folder: Path) -> tuple[str, ...]:
    """The available splits: those whose list exists, and `unlisted`, the photos in no list."""
    here = tuple(split for split in LISTED if _list_file(folder, split).is_file())
    return (*here, "unlisted") if here and _unlisted(folder, _captions(folder)) is not None else here


def read(folder: Path, split: str, *, warn: Warn = print_warning) -> list[CaptionedPhoto]:
    """The photos of a split: train, dev, test, or unlisted (in none of the three lists).

    `warn` receives one line about photos that are left out. Raises DataError when the folder, its captions, the split's list
    or all of its photos are missing.
    """
    folder = Path(folder)
    if not is_here(folder):
        raise DataError(f"{folder}: no {CAPTIONS} here or in Flickr8k_text/; `mediakit.datasets.flickr8k.fetch` downloads the set")
    captions = _captions(folder)
    if split == "unlisted":
        names = _unlisted(folder, captions)
        if names is None:
            raise DataError(f"{folder}: Flickr_8k.testImages.txt is missing, so unlisted photos might be test photos")
    elif split in LISTED:
        names = _listed(folder, split)
    else:
        raise DataError(f"{folder}: Flickr8k has no split {split!r}; choose from {', '.join((*LISTED, 'unlisted'))}")
    uncaptioned = [name for name in names if name not in captions]
    if uncaptioned:
        warn(f"{len(uncaptioned)} photos of the split {split} have no captions and are left out: {listing(uncaptioned)}")
    folders = [parent / name for parent in (folder, folder.parent) for name in PHOTO_FOLDERS if (parent / name).is_dir()][:1]
    if not folders:
        raise DataError(f"{folder}: no folder of photos; expected {' or '.join(PHOTO_FOLDERS)}")
    photos = list(attach_photos({name: captions[name] for name in names if name in captions}, folders, warn).values())
    if not photos:
        raise DataError(f"{folders[0]}: holds none of the {len(names)} photos of the split {split}")
    return photos


def fetch(folder: Path) -> None:
    """Download and unpack the set into `folder` (about 1.1 GB). An interrupted download resumes."""
    fetch_and_unpack(DOWNLOADS, Path(folder))


def _text_folders(folder: Path) -> tuple[Path, Path]:
    return folder, folder / "Flickr8k_text"


def _list_file(folder: Path, split: str) -> Path:
    name = f"Flickr_8k.{split}Images.txt"
    return next((texts / name for texts in _text_folders(folder) if (texts / name).is_file()), folder / name)


def _listed(folder: Path, split: str) -> list[str]:
    file = _list_file(folder, split)
    if not file.is_file():
        raise DataError(f"{file}: no such file; it lists the photos of the split {split}")
    return file.read_text(encoding="utf-8").split()


def _unlisted(folder: Path, captions: dict[str, list[str]]) -> list[str] | None:
    """Photos in no list; None when the test list is missing and there are enough of them to include the test photos."""
    present = [split for split in LISTED if _list_file(folder, split).is_file()]
    listed = {name for split in present for name in _listed(folder, split)}
    names = [name for name in captions if name not in listed]
    return names if "test" in present or len(names) < PUBLISHED_TEST_PHOTOS // 2 else None


def _captions(folder: Path) -> dict[str, list[str]]:
    file = next(texts / CAPTIONS for texts in _text_folders(folder) if (texts / CAPTIONS).is_file())
    captions: dict[str, list[str]] = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        name, tab, caption = line.partition("\t")
        if not tab or "#" not in name:
            raise DataError(f"{file}: line {number} is not photo#number<TAB>caption: {line[:60]!r}")
        name = name.rpartition("#")[0]
        # The published file has five captions for "2258277193_586949ec62.jpg.1", a photo that does not exist.
        if not name.endswith(".jpg.1"):
            captions.setdefault(name, []).append(caption.strip())
    return captions
