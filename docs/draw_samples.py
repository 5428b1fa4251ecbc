"""Draw generated images, of the first seeds and not chosen, beside as many real ones that were drawn by chance.

    python docs/draw_samples.py style_gan/emoji --data emoji-datasource-google -o docs/synthesized.png
    python docs/draw_samples.py style_gan/fashion --data fashion-mnist --by-class -o docs/fashion.png
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

import mediakit
from mediakit.datasets import images
from mediakit.media.alpha import unpremultiply
from mediakit.media.image_grid import grid

BETWEEN = 16  # pixels between both halves


def main() -> None:
    """Draw and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--columns", type=int, default=8)
    parser.add_argument("--rows", type=int, default=10)
    parser.add_argument("--by-class", action="store_true", help="a class in each row")
    parser.add_argument("--truncation", type=float, help="the model's own by default")
    parser.add_argument("-o", "--output", required=True, type=Path)
    args = parser.parse_args()
    draw = mediakit.load(args.model)
    labels = [draw.classes[i // args.columns] if args.by_class else None for i in range(args.columns * args.rows)]
    options = {} if args.truncation is None else {"truncation": args.truncation}
    generated = [draw(seed, label=label, **options).pixels for seed, label in enumerate(labels)]
    data = images.read(args.data, "all", generated[0].shape[0])
    halves = [grid(generated, args.columns), grid(real(data, labels), args.columns)]
    sheet = Image.new("RGB", (sum(half.width for half in halves) + BETWEEN, halves[0].height), "white")
    sheet.paste(halves[0], (0, 0))
    sheet.paste(halves[1], (halves[0].width + BETWEEN, 0))
    sheet.save(args.output, optimize=True)


def real(data: images.ImageSet, labels: list[str | None]) -> list[np.ndarray]:
    """A real image for each label, any class for None; no image twice."""
    order = np.random.default_rng(0).permutation(len(data))
    chosen = []
    for label in labels:
        place = next(i for i, index in enumerate(order) if label is None or data.classes[data.labels[index]] == label)
        chosen.append(unpremultiply(data.pixels[order[place]]))
        order = np.delete(order, place)
    return chosen


if __name__ == "__main__":
    main()
