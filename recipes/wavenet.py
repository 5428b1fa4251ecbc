"""WaveNet: a spoken word, sample by sample (van den Oord et al. 2016).

Each sample is one of 256 mu-law codes, and the network gives its distribution from those before:

- Causal convolutions of two taps with dilations 1, 2, 4, ... and gated units (equation 2). The
  outputs of all layers are joined, which comes to the same as the paper's sum of skip connections.
- The distribution is a mixture of logistics, which learns faster from little data than a softmax.
- What is said conditions each layer. A template of the word, stretched to its length, tells the
  network where in the word it is. Speaker, length and level are conditions too. Speaker and level
  are withheld now and then, so that the network learns to do without.
- Conditions are constant for 80 samples. So they cost little, and generation knows them beforehand.

The networks are in wavenet_model.py.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import keras
import numpy as np
from keras import ops

from mediakit.datasets import spoken_words
from mediakit.datasets.spoken_words import FSDD
from mediakit.layers.logistic_mixture import companded, log_probabilities
from mediakit.recipes.wavenet_model import INPUTS, Config, step_network, wavenet
from mediakit.tasks.speech.conditions import FEATURES, level_of, sketch_of
from mediakit.tasks.speech.sketches import Sketch, Sketches, most_typical
from mediakit.tasks.speech.voices import Voices
from mediakit.training.recipe import Card, Export, Group, Loss, Phase, Update, require
from mediakit.training.recordings import Data, TrainingRecordings, batch_of, example
from mediakit.training.schedules import warmup_adam
from mediakit.training.validation import MeanMetrics

__all__ = ["Config", "build", "card", "files", "networks", "phases", "read"]

TASK = "speech"


def read(config: Config, folder: Path) -> Data:
    """A folder of recordings; the first ones of each word by each speaker are for validation."""
    found = spoken_words.read(folder, config.sample_rate)
    kept = [one for one in found if one.speaker != config.without]
    require(bool(kept), f"{folder}: no recordings but those of {config.without}")
    train, validation = spoken_words.split(kept, config.validation)
    require(
        bool(train),
        f"{folder}: only {config.validation} recordings of each word are all for validation",
    )
    labels, speakers = ({getattr(one, name) for one in train} for name in ("label", "speaker"))
    return Data(
        train, validation, sorted(labels), sorted(speakers), spoken_words.origin(folder, kept)
    )


def build(config: Config, data: Data) -> keras.Model:
    """Codes and conditions to distributions."""
    return wavenet(config, len(data.labels), len(data.speakers))


def networks(config: Config, data: Data, model: keras.Model) -> dict[str, Export]:
    """The conditions of all frames of a word, and the samples of a few milliseconds."""
    conditions = model.get_layer("conditions")
    shifts = keras.Model(conditions.input, {"shifts": conditions.output})
    frames = np.random.default_rng(0).uniform(0, 1, (3, 7, FEATURES)).astype(np.float32)
    numbers = np.array([0, 1, 1], np.int32)
    example = {"label": numbers % len(data.labels), "speaker": numbers, "frame": frames}
    return {
        "conditions": Export(shifts, weights="float16", tolerance=0.01, example=example),
        "step": Export(step_network(config, model)),
    }


def likelihood(config: Config, model: keras.Model, batch, training: bool = True) -> Loss:
    """Negative log-likelihood of recordings, in nats; the metric is bits per sample."""
    distribution = model([batch[name] for name in INPUTS], training=training)
    there = ops.cast(batch["target"] >= 0, "float32")
    codes, before = ops.maximum(batch["target"], 0), companded(batch["previous"])
    each = -there * log_probabilities(distribution, before, codes, config.mixture)
    total, count = ops.sum(each), ops.sum(there)
    return Loss(total, count, {"bits": (total / np.log(2), count)})


def phases(config: Config, data: Data, model: keras.Model, run: Path) -> list[Phase]:
    """One: all weights, on recordings of which some are at another level."""
    recordings = TrainingRecordings(config, data)

    def updates() -> list[Update]:
        optimizer = warmup_adam(config.rate, recordings.steps * config.epochs, config.warmup)
        group = Group(model.trainable_variables, optimizer)
        return [Update("loss", partial(likelihood, config, model), [group], config.clip_norm)]

    training = Phase(
        "training",
        config.epochs,
        recordings.steps,
        recordings.batches,
        updates,
        validate=validator(config, data, model),
        monitor="-bits",
        average=config.average,
    )
    return [training]


def validator(config: Config, data: Data, model: keras.Model) -> MeanMetrics:
    """Bits per sample of the recordings for validation, without their level."""
    examples = [example(data, one, None) for one in data.validation]
    examples.sort(key=lambda made: len(made["target"]))

    def parts() -> Iterator[dict[str, np.ndarray]]:
        return (batch_of(examples[start : start + 4]) for start in range(0, len(examples), 4))

    return MeanMetrics(partial(likelihood, config, model, training=False), parts)


def files(config: Config, data: Data) -> dict[str, Callable[[Path], None]]:
    """The words and speakers in the order of their numbers, and sketches of how they sound."""
    return {"voices.json": voices(config, data).write, "sketches.npz": sketches(config, data).write}


def voices(config: Config, data: Data) -> Voices:
    """What the model can say."""
    level = round(float(np.median([level_of(one.samples) for one in data.train])), 1)
    dilations = config.all_dilations
    return Voices(data.labels, data.speakers, config.sample_rate, level, dilations)


def sketches(config: Config, data: Data) -> Sketches:
    """Of the most typical recordings of each word by each speaker."""
    found = [
        Sketch(
            data.labels.index(one.label),
            data.speakers.index(one.speaker),
            len(one.samples),
            sketch_of(one.samples, one.rate),
        )
        for one in data.train
        if len(one.samples) <= config.longest
    ]
    return Sketches(most_typical(found, config.sketches))


def card(config: Config, data: Data) -> Card:
    """What the model card says besides the metrics."""
    digits = data.origin is FSDD
    unclear = "announcements: a word is unclear now and then"
    men = ["other voices: it learned from five men"] if digits else []
    seconds = sum(len(one.samples) for one in data.train) / config.sample_rate
    return Card(
        name="audio/digits" if digits else "",
        summary=f"Says {', '.join(data.labels)}, sample by sample.",
        good_for=[
            "reading numbers digit by digit",
            "showing how an autoregressive model makes sound",
        ],
        not_good_for=["other words, and sentences", unclear, *men],
        training=f"{len(config.all_dilations)} layers of {config.channels} channels, on "
        f"{len(data.train):,} recordings, {seconds / 60:.1f} minutes of sound. Sketches of "
        f"{config.sketches} recordings of each word by each speaker are among its files.",
        headline="bits_per_sample",
    )
