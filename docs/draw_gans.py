"""Draw docs/gans.png: the discriminator's probabilities, the value of the game, and samples of three generators above real images.

python docs/draw_gans.py runs/gan runs/dcgan runs/style_gan --data fashion-mnist

The folders are those of `mediakit train`, as docs/gans.md starts it.
"""

import argparse
import json
import math
from pathlib import Path

import numpy as np
from PIL import Image

import mediakit
from mediakit.datasets import images
from mediakit.media.charts import Chart
from mediakit.media.image_grid import grid

COLUMNS, ROWS, WIDTH, HEIGHT = 12, 4, 414, 240
NAMES = ("GAN of dense layers", "DCGAN", "StyleGAN2")
REAL, GENERATED, THEORY = (38, 84, 124), (217, 119, 42), (140, 140, 140)


def main() -> None:
    """Read the runs, and draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs=3, type=Path)
    parser.add_argument("--data", required=True, type=Path)
    args = parser.parse_args()
    columns = [draw_run(run, name) for run, name in zip(args.runs, NAMES, strict=True)]
    sheet = Image.new("RGB", (3 * WIDTH, columns[0].height + 38), "white")
    for i, column in enumerate(columns):
        sheet.paste(column, (i * WIDTH, 0))
    real = grid(list(images.read(args.data, "val", 32).pixels[: 3 * COLUMNS]), 3 * COLUMNS)
    sheet.paste(real, ((sheet.width - real.width) // 2, columns[0].height))
    sheet.save(Path(__file__).parent / "gans.png", optimize=True)


def draw_run(run: Path, name: str) -> Image.Image:
    """Charts above a sheet of samples."""
    log = [json.loads(line) for line in (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    seen = np.array([row["validation_images_seen"] for row in log]) / 1000
    probabilities = _chart(f"{name}: D(x) and D(G(z))", seen, (0, 1), 0.5)
    for key, colour in (("real_probability", REAL), ("generated_probability", GENERATED)):
        probabilities.line(seen, np.array([row[key] for row in log]), colour)
    value = _chart("log D(x) + log(1 - D(G(z)))", seen, (-1.6, 0), -math.log(4))
    value.line(seen, np.array([-row["discriminator"] for row in log]).clip(-1.6, 0), REAL)
    samples = grid([image.pixels for image in _draw(run / "model")], COLUMNS)
    column = Image.new("RGB", (WIDTH, 2 * HEIGHT + samples.height + 8), "white")
    for part, top in ((probabilities.image, 0), (value.image, HEIGHT), (samples, 2 * HEIGHT + 4)):
        column.paste(part, ((WIDTH - part.width) // 2, top))
    return column


def _chart(title: str, seen: np.ndarray, y: tuple[float, float], theory: float) -> Chart:
    chart = Chart(title, (0, float(seen[-1])), y, (WIDTH, HEIGHT))
    chart.line([0, seen[-1]], np.array([theory, theory]), THEORY, 1)
    return chart


def _draw(model: Path) -> list:
    """The images of the first seeds, as varied as the model makes them."""
    return mediakit.load(model)(range(COLUMNS * ROWS), truncation=1)


if __name__ == "__main__":
    main()
