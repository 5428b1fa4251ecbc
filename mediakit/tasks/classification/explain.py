"""How a network came to its answer, as one image: where it looked, its kernels, its feature maps, what padding does."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mediakit.media.alpha import with_channels
from mediakit.media.figures import draw_attention
from mediakit.media.image_grid import grid
from mediakit.runtime.layers import Inside, Layer, LayerReader
from mediakit.tasks.classification.pipeline import Classifier, Photo

CLASSES = 3  # whose evidence is drawn
MAPS = 12  # of a layer, the strongest
MOST_LAYERS = 12  # that are all drawn; of a deeper network, the last of each resolution
KERNELS = 32
TILE, MARGIN, LINE = 88, 12, 22  # pixels
CELLS = 9  # occluded in turn, along each side
PADDING_TITLE = "One filter of the first convolution in a corner: zeros around the image; none; what the zeros change"
_FIRST, _LAST = slice(0, 22), slice(-22, None)  # rows or columns of a corner
PAPER, INK = (255, 255, 255), (20, 20, 20)


class Explainer:
    """Draws the explanations of a classifier's answers."""

    def __init__(self, classifier: Classifier):
        self._classifier = classifier
        self._read_layers = LayerReader(classifier.folder.network_file("classifier"))

    def __call__(self, image: Photo, max_pixels: int) -> Image.Image:
        """The explanation of the answer for one image. Raises InputError for an image that cannot be read."""
        classifier = self._classifier
        pixels = classifier.pixels(image, max_pixels)
        probabilities, _ = classifier.judge(pixels)
        inside = self._read_layers(pixels[None].astype(np.float32))
        best = np.argsort(-probabilities, kind="stable")[:CLASSES]
        names = [f"{classifier.classes[i]} {probabilities[i]:.2f}" for i in best]
        rows = [(_evidence_title(inside), draw_attention(with_channels(pixels, 3), names, self._evidence(inside, pixels, best)))]
        convolutions = [layer for layer in inside.layers if layer.kind == "convolution"]
        if convolutions:
            rows.append(("The kernels of the first convolution", _kernels(convolutions[0])))
        for layer in chosen_layers(inside.layers):
            rows.append((f"After {layer.title}{_shown(layer)}", _maps(strongest(layer.maps, MAPS))))
        if convolutions:
            rows.append((PADDING_TITLE, _padding(convolutions[0])))
        return _sheet(rows)

    def _evidence(self, inside: Inside, pixels: np.ndarray, classes: np.ndarray) -> np.ndarray:
        """Where the evidence for each class is, `[classes, rows, columns]`, at least 0."""
        if inside.class_maps is not None:
            return np.maximum(inside.class_maps[..., classes].transpose(2, 0, 1), 0)
        return occlusion(lambda changed: self._classifier.judge(changed)[0][classes], pixels)


def occlusion(score: Callable[[np.ndarray], np.ndarray], pixels: np.ndarray) -> np.ndarray:
    """By how much each score falls when a part of the image is covered (Zeiler and Fergus 2014, section 4.2).

    Args:
        score: of an image uint8 `[size, size, channels]`, `[scores]`.

    Returns:
        `[scores, cells, cells]`, at least 0.
    """
    whole, mean = score(pixels), pixels.mean(axis=(0, 1)).astype(np.uint8)
    edges = np.linspace(0, len(pixels), CELLS + 1).astype(int)
    falls = np.zeros((len(whole), CELLS, CELLS), np.float32)
    for row, (top, bottom) in enumerate(pairwise(edges)):
        for column, (left, right) in enumerate(pairwise(edges)):
            covered = pixels.copy()
            reach = (bottom - top) // 2  # parts overlap: a covered part must hide more than a line
            covered[max(0, top - reach) : bottom + reach, max(0, left - reach) : right + reach] = mean
            falls[:, row, column] = whole - score(covered)
    return np.maximum(falls, 0)


def chosen_layers(layers: Sequence[Layer]) -> list[Layer]:
    """All layers of a small network; of a deeper one the last of each resolution."""
    if len(layers) <= MOST_LAYERS:
        return list(layers)
    last = {layer.maps.shape[0]: layer for layer in layers}
    return list(last.values())


def strongest(maps: np.ndarray, count: int) -> np.ndarray:
    """The channels of `[rows, columns, channels]` that vary most, in their order, `[count, rows, columns]`."""
    order = np.sort(np.argsort(-maps.std(axis=(0, 1)), kind="stable")[:count])
    return maps[..., order].transpose(2, 0, 1)


def filtered(given: np.ndarray, kernel: np.ndarray, padding: str | None) -> np.ndarray:
    """The response of one filter `[rows, columns, channels]` at every location of `[rows, columns, channels]`.

    Args:
        padding: how `np.pad` fills a margin of half the kernel; None leaves it out, and the response is smaller.
    """
    if padding:
        before = [(length - 1) // 2 for length in kernel.shape[:2]]
        after = [length // 2 for length in kernel.shape[:2]]
        given = np.pad(given, [*zip(before, after, strict=True), (0, 0)], mode=padding)  # type: ignore[call-overload]
    windows = np.lib.stride_tricks.sliding_window_view(given, kernel.shape)[:, :, 0]
    return np.tensordot(windows, kernel, 3)


def _evidence_title(inside: Inside) -> str:
    if inside.class_maps is None:
        return "Bright: where covering the image lowers the class's probability"
    return "Bright: evidence for the class (class activation map)"


def _shown(layer: Layer) -> str:
    return f": the {MAPS} channels that vary most" if layer.maps.shape[-1] > MAPS else ""


def _kernels(layer: Layer) -> Image.Image:
    assert layer.kernel is not None
    kernels = layer.kernel[:KERNELS]
    kernels = kernels if kernels.shape[-1] == 3 else kernels.mean(axis=-1, keepdims=True)
    tiles = [_enlarged(127.5 + 127.5 * kernel / max(float(np.abs(kernel).max()), 1e-9), TILE // 2) for kernel in kernels]
    return grid(tiles, columns=2 * MAPS)


def _padding(layer: Layer) -> Image.Image:
    """A filter's response in the corner of the image that zeros around it change most."""
    assert layer.kernel is not None
    index = int(np.argmax(layer.maps.std(axis=(0, 1))))
    same, inner, mirrored = (filtered(layer.given, layer.kernel[index], padding) for padding in ("constant", None, "reflect"))
    change = np.abs(same - mirrored)
    corners = [(rows, columns) for rows in (_FIRST, _LAST) for columns in (_FIRST, _LAST)]
    corner = max(corners, key=lambda corner: float(change[corner].sum()))
    return _maps([same[corner], inner[corner], change[corner]])


def _maps(maps: Sequence[np.ndarray] | np.ndarray) -> Image.Image:
    """Maps `[rows, columns]` side by side, each from its least value, black, to its greatest, white."""
    scaled = [255 * (each - each.min()) / max(float(np.ptp(each)), 1e-9) for each in maps]
    return grid([_enlarged(each[..., None], TILE) for each in scaled], columns=MAPS)


def _enlarged(values: np.ndarray, size: int) -> np.ndarray:
    """An array in 0..255 as an image whose longer side is about `size`: enlarged by a whole factor, or reduced."""
    pixels = np.clip(values + 0.5, 0, 255).astype(np.uint8)
    factor = size // max(pixels.shape[:2])
    if factor >= 1:
        return pixels.repeat(factor, axis=0).repeat(factor, axis=1)
    image = Image.fromarray(pixels if pixels.shape[-1] == 3 else pixels[..., 0])
    return np.asarray(image.resize((size, size), Image.Resampling.BOX))


def _sheet(rows: Sequence[tuple[str, Image.Image]]) -> Image.Image:
    """Images below one another, each under its title."""
    width = max(image.width for _, image in rows) + 2 * MARGIN
    height = MARGIN + sum(image.height + LINE + MARGIN for _, image in rows)
    sheet, y = Image.new("RGB", (width, height), PAPER), MARGIN
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(15)
    for title, image in rows:
        draw.text((MARGIN, y), title, INK, font)
        sheet.paste(image, (MARGIN, y + LINE))
        y += LINE + image.height + MARGIN
    return sheet
