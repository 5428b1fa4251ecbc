"""Scales on which a series is modelled: as it is or in logarithms, centred, in units of its standard deviation."""

from dataclasses import dataclass

import numpy as np

MOST_ON_LOG_SCALE = 700.0  # exp of more overflows


@dataclass(frozen=True)
class Scale:
    """Maps values to `(values - centre) / unit` and back, of their logarithms if `log`."""

    centre: float
    unit: float
    log: bool

    @classmethod
    def of(cls, values: np.ndarray, log: bool) -> "Scale":
        """The scale on which values have mean 0 and standard deviation 1; the unit is 1 where they are constant."""
        plain = np.log(values) if log else values
        deviation = float(plain.std())
        return cls(float(plain.mean()), deviation if deviation > 1e-9 * max(1.0, abs(float(plain.mean()))) else 1.0, log)

    def apply(self, values: np.ndarray) -> np.ndarray:
        """To the scale. With `log` all values must be positive."""
        return ((np.log(values) if self.log else values) - self.centre) / self.unit

    def invert(self, scaled: np.ndarray) -> np.ndarray:
        """Back from the scale. Monotonic, so quantiles stay quantiles and medians medians."""
        plain = scaled * self.unit + self.centre
        return np.exp(np.minimum(plain, MOST_ON_LOG_SCALE)) if self.log else plain

    def log_density(self, values: np.ndarray) -> float:
        """What to add to a mean log-likelihood of scaled values to have that of the values, so that scales can be compared."""
        return float(-np.log(self.unit) - (np.log(values).mean() if self.log else 0.0))
