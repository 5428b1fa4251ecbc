"""Windows of series for global recurrent models: batches of them, and the likelihood of their values."""

import math
from dataclasses import dataclass

import keras
import numpy as np
from keras import ops

from mediakit.media.lag_features import FEATURES, LAGS
from mediakit.training.recipe import Batch, Loss


@dataclass(frozen=True)
class Window:
    """Consecutive moments of a series as the network takes them; see `lag_features`."""

    inputs: np.ndarray
    lagged: np.ndarray
    start: np.ndarray
    target: np.ndarray


def batch_of(windows: list[Window], length: int) -> Batch:
    """Windows as arrays, shorter ones padded at the end; `weight` is 0 there, and small for the
    first moments, when the network has seen little."""
    batch = {
        "inputs": np.zeros((len(windows), length, FEATURES), np.float32),
        "lagged": np.zeros((len(windows), length, LAGS), np.float32),
        "start": np.zeros((len(windows), length), np.float32),
        "target": np.zeros((len(windows), length), np.float32),
        "weight": np.zeros((len(windows), length), np.float32),
    }
    for row, one in enumerate(windows):
        steps = len(one.target)
        for name in ("inputs", "lagged", "start", "target"):
            batch[name][row, :steps] = getattr(one, name)
        batch["weight"][row, :steps] = 1.0
        batch["weight"][row, : min(8, steps // 4)] = 0.2
    return batch


def negative_log_likelihood(model: keras.Model, batch, training: bool = True) -> Loss:
    """Of the Student-t distributions, weighted, in nats per value on the series' scales."""
    parameters = model(batch["inputs"], training=training)
    weights, rest = parameters[..., :LAGS], parameters[..., LAGS:]
    relative = batch["lagged"] - batch["start"][..., None]
    location = batch["start"] + ops.sum(weights * relative, axis=-1) + rest[..., 0]
    width = 0.5 * ops.softplus(rest[..., 1]) + 1e-3
    freedom = 2.2 + ops.softplus(rest[..., 2] + 3.0)
    distance = (batch["target"] - location) / width
    log_density = (
        log_gamma((freedom + 1) / 2)
        - log_gamma(freedom / 2)
        - 0.5 * ops.log(math.pi * freedom)
        - ops.log(width)
        - (freedom + 1) / 2 * ops.log1p(distance**2 / freedom)
    )
    total, count = -ops.sum(batch["weight"] * log_density), ops.sum(batch["weight"])
    error = ops.sum(batch["weight"] * ops.abs(batch["target"] - location))
    return Loss(total, count, {"nll": (total, count), "absolute_error": (error, count)})


def log_gamma(x):
    """log Γ(x) for x > 0.5: Stirling's series after seven steps of the recurrence, to 1e-7."""
    shifted = x + 7.0
    product = x * (x + 1) * (x + 2) * (x + 3) * (x + 4) * (x + 5) * (x + 6)
    series_ = 1 / (12 * shifted) - 1 / (360 * shifted**3)
    stirling = (shifted - 0.5) * ops.log(shifted) - shifted + 0.5 * math.log(2 * math.pi)
    return stirling + series_ - ops.log(product)
