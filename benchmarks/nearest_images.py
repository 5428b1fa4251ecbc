"""Whether generated images are copies: each beside the training images nearest to it in a network's feature space.

    python benchmarks/nearest_images.py MODEL --data DIR -o sheet.png [--n 16] [--nearest 5] [--features FILE.tflite]

Draws the sheet for the first images, and prints the distances to the nearest training image from generated images and from real
held-out ones. Copies would be nearer than held-out images. Images are generated without truncation unless `--truncation` is given.
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
from mediakit.runtime.frechet import nearest
from mediakit.runtime.image_features import ImageFeatures

QUANTILES = (0, 0.05, 0.5, 0.95)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="a shipped model or a model folder")
    parser.add_argument("--data", type=Path, required=True, help="the folder of its training images")
    parser.add_argument("-o", "--output", type=Path, required=True, help="PNG to write")
    parser.add_argument("--n", type=int, default=16, help="images on the sheet")
    parser.add_argument("--nearest", type=int, default=5, help="training images beside each")
    parser.add_argument("--generated", type=int, default=500, help="images for the table")
    parser.add_argument("--truncation", type=float, default=1)
    parser.add_argument("--features", type=Path, help="a LiteRT network for the features, instead of EfficientNet-Lite0")
    return parser.parse_args()


def main() -> None:
    """Generate, compare, print and draw."""
    args = arguments()
    pipeline = mediakit.load(args.model)
    size, channels = pipeline.shape[1:]
    train, val = (images.read(args.data, split, size, channels) for split in ("train", "val"))
    features = ImageFeatures(args.features)
    known = features(train.pixels)
    generated = pipeline(range(max(args.n, args.generated)), truncation=args.truncation)
    indices, distances = nearest(features(image.premultiplied for image in generated), known, args.nearest)
    _, usual = nearest(features(val.pixels), known, 1)
    rows = []
    for name, to_nearest in ((f"{len(generated)} generated", distances[:, 0]), (f"{len(val)} real, held out", usual[:, 0])):
        rows.append([name, *(f"{distance:.1f}" for distance in np.quantile(to_nearest, QUANTILES))])
    print(f"Distance to the nearest of {len(train):,} training images, by the features of {features.name}:\n")
    print_table(["images", "minimum", "5 %", "median", "95 %"], rows)
    near = [[unpremultiply(train.pixels[i]) for i in row] for row in indices[: args.n]]
    sheet = neighbours([image.pixels for image in generated[: args.n]], near, distances)
    with whole_file(args.output, "wb") as file:
        sheet.save(file, "PNG")


if __name__ == "__main__":
    main()
