"""Put the images together that classification/gestures learned from: hand signs, other hands, and photos without any.

    python benchmarks/gesture_data.py sign_language_digits asl_massey PHOTOS --out gestures
    mediakit train image_classifier --data gestures --set backgrounds=PHOTOS …     (docs/classification.md has the settings)

The digits of both sets are the classes 0 to 9. The class `none` holds hands that sign letters unlike any digit, photos of all
kinds, and plain grounds.
"""

import csv
import sys
from pathlib import Path

import click
import numpy as np
from PIL import Image

from mediakit.datasets import asl_massey, image_list
from mediakit.datasets.images import held_out
from mediakit.media.image import read_square
from mediakit.media.photo_files import is_photo

SIZE = 128  # pixels: none of the sets is larger than 100
# Left out: letters that are a digit's sign, or nearly (o is 0, d and z are 1, v is 2, w is 6, f is 9).
OTHER_SIGNS = "aceghijlmnpqsty"
PLAIN = 60  # plain grounds


@click.command()
@click.argument("digits", type=click.Path(exists=True, path_type=Path))
@click.argument("letters", type=click.Path(exists=True, path_type=Path))
@click.argument("photos", type=click.Path(exists=True, path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--most-photos", default=350, show_default=True)
def main(digits: Path, letters: Path, photos: Path, out: Path, most_photos: int) -> None:
    """Write OUT/images.csv and the images that it lists."""
    rows = []

    def add(name: str, pixels: np.ndarray, label: str, split: str, person: str = "") -> None:
        file = out / label / f"{name}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(file)
        rows.append((f"{label}/{file.name}", label, split, person))

    for split in ("train", "val"):
        for layout, folder in ((image_list, digits), (asl_massey, letters)):
            found = layout.read(folder, split, SIZE, 3)
            for i, (pixels, label, group) in enumerate(zip(found.pixels, found.labels, found.groups, strict=True)):
                sign = found.classes[label]
                if sign.isdigit() or (sign in OTHER_SIGNS and i % 2 == 0):  # a class as large as two digits is enough
                    add(f"{folder.name}-{split}-{i}", pixels, sign if sign.isdigit() else "none", split, f"{folder.name} {group}")
    files = sorted(path for path in photos.iterdir() if is_photo(path.name))
    for path in files[:: max(1, len(files) // most_photos)]:
        square = read_square(path, SIZE)
        if square.shape[-1] == 3:
            add(path.stem, square, "none", "val" if held_out(path.name) else "train")
    rng = np.random.default_rng(0)
    for i in range(PLAIN):
        ends = rng.integers(0, 256, (2, 1, 1, 3))
        ramp = np.linspace(0, 1, SIZE)[:, None, None] * np.ones((1, SIZE, 1))
        add(f"plain-{i}", (ends[0] * (1 - ramp) + ends[1] * ramp).astype(np.uint8), "none", "val" if i % 10 == 0 else "train")
    with open(out / "images.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("file", "label", "split", "person"), *rows])
    print(f"{len(rows):,} images in {out}", file=sys.stderr)


if __name__ == "__main__":
    main()
