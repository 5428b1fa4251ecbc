"""Mu-law: samples on a logarithmic scale of 256 codes (ITU-T G.711's curve with mu = 255, as WaveNet, section 2.2)."""

import numpy as np

CODES = 256
SILENCE = 128  # the code of a sample of 0


def encode(samples: np.ndarray) -> np.ndarray:
    """Samples in -1..1 to codes, uint8 of the same shape."""
    magnitude = np.log1p((CODES - 1) * np.abs(samples)) / np.log(CODES)
    companded = np.sign(samples) * np.minimum(magnitude, 1.0)
    return np.floor((companded + 1) / 2 * (CODES - 1) + 0.5).astype(np.uint8)


def decode(codes: np.ndarray) -> np.ndarray:
    """Codes to samples in -1..1, float32 of the same shape."""
    companded = 2 * np.asarray(codes, np.float32) / (CODES - 1) - 1
    return (np.sign(companded) * (np.float32(CODES) ** np.abs(companded) - 1) / (CODES - 1)).astype(np.float32)
