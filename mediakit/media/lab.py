"""CIELAB, in which lightness and colour are apart: conversion from and to sRGB (IEC 61966-2-1, white point D65).

L* is in 0..100; a* (green to red) and b* (blue to yellow) are within ±110 for the colours of sRGB.
"""

import numpy as np

WHITE = np.array([0.95047, 1.0, 1.08883], np.float32)
_XYZ_OF_RGB = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]])
_FROM_RGB = (_XYZ_OF_RGB / WHITE[:, None]).T.astype(np.float32)  # to XYZ as parts of the white point
_TO_RGB = np.linalg.inv(_XYZ_OF_RGB / WHITE[:, None]).T.astype(np.float32)
_DARKEST = 6 / 29  # below, the cube root goes over into a line (CIE 15:2004, section 8.2.1)
_LINEAR = np.arange(256, dtype=np.float32) / 255
_LINEAR = np.where(_LINEAR <= 0.04045, _LINEAR / 12.92, ((_LINEAR + 0.055) / 1.055) ** 2.4).astype(np.float32)  # of each byte
_PARTS = np.linspace(0, 1, 1 << 16)
_BYTE = (np.where(_PARTS <= 0.0031308, 12.92 * _PARTS, 1.055 * _PARTS ** (1 / 2.4) - 0.055) * 255 + 0.5).astype(np.uint8)


def lab_of_rgb(rgb: np.ndarray) -> np.ndarray:
    """CIELAB, float32 `[..., 3]`, of sRGB uint8 `[..., 3]`."""
    parts = _LINEAR[rgb] @ _FROM_RGB
    x, y, z = np.moveaxis(np.where(parts > _DARKEST**3, np.cbrt(parts), parts / (3 * _DARKEST**2) + 4 / 29), -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1).astype(np.float32)


def lightness_of_grey(grey: np.ndarray) -> np.ndarray:
    """L*, float32 `[...]`, of grey uint8 `[...]`."""
    return lab_of_rgb(np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1))[:, 0][grey]


def linear_rgb_of_lab(lab: np.ndarray) -> np.ndarray:
    """Linear RGB, float32 `[..., 3]`, of CIELAB `[..., 3]`: outside of 0..1 for colours that sRGB lacks."""
    lightness, a, b = np.moveaxis(np.asarray(lab, np.float32), -1, 0)
    y = (lightness + 16) / 116
    roots = np.stack([y + a / 500, y, y - b / 200], axis=-1)
    parts = np.where(roots > _DARKEST, roots**3, 3 * _DARKEST**2 * (roots - np.float32(4 / 29)))
    return parts.astype(np.float32) @ _TO_RGB


def rgb_of_lab(lab: np.ndarray) -> np.ndarray:
    """sRGB uint8 `[..., 3]` of CIELAB `[..., 3]`. Colours that sRGB lacks become paler; their lightness stays."""
    lab = np.asarray(lab, np.float32)
    linear = linear_rgb_of_lab(lab)
    outside = (linear.min(axis=-1) < -1e-4) | (linear.max(axis=-1) > 1.0001)
    if outside.any():
        linear[outside] = linear_rgb_of_lab(_paler(lab[outside]))
    return _BYTE[(np.clip(linear, 0, 1) * (len(_BYTE) - 1) + np.float32(0.5)).astype(np.uint16)]


def _paler(lab: np.ndarray) -> np.ndarray:
    """Colours `[colours, 3]` with as much of their chroma as sRGB has at their lightness and hue, by bisection."""
    kept, step = np.zeros(len(lab), np.float32), np.float32(0.5)
    for _ in range(7):
        tried = lab * np.stack([np.ones_like(kept), kept + step, kept + step], axis=-1)
        linear = linear_rgb_of_lab(tried)
        kept += step * ((linear.min(axis=-1) >= 0) & (linear.max(axis=-1) <= 1))
        step /= 2
    return lab * np.stack([np.ones_like(kept), kept, kept], axis=-1)
