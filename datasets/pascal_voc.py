"""Boxes in PASCAL VOC's layout: an XML file for each image.

    Annotations/NAME.xml, JPEGImages/NAME.jpg, ImageSets/Main/{train,val}.txt

Objects marked difficult are left out. The file name of an image is taken from the XML's `filename`, else from the XML's own name.
"""

from pathlib import Path
from xml.etree import ElementTree

from mediakit.datasets.boxed_images import BoxedImage, boxed_image, held_out
from mediakit.errors import DataError
from mediakit.media.photo_files import is_photo

Row = tuple[str, float, float, float, float]


def is_here(folder: Path) -> bool:
    """Whether the folder, or its only subfolder with `Annotations`, has this layout."""
    return _root(folder) is not None


def read(folder: Path) -> tuple[list[BoxedImage], list[BoxedImage], list[str]]:
    """Images for training and validation, and the classes' names in alphabetical order."""
    root = _root(folder)
    assert root is not None
    objects = {file.stem: _objects(file) for file in sorted((root / "Annotations").glob("*.xml"))}
    images = {file.stem: file for file in (root / "JPEGImages").iterdir() if is_photo(file.name)}
    splits = {split: _names(root / f"ImageSets/Main/{split}.txt") for split in ("train", "val")}
    if splits["train"] is None:
        splits = {"train": [n for n in objects if not held_out(n)], "val": [n for n in objects if held_out(n)]}
    classes = sorted({row[0] for rows in objects.values() for row in rows})
    numbers = {name: number for number, name in enumerate(classes)}

    def image(name: str) -> BoxedImage:
        if name not in objects or name not in images:
            raise DataError(f"{root}: {name} of a split has no file in {'Annotations' if name not in objects else 'JPEGImages'}")
        return boxed_image(images[name], [(numbers[label], x0, y0, x1, y1, 1.0) for label, x0, y0, x1, y1 in objects[name]])

    return [image(name) for name in splits["train"] or ()], [image(name) for name in splits["val"] or ()], classes


def _root(folder: Path) -> Path | None:
    found = [path.parent for path in (folder / "Annotations", *sorted(folder.glob("*/Annotations"))) if path.is_dir()]
    return next((root for root in found if any((root / "Annotations").glob("*.xml")) and (root / "JPEGImages").is_dir()), None)


def _names(file: Path) -> list[str] | None:
    return file.read_text(encoding="utf-8").split() if file.is_file() else None


def _objects(file: Path) -> list[Row]:
    """Names and boxes, as fractions of the image, of the objects of an XML file."""
    try:
        root = ElementTree.parse(file).getroot()
        width, height = (float(root.findtext(f"size/{side}", "")) for side in ("width", "height"))
        rows = []
        for item in root.iter("object"):
            if item.findtext("difficult", "0").strip() == "1":
                continue
            x0, y0, x1, y1 = (float(item.findtext(f"bndbox/{edge}", "")) for edge in ("xmin", "ymin", "xmax", "ymax"))
            rows.append((item.findtext("name", "").strip(), x0 / width, y0 / height, x1 / width, y1 / height))
    except (ElementTree.ParseError, ValueError, ZeroDivisionError) as error:
        raise DataError(f"{file}: not a PASCAL VOC annotation: {error}") from error
    return rows
