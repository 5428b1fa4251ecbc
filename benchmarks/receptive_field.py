"""Draw the layers of a WaveNet and which samples before it a sample depends on.

python benchmarks/receptive_field.py -o receptive_field.png [--dilations 1 2 4 8]
"""

import argparse
from pathlib import Path

from PIL import Image, ImageDraw

from mediakit.media.figures import INK, PAPER
from mediakit.media.fonts import font_for

STEP, HEIGHT, RADIUS, MARGIN, LABELS = 26, 62, 6, 24, 150  # pixels
IDLE, USED, DRAWN = (214, 214, 214), (38, 84, 124), (196, 62, 38)
EXTRA = 2  # samples before the receptive field


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--dilations", type=int, nargs="+", default=[1, 2, 4, 8])
    return parser.parse_args()


def used(dilations: list[int]) -> list[set[int]]:
    """How many samples ago the units lie that the newest one depends on, from the input to the last layer."""
    rows = [{0}]
    for dilation in reversed(dilations):
        rows.insert(0, rows[0] | {ago + dilation for ago in rows[0]})
    return rows


def main() -> None:
    """Draw and save."""
    given = arguments()
    rows = used(given.dilations)
    length = 1 + sum(given.dilations) + EXTRA
    size = (LABELS + length * STEP + STEP + MARGIN, MARGIN * 2 + HEIGHT * len(rows) + 20)
    image = Image.new("RGB", size, PAPER)
    draw, font = ImageDraw.Draw(image), font_for("0", 14)

    def place(row: int, ago: int) -> tuple[int, int]:
        return LABELS + (length - 1 - ago) * STEP, size[1] - MARGIN - HEIGHT * row - 20

    for layer, dilation in enumerate(given.dilations):
        for ago in range(length):
            for before in (ago, ago + dilation):
                if before < length:
                    colour = USED if ago in rows[layer + 1] else IDLE
                    draw.line((*place(layer, before), *place(layer + 1, ago)), colour, 2 if colour == USED else 1)
    for row, reached in enumerate(rows):
        name = "samples" if row == 0 else f"dilation {given.dilations[row - 1]}"
        draw.text((12, place(row, 0)[1]), name, INK, font, anchor="lm")
        for ago in range(length):
            x, y = place(row, ago)
            draw.ellipse((x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS), USED if ago in reached else IDLE)
    (x, y), (next_x, next_y) = place(len(rows) - 1, 0), (place(0, 0)[0] + STEP, place(0, 0)[1])
    draw.line((x, y, x, y - 14, next_x, y - 14, next_x, next_y - RADIUS), DRAWN, 2)
    draw.ellipse((next_x - RADIUS, next_y - RADIUS, next_x + RADIUS, next_y + RADIUS), DRAWN)
    draw.text((LABELS, size[1] - 14), f"the next sample is drawn from {len(rows[0])} before it", INK, font, anchor="lm")
    image.save(given.output)


if __name__ == "__main__":
    main()
