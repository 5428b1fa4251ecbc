"""A mask's region as other tools take it: polygons, and run lengths in COCO's compressed form."""

import math

import numpy as np

MOST_PIXELS = 4_000_000
TOLERANCE = 1.0  # pixels that a polygon may be off the outline


def polygons(region: np.ndarray) -> list[list[int]]:
    """The outer outlines of a region, bool `[height, width]`, as x, y, x, y, … of pixel centres; the largest first.

    Specks of fewer than three corners have none. Of a region above `MOST_PIXELS`, every second or third pixel is looked at.
    """
    from contourpy import FillType, contour_generator

    # A rim of zeros closes the outlines of what touches the borders; a level just below 1 leads through the pixels' centres.
    step = math.ceil(math.sqrt(region.size / MOST_PIXELS))
    padded = np.pad(region[::step, ::step].astype(np.float64), 1)
    filled = contour_generator(z=padded, fill_type=FillType.OuterOffset).filled(0.999, 2)
    outer = [points[: offsets[1]] - 1 for points, offsets in zip(*filled, strict=True)]
    simple = [simplified(outline, TOLERANCE) for outline in sorted(outer, key=_area, reverse=True)]
    limits = np.array(region.shape[::-1]) - 1
    rounded = [np.clip(np.rint(outline) * step, 0, limits).astype(int) for outline in simple]
    return [outline.ravel().tolist() for outline in rounded if len(np.unique(outline, axis=0)) > 2]


def simplified(outline: np.ndarray, tolerance: float) -> np.ndarray:
    """The corners `[corners, 2]` of a closed outline `[points, 2]`, whose last point is its first: every point is at most
    `tolerance` from the polygon (Douglas and Peucker 1973)."""
    farthest = int(np.argmax(((outline - outline[0]) ** 2).sum(axis=1)))
    kept = {0, farthest}
    spans = [(0, farthest), (farthest, len(outline) - 1)]
    while spans:
        first, last = spans.pop()
        if last - first < 2:
            continue
        chord = outline[last] - outline[first]
        offsets = outline[first + 1 : last] - outline[first]
        length = float(np.hypot(*chord))
        across = np.abs(offsets @ (-chord[1], chord[0])) / length if length else np.hypot(*offsets.T)
        place = int(np.argmax(across))
        if across[place] > tolerance:
            middle = first + 1 + place
            kept.add(middle)
            spans += [(first, middle), (middle, last)]
    return outline[sorted(kept)]


def _area(outline: np.ndarray) -> float:
    """The area within a closed outline, by the shoelace formula."""
    x, y = outline.T
    return abs(float(x[:-1] @ y[1:] - x[1:] @ y[:-1])) / 2


def run_lengths(region: np.ndarray) -> dict[str, object]:
    """COCO's compressed run-length encoding of a region, bool `[height, width]`: `size` (height, width) and `counts`.

    Runs go down the columns and begin with zeros. From the fourth on they are differences from the run before the last one; each
    is written in groups of five bits, the lowest first (maskApi.c, rleToString).
    """
    flat = np.asarray(region, bool).ravel(order="F")
    edges = np.flatnonzero(np.diff(flat)) + 1
    starts = np.concatenate([[0] if not len(flat) or not flat[0] else [0, 0], edges, [len(flat)]])
    counts = np.diff(starts)
    values = np.concatenate([counts[:3], counts[3:] - counts[1:-2]]) if len(counts) > 3 else counts
    return {"size": [int(side) for side in region.shape], "counts": "".join(map(_characters, values.tolist()))}


def _characters(value: int) -> str:
    text = ""
    while True:
        bits, value = value & 31, value >> 5
        more = value != (-1 if bits & 16 else 0)
        text += chr(48 + bits + 32 * more)
        if not more:
            return text
