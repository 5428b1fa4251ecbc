"""The usual phase: one loss of a model's output and a target, one optimizer, Keras metrics on validation data."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from mediakit.errors import RecipeError
from mediakit.training.batches import shuffled, steps_per_epoch
from mediakit.training.recipe import Batch, Group, Loss, Phase, Update

VALIDATION_BATCH = 256


def supervised(
    model: keras.Model,
    train: Mapping[str, np.ndarray],
    *,
    loss: str | Callable[[Any, Any], Any] | keras.losses.Loss,
    optimizer: keras.optimizers.Optimizer | Callable[[int], keras.optimizers.Optimizer],
    epochs: int,
    batch_size: int,
    metrics: Sequence[keras.metrics.Metric] = (),
    validation: Mapping[str, np.ndarray] | None = None,
    monitor: str | None = None,
    inputs: Sequence[str] | None = None,
    target: str | None = None,
    clip_norm: float | None = None,
    average: float | None = None,
    seed: int = 0,
    name: str = "training",
) -> Phase:
    """A phase that trains all of a model with one input dictionary and one target.

    Args:
        model: with one output.
        train, validation: arrays of equally many rows, named like the model's inputs, and the target.
        loss: a Keras loss, its name, or a function of targets and predictions to a loss for each example.
        optimizer: a Keras optimizer, or a function of the number of all steps that makes one (for a schedule).
        batch_size: rows of a batch of all replicas together.
        metrics: Keras metrics; all are measured on `validation`, those that are means also on the training batches.
        monitor: the metric that chooses the epoch to keep; "-loss" by default if there is validation data.
        inputs: names of the model's inputs in `train`; by default what the model calls them.
        target: name of the target in `train`; by default the one array that is not an input.
        clip_norm: global norm to which gradients are clipped.
        average: decay of a moving average of the weights.

    Raises RecipeError when names and arrays do not fit together.
    """
    inputs = list(inputs or (model.input if isinstance(model.input, dict) else [tensor.name for tensor in model.inputs]))
    target = target or _target(train, inputs)
    for arrays in filter(None, (train, validation)):
        _check(arrays, [*inputs, target])
    count = len(train[target])
    steps = steps_per_epoch(count, batch_size)
    each_loss = _each_loss(loss)
    means = [metric for metric in metrics if isinstance(metric, keras.metrics.Mean)]

    def predict(batch, training: bool):
        given = [batch[name] for name in inputs]
        structure = dict(zip(model.input, given, strict=True)) if isinstance(model.input, dict) else given
        return model(structure if isinstance(model.input, dict | list) else given[0], training=training)

    def batches(epoch: int, start: int) -> Iterator[Batch]:
        for rows in shuffled(count, batch_size, np.random.default_rng([seed, epoch]))[start:]:
            yield {name: np.asarray(train[name][rows]) for name in (*inputs, target)}

    def training_loss(batch) -> Loss:
        predictions = predict(batch, training=True)
        losses = each_loss(batch[target], predictions)
        weight = ops.cast(ops.size(losses), losses.dtype)
        totals = {metric.name: _sum_and_weight(metric, batch[target], predictions) for metric in means}
        return Loss(ops.sum(losses) + weight * sum(model.losses), weight, totals)

    def updates() -> list[Update]:
        made = optimizer if isinstance(optimizer, keras.optimizers.Optimizer) else optimizer(steps * epochs)
        return [Update("loss", training_loss, [Group(model.trainable_variables, made)], clip_norm)]

    measured = validation and Validator(lambda batch: predict(batch, False), each_loss, metrics, validation, target)
    monitor = monitor or ("-loss" if measured else None)
    return Phase(name, epochs, steps, batches, updates, validate=measured, monitor=monitor, average=average)


class Validator:
    """The mean loss and Keras metrics of a model on validation data.

    Args:
        predict: a batch of tensors, by name, to predictions.
        each_loss: targets and predictions to losses.
    """

    def __init__(
        self,
        predict: Callable[[dict[str, tf.Tensor]], Any],
        each_loss: Callable[[Any, Any], Any],
        metrics: Sequence[keras.metrics.Metric],
        data: Mapping[str, np.ndarray],
        target: str,
    ):
        self._metrics, self._data, self._target, self._each_loss = metrics, data, target, each_loss
        self._predict = tf.function(predict, reduce_retracing=True, autograph=False)

    def __call__(self) -> dict[str, float]:
        # Copies: the originals may have been made under a strategy's scope, where replicas would count everything once each.
        metrics = [metric.from_config(metric.get_config()) for metric in self._metrics]
        losses = []
        for start in range(0, len(self._data[self._target]), VALIDATION_BATCH):
            batch = {name: tf.convert_to_tensor(part[start : start + VALIDATION_BATCH]) for name, part in self._data.items()}
            predictions = self._predict(batch)
            losses.append(np.ravel(self._each_loss(batch[self._target], predictions)))
            for metric in metrics:
                metric.update_state(batch[self._target], predictions)
        return {"loss": float(np.mean(np.concatenate(losses))), **{metric.name: float(metric.result()) for metric in metrics}}


def _each_loss(loss: Any) -> Callable[[Any, Any], Any]:
    """Targets and predictions to unreduced losses."""
    loss = keras.losses.get(loss)
    return loss.call if isinstance(loss, keras.losses.Loss) else loss


def _sum_and_weight(metric: keras.metrics.Mean, targets, predictions) -> tuple[Any, Any]:
    """A mean's state after one batch: its total and its count."""
    total, count = metric.stateless_update_state([ops.zeros(()), ops.zeros(())], targets, predictions)
    return total, count


def _target(train: Mapping[str, np.ndarray], inputs: Sequence[str]) -> str:
    others = [name for name in train if name not in inputs]
    if len(others) != 1:
        raise RecipeError(
            f"supervised: train has {', '.join(train)} and the model's inputs are {', '.join(inputs)}: wanted these and one target"
        )
    return others[0]


def _check(arrays: Mapping[str, np.ndarray], names: Sequence[str]) -> None:
    missing = [name for name in names if name not in arrays]
    if missing:
        raise RecipeError(f"supervised: no array named {', '.join(missing)}; there are {', '.join(arrays)}")
    counts = {name: len(arrays[name]) for name in names}
    if len(set(counts.values())) > 1 or not min(counts.values()):
        raise RecipeError(f"supervised: arrays must have equally many rows, at least one: {counts}")
