"""Global recurrent models of series: windows, batches of them, the likelihood of their values, and the phase that learns it."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import keras
import numpy as np
from keras import ops

from mediakit.datasets.series import KnownSeries
from mediakit.media.lag_features import FEATURES, LAGS
from mediakit.training.recipe import Batch, Group, Loss, Phase, Update
from mediakit.training.schedules import warmup_adam
from mediakit.training.validation import MeanMetrics


@dataclass(frozen=True)
class Window:
    """Consecutive moments of a series as the network takes them; see `lag_features`."""

    inputs: np.ndarray
    lagged: np.ndarray
    start: np.ndarray
    target: np.ndarray


class Settings(Protocol):
    """What the phase needs of a recipe's config."""

    @property
    def window(self) -> int: ...  # steps of a training example
    @property
    def examples_per_batch(self) -> int: ...
    @property
    def steps(self) -> int: ...  # of an epoch
    @property
    def epochs(self) -> int: ...
    @property
    def rate(self) -> float: ...
    @property
    def warmup(self) -> int: ...  # steps
    @property
    def clip_norm(self) -> float: ...
    @property
    def average(self) -> float: ...  # of the moving average of the weights
    @property
    def seed(self) -> int: ...


def likelihood_phase(
    config: Settings,
    model: keras.Model,
    draw: Callable[[np.random.Generator], Window],
    validation: Sequence[tuple[Window, int]],
) -> Phase:
    """All weights, on random windows.

    Args:
        draw: makes a window. Batches follow from seed, epoch and step alone.
        validation: windows, each with the number of its first steps that are not measured.
    """

    def batches(epoch: int, start: int) -> Iterator[Batch]:
        for index in range(start, config.steps):
            rng = np.random.default_rng([config.seed, epoch, index])
            yield batch_of([draw(rng) for _ in range(config.examples_per_batch)], config.window)

    def held_out() -> Iterator[Batch]:
        for begin in range(0, len(validation), config.examples_per_batch):
            part = validation[begin : begin + config.examples_per_batch]
            batch = batch_of([window for window, _ in part], config.window)
            for row, (_, known) in enumerate(part):
                batch["weight"][row, :known] = 0.0
            yield batch

    def updates() -> list[Update]:
        optimizer = warmup_adam(config.rate, config.steps * config.epochs, config.warmup)
        group = Group(model.trainable_variables, optimizer)
        return [Update("loss", partial(negative_log_likelihood, model), [group], config.clip_norm)]

    return Phase(
        "training",
        config.epochs,
        config.steps,
        batches,
        updates,
        validate=MeanMetrics(partial(negative_log_likelihood, model, training=False), held_out),
        monitor="-nll",
        average=config.average,
    )


def shares(series: Sequence[KnownSeries]) -> np.ndarray:
    """How often each series is drawn, `[series]`, from their weights; the sum is 1."""
    weights = np.array([one.weight for one in series])
    return weights / weights.sum()


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
