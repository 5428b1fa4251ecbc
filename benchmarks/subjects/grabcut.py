"""Foreground masks by OpenCV's GrabCut (Rother et al. 2004): PHOTOS MASKS, both folders."""

import sys
from pathlib import Path

import cv2
import numpy as np

INSIDE = 0.05  # of each side: how far the starting rectangle lies inside the border
ROUNDS = 5


def foreground(photo: np.ndarray) -> np.ndarray:
    """Where the foreground of a photo uint8 `[height, width, 3]` is: bool `[height, width]`."""
    height, width = photo.shape[:2]
    left, top = max(1, int(INSIDE * width)), max(1, int(INSIDE * height))
    labels = np.zeros((height, width), np.uint8)
    models = np.zeros((2, 1, 65))
    cv2.setRNGSeed(0)
    cv2.grabCut(photo, labels, (left, top, width - 2 * left, height - 2 * top), *models, ROUNDS, cv2.GC_INIT_WITH_RECT)
    return (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)


def main() -> None:
    """Write a mask for each photo."""
    photos, masks = map(Path, sys.argv[1:3])
    masks.mkdir(exist_ok=True)
    for path in sorted(photos.iterdir()):
        cv2.imwrite(str(masks / f"{path.stem}.png"), 15 * foreground(cv2.imread(str(path))).astype(np.uint8))


if __name__ == "__main__":
    main()
