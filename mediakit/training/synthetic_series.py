"""Synthetic series, so that a global forecaster meets seasons and trends that its data lack."""

import numpy as np

SEASONS = (1, 4, 7, 12, 12, 12, 24, 52)


def draw(rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """A random series float64 `[steps]` and its season: a periodic pattern, a trend, and errors that are autoregressive, with
    heavy tails."""
    season = int(rng.choice(SEASONS))
    steps = int(rng.integers(max(40, 3 * season), max(400, 8 * season)))
    time = np.arange(steps)
    pattern = rng.normal(size=season)
    for _ in range(int(rng.integers(0, 3))):
        pattern = (pattern + np.roll(pattern, 1) + np.roll(pattern, -1)) / 3
    spread = pattern.std()
    pattern = (pattern - pattern.mean()) / spread * rng.choice([0, 0.3, 1, 1, 2]) if spread > 0 else np.zeros(season)
    deviation = rng.gamma(2, 0.2)
    innovations = rng.standard_t(5, size=steps) * deviation
    persistence = rng.uniform(-0.3, 0.99)
    errors = np.zeros(steps)
    for step in range(1, steps):
        errors[step] = persistence * errors[step - 1] + innovations[step]
    trend = rng.normal() * rng.choice([0, 1, 3]) * time / steps * 2
    if rng.random() < 0.3:
        trend = trend + np.cumsum(rng.normal(size=steps)) * deviation * 0.3
    return pattern[time % season] + trend + errors, season
