"""Whether drawn pictures are copies: each beside the training pictures nearest to it, by what a network sees in them.

    python benchmarks/nearest_images.py MODEL --data DIR -o sheet.png [--n 16] [--nearest 5] [--features FILE.tflite]

Draws the sheet for the first pictures, and prints how far the nearest training picture is from drawn pictures and from real ones
that were held out: copies would lie nearer than those. Pictures are drawn without truncation unless `--truncation` says otherwise.
"""

import argparse
from pathlib import Path

import numpy as np
from measuring import print_table

import mediakit
from mediakit.console.files import whole_file
from mediakit.datasets import images
from mediakit.media.alpha import unpremultiply
from mediakit.media.image_grid import neighbours
from mediakit.tasks.image_generation.features import ImageFeatures
from mediakit.tasks.image_generation.frechet import nearest

SHARES = (0, 0.05, 0.5, 0.95)  # of the pictures


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="a shipped model or a model folder")
    parser.add_argument("--data", type=Path, required=True, help="the folder of the pictures that it learned from")
    parser.add_argument("-o", "--output", type=Path, required=True, help="PNG to write")
    parser.add_argument("--n", type=int, default=16, help="pictures on the sheet")
    parser.add_argument("--nearest", type=int, default=5, help="training pictures beside each")
    parser.add_argument("--drawn", type=int, default=500, help="pictures for the table")
    parser.add_argument("--truncation", type=float, default=1)
    parser.add_argument("--features", type=Path, help="a LiteRT network to look with, instead of EfficientNet-Lite0")
    return parser.parse_args()


def main() -> None:
    """Draw, look, compare."""
    given = arguments()
    pipeline = mediakit.load(given.model)
    size, channels = pipeline.shape[1:]
    train, val = (images.read(given.data, split, size, channels) for split in ("train", "val"))
    features = ImageFeatures(given.features)
    known = features(train.pixels)
    drawn = pipeline(range(max(given.n, given.drawn)), truncation=given.truncation)
    indices, distances = nearest(features(picture.premultiplied for picture in drawn), known, given.nearest)
    _, usual = nearest(features(val.pixels), known, 1)
    rows = []
    for name, to_nearest in ((f"{len(drawn)} drawn", distances[:, 0]), (f"{len(val)} real, held out", usual[:, 0])):
        rows.append([name, *(f"{distance:.1f}" for distance in np.quantile(to_nearest, SHARES))])
    print(f"Distance to the nearest of {len(train):,} training pictures, by {features.name}'s features:\n")
    print_table(["pictures", "least", "5 %", "median", "95 %"], rows)
    near = [[unpremultiply(train.pixels[i]) for i in row] for row in indices[: given.n]]
    sheet = neighbours([picture.pixels for picture in drawn[: given.n]], near, distances)
    with whole_file(given.output, "wb") as file:
        sheet.save(file, "PNG")


if __name__ == "__main__":
    main()
