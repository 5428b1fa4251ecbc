"""The contract between a recipe and the trainer.

A recipe is a module (`mediakit.recipes.lenet`, or a file of your own) with these names:

    TASK                                    what comes out, such as "classification"; names the task that serves the model
    Config                                  a frozen dataclass; every field has a default and can be set from the command line
    read(config, folder) -> data            the examples and what belongs to them (a vocabulary); may raise DataError
    build(config, data) -> keras.Model
    phases(config, data, model, run) -> list[Phase]         `run` is the run folder; caches go to run / "cache"
    networks(config, data, model) -> dict[str, Export]      the networks that ship, by file name

and, optionally:

    files(config, data) -> dict[str, Callable[[Path], None]]    other files of the model folder, each with a function that writes it
    card(config, data) -> Card                                  what the model card says
    calibrate(config, data, model) -> dict[str, float]          numbers for the manifest, such as a temperature
    Config.seed                                                 seeds initial weights and dropout; 0 if absent

and, so that training can start from a trained model of the recipe (`warm_start`):

    read_files(config, folder: ModelFolder) -> data     the inverse of `files`: data without examples; by default the new data
    read(config, folder, start)                         with a third argument: a WarmStart whose words are to be kept, or None
    axis_names(config, data) -> dict[str, tuple]        {"embedding/embeddings": (words, None)}: what entries along axes belong to
    initialize_rest(variables)                          sets trainable variables that got no weights; by default as built
    WARM_START                                          {"imagenet": False}: settings that are not the trained model's

`loading.Recipe` checks all of it and says in one line what is wrong.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from mediakit.errors import DataError, RecipeError
from mediakit.runtime.model_folder import ModelFolder

__all__ = ["Batch", "Card", "Export", "Group", "Loss", "ModelFolder", "Phase", "Update", "require"]

Batch = dict[str, np.ndarray]


@dataclass(frozen=True)
class Loss:
    """A loss as a sum over a replica's examples; the trainer divides it by the weight of all replicas together.

    A mean of the replicas' means would give a word more weight on a replica with few words.
    """

    total: tf.Tensor
    weight: tf.Tensor
    metrics: dict[str, tuple[tf.Tensor, tf.Tensor]] = field(default_factory=dict)  # name: (sum, weight)


@dataclass(frozen=True)
class Group:
    """Variables that one optimizer updates."""

    variables: Sequence[keras.Variable]
    optimizer: keras.optimizers.Optimizer


@dataclass(frozen=True)
class Update:
    """One update in a training step: a loss and its gradient, clipped by its global norm over all groups, then applied.

    `every` is the number of steps between two such updates (lazy regularisation).
    """

    name: str
    loss: Callable[[Any], Loss]
    groups: Sequence[Group]
    clip_norm: float | None = None
    every: int = 1


@dataclass(frozen=True)
class Phase:
    """A stretch of training with its own data, losses and optimizers. `supervised.supervised` makes the usual one.

    Args:
        name: used in logs and checkpoints.
        epochs, steps: number of epochs, and of steps in each.
        batches: `(epoch, start)` to the global batches `start`, `start + 1`, … of an epoch, as dictionaries of arrays whose first
            axis is the batch. They must depend on nothing else, so that training resumes exactly. The trainer splits the rows
            between replicas and reads ahead in a thread.
        updates: makes losses and optimizers; called once, under the strategy's scope.
        decode: turns one row (a photo's path, say) into tensors; applied after the split, in parallel, by tf.data.
        prepare: called before the first step, also after a resume (to cache features, for example).
        validate: metrics after each epoch.
        monitor: the metric that chooses the epoch to keep ("-loss": lower is better); None keeps the last epoch.
        average: decay of a moving average of the weights, used for validation and by what follows.
        state: variables besides the model's and the optimizers' that losses or `after_step` keep; checkpoints hold them.
        after_step: called with each step's metrics over all replicas, by name; it may change `state`.
        outlook: `(seconds of a step)` to a line that says what to expect, printed once they have been measured.
    """

    name: str
    epochs: int
    steps: int
    batches: Callable[[int, int], Iterable[Batch]]
    updates: Callable[[], Sequence[Update]]
    decode: Callable[[dict[str, tf.Tensor]], dict[str, tf.Tensor]] | None = None
    prepare: Callable[[], None] | None = None
    validate: Callable[[], dict[str, float]] | None = None
    monitor: str | None = None
    average: float | None = None
    state: Sequence[keras.Variable] = ()
    after_step: Callable[[dict[str, tf.Tensor]], None] | None = None
    outlook: Callable[[float], str] | None = None

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise RecipeError(f"phase {self.name}: has {self.steps} steps an epoch, wanted 1 or more: is there a whole batch of data?")
        if self.monitor and not self.validate:
            raise RecipeError(f"phase {self.name}: monitors {self.monitor} but has no validate function that measures it")


@dataclass(frozen=True)
class Export:
    """A network that ships. Its tensors get the names of the model's inputs and outputs.

    Args:
        model: the network; inputs and outputs should be dictionaries, whose keys become the tensors' names. Otherwise inputs are
            named by their `keras.Input` and outputs by their layers.
        batch: fixed batch size; None for a dynamic one.
        weights: "float32", "float16", or "int8" (dynamic range).
        tolerance: largest relative difference ‖shipped - Keras‖ / ‖Keras‖ of any output.
        example: inputs for that comparison; random numbers by default.
        typical: with "int8", inputs of some hundred examples by name, `[examples, …]`, of a network with a batch of 1. Activations
            are then integers too, in the range that these give rise to: convolutions are two to five times as fast.
    """

    model: keras.Model
    batch: int | None = None
    weights: str = "float32"
    tolerance: float = 1e-3
    example: dict[str, Any] | None = None
    typical: dict[str, np.ndarray] | None = None


@dataclass(frozen=True)
class Card:
    """What a model card says besides the metrics. What is left empty is filled in with what is known of the run.

    Args:
        name: of the model, such as `translation/en-de`.
        summary: one sentence.
        headline: the metric that `mediakit models` shows.
        license: the model's.
        data: the data sets it learned from, each with `name`, `license` and `note`.
    """

    name: str = ""
    summary: str = ""
    good_for: Sequence[str] = ()
    not_good_for: Sequence[str] = ()
    training: str = ""
    headline: str = ""
    license: str = ""
    data: Sequence[dict[str, str]] = ()


def require(condition: bool, message: str) -> None:
    """Raise DataError with `message` unless `condition`."""
    if not condition:
        raise DataError(message)
