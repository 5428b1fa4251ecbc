"""How colours differ between two images, and how colourful one is."""

import numpy as np


def colourfulness(rgb: np.ndarray) -> float:
    """Of an image uint8 `[height, width, 3]` (Hasler and Süsstrunk 2003, section 7): 0 for grey, about 60 for a vivid photo."""
    red, green, blue = np.moveaxis(rgb.astype(np.float32), -1, 0)
    across, along = red - green, (red + green) / 2 - blue
    return float(np.hypot(across.std(), along.std()) + 0.3 * np.hypot(across.mean(), along.mean()))


def chroma_error(lab: np.ndarray, wanted: np.ndarray) -> float:
    """The mean distance in the plane of a* and b* of two images in CIELAB `[height, width, 3]`."""
    return float(np.hypot(lab[..., 1] - wanted[..., 1], lab[..., 2] - wanted[..., 2]).mean())


def ciede2000(lab: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The colour difference ΔE00, `[...]`, of CIELAB `[..., 3]` (Sharma, Wu and Dalal 2005, equations 2 to 22): 1 can just be seen."""
    (light1, a1, b1), (light2, a2, b2) = (np.moveaxis(np.asarray(each, np.float64), -1, 0) for each in (lab, wanted))
    mean7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    stretch = 1.5 - 0.5 * np.sqrt(mean7 / (mean7 + 25.0**7))
    a1, a2 = a1 * stretch, a2 * stretch
    chroma1, chroma2 = np.hypot(a1, b1), np.hypot(a2, b2)
    hue1, hue2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360

    coloured = chroma1 * chroma2 > 0
    turn = np.where(coloured, (hue2 - hue1 + 180) % 360 - 180, 0)
    turn = np.where(coloured & (turn == -180) & (hue2 > hue1), 180, turn)
    hue_difference = 2 * np.sqrt(chroma1 * chroma2) * np.sin(np.radians(turn / 2))
    both = hue1 + hue2
    apart = np.abs(hue1 - hue2) > 180
    hue = np.where(coloured, np.where(apart, both + np.where(both < 360, 360, -360), both) / 2, both)

    light, chroma = (light1 + light2) / 2, (chroma1 + chroma2) / 2
    weight = (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )
    turning = 2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7)) * np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    middle = (light - 50) ** 2
    by_light = (light2 - light1) / (1 + 0.015 * middle / np.sqrt(20 + middle))
    by_chroma = (chroma2 - chroma1) / (1 + 0.045 * chroma)
    by_hue = hue_difference / (1 + 0.015 * chroma * weight)
    return np.sqrt(by_light**2 + by_chroma**2 + by_hue**2 - turning * by_chroma * by_hue)
