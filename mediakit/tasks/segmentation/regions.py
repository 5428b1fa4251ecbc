"""A mask's region as other tools take it: polygons, and run lengths in COCO's compressed form."""

import numpy as np

TOLERANCE = 1.0  # pixels that a polygon may be off the outline


def polygons(region: np.ndarray) -> list[list[int]]:
    """The outer outlines of a region, bool `[height, width]`, as x, y, x, y, … of pixel centres; the largest first.

    Specks of fewer than three corners have none.
    """
    import cv2

    found, _ = cv2.findContours(region.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    outlines = [cv2.approxPolyDP(outline, TOLERANCE, closed=True) for outline in sorted(found, key=cv2.contourArea, reverse=True)]
    return [[int(value) for value in outline.ravel()] for outline in outlines if len(outline) > 2]


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
