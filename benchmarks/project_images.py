"""How near a generator comes to given images: the nearest of 1,000 random latents, and the latent that `synthesize --project` finds.

    python benchmarks/project_images.py style_gan/emoji --data emoji-datasource-google -o projected.png [--n 32]

Projects real images that were held out, and as many that the model was trained on. Prints the root mean square error of bytes, 0..255,
with colours premultiplied by alpha, and the seconds for one image. Draws held-out images, the nearest random ones, the projections.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from measuring import print_table
from tqdm import tqdm

import mediakit
from mediakit.console.files import whole_file
from mediakit.datasets import images
from mediakit.media.alpha import unpremultiply
from mediakit.media.image_grid import grid

SHOWN = 12


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="a shipped model or a model folder")
    parser.add_argument("--data", type=Path, required=True, help="the folder of its training images")
    parser.add_argument("-o", "--output", type=Path, required=True, help="PNG to write")
    parser.add_argument("--n", type=int, default=32, help="images of each split")
    return parser.parse_args()


def main() -> None:
    """Project, print and draw."""
    args = arguments()
    pipeline = mediakit.load(args.model)
    rows, sheet = [], []
    for split, name in (("val", "held out"), ("train", "trained on")):
        real = images.read(args.data, split, pipeline.shape[0], pipeline.shape[2]).pixels
        chosen = real[np.random.default_rng(0).permutation(len(real))[: args.n]]
        start = time.perf_counter()
        found = [list(pipeline.project(image)) for image in tqdm(chosen, name)]
        seconds = (time.perf_counter() - start) / len(chosen)
        errors = np.array([[steps[0].error, steps[-1].error] for steps in found])
        rows.append([f"{len(chosen)} {name}", *(f"{error:.1f}" for error in errors.mean(axis=0)), f"{seconds:.1f}"])
        if not sheet:
            sheet = [[unpremultiply(image) for image in chosen[:SHOWN]], *([steps[i].pixels for steps in found[:SHOWN]] for i in (0, -1))]
    print_table(["real images", "nearest of 1,000 random ones", "projected", "seconds"], rows)
    tiles = [np.repeat(np.repeat(image, 2, axis=0), 2, axis=1) for row in sheet for image in row]
    with whole_file(args.output, "wb") as file:
        grid(tiles, min(SHOWN, args.n)).save(file, "PNG")


if __name__ == "__main__":
    main()
