"""Photos with captions: Flickr8k, or your own in one of three layouts.

    captions.csv                          columns `image,caption` and optionally `split`; one row per caption
    captions*.json, annotations/*.json    COCO: `images` with `id` and `file_name`; `annotations` with `image_id` and `caption`
    photo.jpg, photo.txt (or photo.jpg.txt)   a text file beside each photo, with one caption per line

Photos are looked up beside the caption file, in `Images/` and in `images/`. Where the layout states no split, a hash of the
photo's file name decides: 80 % train, 10 % dev, 10 % test. The split is stable when photos are added.
"""

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mediakit.datasets.folders import Warn, existing_folder, hash_bucket, listing, print_warning
from mediakit.datasets.origin import Origin, own_data
from mediakit.errors import DataError
from mediakit.media.photo_files import is_photo

SPLITS = ("train", "dev", "test")


@dataclass(frozen=True)
class CaptionedPhoto:
    """A photo's path and its captions, at least one."""

    path: Path
    captions: tuple[str, ...]


def has_split(folder: Path, split: str) -> bool:
    """Whether the folder's layout has a split of this name."""
    from mediakit.datasets import flickr8k

    return split in (flickr8k.splits(folder) if flickr8k.is_here(folder) else SPLITS)


def origin(folder: Path) -> Origin:
    """Where the photos of a folder come from."""
    from mediakit.datasets import flickr8k

    return flickr8k.ORIGIN if flickr8k.is_here(folder) else own_data(folder, "photos")


def read(folder: Path, split: str, *, warn: Warn = print_warning) -> list[CaptionedPhoto]:
    """The photos of one split, in whichever layout the folder has.

    `warn` receives one line about photos that are left out, and one when the split is made by hashing. Raises DataError when
    the folder, the layout or the split is missing, or when no photo is left.
    """
    from mediakit.datasets import flickr8k

    folder = existing_folder(folder)
    if flickr8k.is_here(folder):
        return flickr8k.read(folder, split, warn=warn)
    if split not in SPLITS:
        raise DataError(f"{folder}: no split {split!r}; choose from {', '.join(SPLITS)}")
    captions, stated = _read_layout(folder)
    present = attach_photos(captions, [folder, folder / "Images", folder / "images"], warn)
    if not stated:
        warn(f"{folder}: no split is stated; a hash of each photo's name assigns 80 % to train, 10 % to dev, 10 % to test")
    chosen = [photo for name, photo in present.items() if (stated.get(name) or split_of(name)) == split]
    if not chosen:
        raise DataError(f"{folder}: no photos in the split {split}, out of {len(present)} photos with captions")
    return chosen


def attach_photos(captions: dict[str, list[str]], folders: Iterable[Path], warn: Warn) -> dict[str, CaptionedPhoto]:
    """The photos that exist in one of the folders, by name. `warn` receives the number and the first names of missing ones."""
    folders = [folder for folder in folders if folder.is_dir()]
    found, missing = {}, []
    for name, texts in captions.items():
        path = next((folder / name for folder in folders if (folder / name).is_file()), None)
        if path is None:
            missing.append(name)
        elif texts:
            found[name] = CaptionedPhoto(path, tuple(texts))
    if missing:
        warn(f"{len(missing)} captioned photos are missing and left out: {listing(missing)}")
    return found


def split_of(name: str) -> str:
    """The split of a photo by a hash of its file name: 80 % train, 10 % dev, 10 % test."""
    return {8: "dev", 9: "test"}.get(hash_bucket(Path(name).name, 10), "train")


def _read_layout(folder: Path) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Captions by file name, and the stated splits by file name (empty where the layout states none)."""
    if (folder / "captions.csv").is_file():
        return _read_csv(folder / "captions.csv")
    coco = sorted([*folder.glob("captions*.json"), *folder.glob("annotations/captions*.json")])
    if coco:
        return _read_coco(coco), {}
    photos = [file for file in sorted(folder.iterdir()) if is_photo(file.name)]
    texts = {file.name: [file.with_name(f"{file.name}.txt"), file.with_suffix(".txt")] for file in photos}
    captions = {name: _lines(text) for name, files in texts.items() if (text := next(filter(Path.is_file, files), None))}
    if not captions:
        raise DataError(
            f"{folder}: no captions found; expected Flickr8k's files, captions.csv (image,caption), "
            "COCO's captions*.json, or a .txt file beside each photo (photo.txt or photo.jpg.txt)"
        )
    return captions, {}


def _lines(file: Path) -> list[str]:
    try:
        return [line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except UnicodeDecodeError as error:
        raise DataError(f"{file}: not UTF-8 (byte {error.start})") from error


def _read_csv(file: Path) -> tuple[dict[str, list[str]], dict[str, str]]:
    captions: dict[str, list[str]] = {}
    stated: dict[str, str] = {}
    with open(file, newline="", encoding="utf-8-sig") as lines:
        rows = csv.DictReader(lines)
        if not {"image", "caption"} <= set(rows.fieldnames or ()):
            found = ",".join(rows.fieldnames or ()) or "nothing"
            raise DataError(f"{file}: expected the columns image,caption in the first line, found {found}")
        for row in rows:
            if not row["image"] or not row["caption"]:
                raise DataError(f"{file}: line {rows.line_num} lacks an image or a caption")
            captions.setdefault(row["image"], []).append(row["caption"])
            if row.get("split"):
                stated[row["image"]] = row["split"]
    return captions, stated


def _read_coco(files: list[Path]) -> dict[str, list[str]]:
    captions: dict[str, list[str]] = {}
    for file in files:
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
            names = {image["id"]: image["file_name"] for image in content["images"]}
            for annotation in content["annotations"]:
                captions.setdefault(names[annotation["image_id"]], []).append(annotation["caption"])
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{file}: not COCO captions: {error!r}") from error
    return captions
