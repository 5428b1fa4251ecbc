"""Calibrating a classifier: the temperature of its probabilities, and the energy of its answers."""

import numpy as np

TEMPERATURES = np.geomspace(0.2, 5.0, 161)  # steps of 2 %


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature with the least cross-entropy (Guo et al. 2017, section 4.2).

    Args:
        logits: `[examples, classes]`.
        labels: class indices `[examples]`.
    """
    rows = np.arange(len(labels))
    scaled = logits[None] / TEMPERATURES[:, None, None]
    losses = np.logaddexp.reduce(scaled, axis=-1) - scaled[:, rows, labels]
    return float(TEMPERATURES[np.argmin(losses.mean(axis=1))])


def energies(logits: np.ndarray, temperature: float) -> np.ndarray:
    """The free energy of each answer (Liu et al. 2020, equation 4), `[examples]`: high where no class is supported."""
    return -temperature * np.logaddexp.reduce(logits / temperature, axis=-1)
