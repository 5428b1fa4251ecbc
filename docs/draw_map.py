"""Draw docs/map.png: the four shapes of recurrent models, and who sees what.

python docs/draw_map.py
"""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

BOX, STEP, ROW, SCALE = 46, 74, 78, 2  # pixels before scaling
INPUT, STATE, OUTPUT, LINE = "#cfe3f5", "#f6d9b0", "#cfead2", "#444444"
# Title, example, steps with an input, steps with an output, number of steps.
SHAPES = (
    ("one to one", "classify: a photo, a class", {0}, {0}, 1),
    ("one to many", "caption: a photo, words", {0}, {0, 1, 2, 3}, 4),
    ("many to one", "sentiment: words, a score", {0, 1, 2, 3}, {3}, 4),
    ("many to many, aligned", "entities: words, a label each", {0, 1, 2, 3}, {0, 1, 2, 3}, 4),
    ("many to many, one after the other", "translate: words, other words", {0, 1, 2}, {2, 3, 4}, 5),
)


def draw() -> Image.Image:
    """Each shape as a row of steps: inputs below, the state in the middle, outputs above."""
    width = STEP * sum(max(shape[-1], 2) for shape in SHAPES) + 50 * (len(SHAPES) + 1)
    picture = Image.new("RGB", (SCALE * width, SCALE * 300), "white")
    canvas = ImageDraw.Draw(picture)
    left = 50
    for title, example, inputs, outputs, steps in SHAPES:
        _text(canvas, left, 14, title, 13)
        _text(canvas, left, 34, example, 11)
        for step in range(steps):
            x = left + step * STEP
            for row, (there, colour) in enumerate(((step in outputs, OUTPUT), (True, STATE), (step in inputs, INPUT))):
                if there:
                    _box(canvas, x, 70 + row * ROW, colour)
            if step in outputs:
                _arrow(canvas, (x + BOX / 2, 70 + ROW), (x + BOX / 2, 70 + BOX))
            if step in inputs:
                _arrow(canvas, (x + BOX / 2, 70 + 2 * ROW), (x + BOX / 2, 70 + ROW + BOX))
            if step:
                _arrow(canvas, (x - STEP + BOX, 70 + ROW + BOX / 2), (x, 70 + ROW + BOX / 2))
        left += max(steps, 2) * STEP + 50
    return picture


def _box(canvas: ImageDraw.ImageDraw, x: float, y: float, colour: str) -> None:
    canvas.rounded_rectangle([SCALE * x, SCALE * y, SCALE * (x + BOX), SCALE * (y + BOX)], 8 * SCALE, colour, LINE, SCALE)


def _arrow(canvas: ImageDraw.ImageDraw, begin: tuple[float, float], end: tuple[float, float]) -> None:
    canvas.line([SCALE * begin[0], SCALE * begin[1], SCALE * end[0], SCALE * end[1]], LINE, SCALE)
    along = ((end[0] > begin[0]) - (end[0] < begin[0]), (end[1] > begin[1]) - (end[1] < begin[1]))
    back = (end[0] - 7 * along[0], end[1] - 7 * along[1])
    side = (4 * along[1], 4 * along[0])
    head = [end, (back[0] + side[0], back[1] + side[1]), (back[0] - side[0], back[1] - side[1])]
    canvas.polygon([(SCALE * x, SCALE * y) for x, y in head], LINE)


def _text(canvas: ImageDraw.ImageDraw, x: float, y: float, text: str, size: int) -> None:
    canvas.text((SCALE * x, SCALE * y), text, LINE, ImageFont.load_default(SCALE * size))


if __name__ == "__main__":
    draw().save(Path(__file__).parent / "map.png", optimize=True)
