"""Single frames of a film: shrinking them, cropping black bars, and recognising blank ones and title cards."""

import numpy as np
from PIL import Image

LONGEST = 480  # pixels: frames are shrunk until no side is longer
DARK = 26  # brightness in 0..255 up to which a bar or a whole frame counts as black
EVEN = 0.86  # share of a frame in two neighbouring shades of 32 above which it counts as a title card
MOST_BAR = 0.3  # of a side: the widest film in the squarest frame has bars of 0.26


def has_content(frame: np.ndarray) -> bool:
    """Whether a frame, RGB uint8 `[height, width, 3]`, is neither black, nor plain, nor a title card (mostly one even background)."""
    grey = np.asarray(Image.fromarray(frame).resize((64, 36), Image.Resampling.BOX).convert("L"))
    if grey.max() <= DARK or grey.std() < 4:
        return False
    shades = np.bincount(grey.ravel() // 8, minlength=32)
    return bool((shades[:-1] + shades[1:]).max() < EVEN * grey.size)


def crop_bars(frame: np.ndarray) -> np.ndarray:
    """The frame without black bars at the top and bottom or at both sides. Dark scenes, whose edges differ, stay whole."""
    brightest = np.maximum(np.maximum(frame[..., 0], frame[..., 1]), frame[..., 2])
    top, bottom = _bars(brightest)
    left, right = _bars(brightest.T)
    return frame[top : frame.shape[0] - bottom, left : frame.shape[1] - right]


def _bars(brightest: np.ndarray) -> tuple[int, int]:
    """How many rows are black at either end; zeros unless both ends have about as many."""
    # Compression leaves specks in a bar, so a few lit pixels are allowed.
    lit = (brightest > DARK).mean(axis=1) > 0.02
    if not lit.any():
        return 0, 0
    before, after = int(np.argmax(lit)), int(np.argmax(lit[::-1]))
    similar = abs(before - after) <= max(2, 0.02 * len(lit))
    return (before, after) if similar and max(before, after) <= MOST_BAR * len(lit) else (0, 0)


def shrink(frame: np.ndarray, size: tuple[int, int], longest: float = LONGEST) -> np.ndarray:
    """The frame at `size` (height, width), shrunk until no side is longer than `longest`."""
    scale = min(longest / max(size), 1.0)
    height, width = (max(1, round(scale * side)) for side in size)
    if frame.shape[:2] == (height, width):
        return frame
    return np.asarray(Image.fromarray(frame).resize((width, height), Image.Resampling.BOX))
