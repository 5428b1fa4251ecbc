"""Synthetic series, so that a global model meets seasons, trends and bursts that its data lack."""

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


MACHINE_SEASONS = (1, 1, 24, 48, 96, 144, 288)


def draw_machine(rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """A random series float64 `[steps]` as machines report them, and its season: a daily pattern or none, noise, spikes and bursts,
    some steps of the level; often never negative, often rounded."""
    season = int(rng.choice(MACHINE_SEASONS))
    steps = int(rng.integers(400, 2500))
    time = np.arange(steps)
    phase = 2 * np.pi * (time / season + rng.random())
    daily = sum(rng.normal() / k * np.sin(k * phase + rng.uniform(0, 6.28)) for k in (1, 2, 3)) if season > 1 else np.zeros(steps)
    if rng.random() < 0.3:
        daily = np.sign(daily - rng.normal() * 0.5)
    persistence, noise = rng.choice([0.0, 0.0, 0.5, 0.9, 0.98]), np.zeros(steps)
    innovations = rng.standard_t(rng.choice([3, 5, 30]), size=steps) * rng.choice([0.05, 0.2, 1.0])
    for step in range(1, steps):
        noise[step] = persistence * noise[step - 1] + innovations[step]
    values = rng.choice([0, 0.5, 1, 2]) * daily + noise
    for place in np.flatnonzero(rng.random(steps) < rng.choice([0, 0.001, 0.01, 0.03])):
        length = 1 + int(rng.geometric(rng.choice([0.2, 0.7])))
        values[place : place + length] += rng.lognormal(1.0, 1.0) * rng.choice([1, 1, 1, -1])
    for place in np.flatnonzero(rng.random(steps) < rng.choice([0, 0, 0.002])):
        values[place:] += rng.normal() * 2
    if rng.random() < 0.4:
        values = np.maximum(values - np.quantile(values, rng.choice([0, 0, 0.3, 0.8])), 0)
    if rng.random() < 0.3:
        values = np.exp(np.clip(values, -5, 8) * 0.7)
    if rng.random() < 0.3:
        values = np.round(values * rng.choice([1, 4, 20])) / 4
    return values, season
