"""Fitting photos of any size into a network's input, and its output back to them."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

GREY = 127  # what a network sees where there is no photo
GRID = 8  # pixels: a photo's borders on a canvas lie on multiples, which are borders of the network's output too
MOST_PIXELS = 2_000_000  # at which classes are compared: much more than any network's output


@dataclass(frozen=True)
class Canvas:
    """A network's input of fixed size, both sides multiples of `GRID`. A photo is resized to fit and centred; the rest is grey.

    Its aspect is kept up to the grid.
    """

    height: int
    width: int

    def scale(self, height: int, width: int) -> float:
        """The factor from a photo's pixels to the canvas's."""
        return min(self.height / height, self.width / width)

    def lay(self, photo: np.ndarray) -> np.ndarray:
        """The canvas with a photo uint8 `[height, width, 3]` on it."""
        shrinks = self.scale(*photo.shape[:2]) < 1
        return self._laid(photo, GREY, Image.Resampling.BOX if shrinks else Image.Resampling.BILINEAR)

    def lay_mask(self, mask: np.ndarray, void: int) -> np.ndarray:
        """The canvas with a mask uint8 `[height, width]` on it, and `void` around it."""
        return self._laid(mask, void, Image.Resampling.NEAREST)

    def _laid(self, values: np.ndarray, around: int, resampling: Image.Resampling) -> np.ndarray:
        rows, columns = self._place(*values.shape[:2])
        canvas = np.full((self.height, self.width, *values.shape[2:]), around, np.uint8)
        size = (columns.stop - columns.start, rows.stop - rows.start)
        canvas[rows, columns] = resized(values, size, resampling)
        return canvas

    def cut_out(self, output: np.ndarray, height: int, width: int) -> np.ndarray:
        """The part of a network's output, or of the canvas, that shows a photo of this size.

        Args:
            output: `[canvas height / n, canvas width / n, channels]`, where n divides `GRID`.
            height, width: of the photo.
        """
        rows, columns = (
            slice(each.start * size // side, each.stop * size // side)
            for each, size, side in zip(self._place(height, width), output.shape, (self.height, self.width), strict=False)
        )
        return output[rows, columns]

    def _place(self, height: int, width: int) -> tuple[slice, slice]:
        """The rows and columns of a photo on the canvas."""
        scale = self.scale(height, width)
        tall, wide = (GRID * max(1, round(side * scale / GRID)) for side in (height, width))
        top, left = ((whole - part) // (2 * GRID) * GRID for whole, part in ((self.height, tall), (self.width, wide)))
        return slice(top, top + tall), slice(left, left + wide)


def best_classes(scores: np.ndarray, height: int, width: int) -> np.ndarray:
    """The index of the highest score at each pixel of a photo, uint8 `[height, width]`.

    Args:
        scores: float32 `[rows, columns, classes]`; they are interpolated bilinearly, up to `MOST_PIXELS`.
        height, width: of the photo.
    """
    shrink = min(1.0, (MOST_PIXELS / (height * width)) ** 0.5)
    size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    best = resized(scores[..., 0], size)
    classes = np.zeros(size[::-1], np.uint8)
    for i in range(1, scores.shape[-1]):  # one after the other: all classes at full size would need much memory
        other = resized(scores[..., i], size)
        classes[other > best] = i
        np.maximum(best, other, out=best)
    return classes if shrink == 1 else resized(classes, (width, height), Image.Resampling.NEAREST)


def resized(values: np.ndarray, size: tuple[int, int], resampling: Image.Resampling = Image.Resampling.BILINEAR) -> np.ndarray:
    """An image of another size (width, height): uint8 `[height, width]` or `[height, width, 3]`, or float32 `[height, width]`."""
    return np.array(Image.fromarray(np.ascontiguousarray(values)).resize(size, resampling))
