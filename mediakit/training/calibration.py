"""Calibrating a classifier: the temperature of its probabilities, the energy of its answers, grades from a single number."""

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


def ordinal_cuts(scores: np.ndarray, grades: np.ndarray) -> list[float]:
    """From which score on a grade of 1, 2, … is more probable than a lower one: logistic regression for each, in ascending order.

    Args:
        scores: of examples, `[examples]`; without any, there are no cuts.
        grades: from 0, `[examples]`; each occurs.
    """
    cuts = []
    inputs = np.stack([scores, np.ones_like(scores)], axis=1).astype(float)
    for grade in range(1, int(grades.max(initial=0)) + 1):
        weights = np.zeros(2)
        for _ in range(30):  # Newton's method
            said = 1 / (1 + np.exp(-inputs @ weights))
            curvature = (inputs.T * (said * (1 - said))) @ inputs + 1e-6 * np.eye(2)
            weights += np.linalg.solve(curvature, inputs.T @ ((grades >= grade) - said))
        cuts.append(float(-weights[1] / weights[0]))
    return sorted(cuts)
