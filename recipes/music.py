"""Music as piano rolls: an LSTM over time, and a network that writes each frame note by note.

In the spirit of the RNN-NADE (Boulanger-Lewandowski, Bengio and Vincent 2012, section 4): the state
of an LSTM conditions an autoregressive distribution over the notes of the next frame, so a chord
has an exact likelihood. Here:

- A frame is written from the highest note down, then an end mark, by a softmax over the keys below
  the last note. Every chord has one spelling, and the probabilities of all chords sum to one.
- The note network sees the frame so far, the last frames and the piece's key as intervals from the
  note above. It returns logits of keys and logits of intervals: a fifth is a fifth in every key.
- It also sees what followed the longest earlier match of the last frames (a pointer as in Merity
  et al. 2017, but not learned): tunes repeat, and an LSTM does not remember eight bars exactly.
- Pieces are transposed at random. A moving average of the weights (Polyak and Juditsky 1992) is
  validated, and the best epoch kept.

A second output says whether the piece ends here. It does not enter the likelihood of the notes, and
lets a composition stop where a piece would.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops

from mediakit.datasets import pieces
from mediakit.layers.recurrent import Cell, recurrent, state_inputs, step
from mediakit.media.piano_roll import KEYS
from mediakit.tasks.music import note_features as features
from mediakit.training.batches import of_bounded_size
from mediakit.training.pieces import EncodedPiece, TrainingCrops, inputs_of
from mediakit.training.recipe import (
    Card,
    Export,
    Group,
    Loss,
    ModelFolder,
    Phase,
    Update,
    require,
)
from mediakit.training.schedules import warmup_adam
from mediakit.training.validation import MeanMetrics

TASK = "music"
WARM_START = {"dataset": None}  # not inherited from the trained model
IMPOSSIBLE = -1e9  # logit of a key that cannot follow
VALIDATION_FRAMES = 4096  # of a batch, with padding: about 100 MB of features


@dataclass(frozen=True)
class Config:
    """Every number of the recipe."""

    # jsb, nottingham, piano_midi, muse_data, jsb_16th, midi; none: the one that the folder holds.
    dataset: str | None = None
    frames_per_beat: int = 4  # grid for MIDI files; the published sets have their own
    cell: Cell = "lstm"
    units: int = 320  # of each recurrent layer
    layers: int = 2  # recurrent ones
    hidden: int = 384  # units of the note network
    dropout: float = 0.4  # of the recurrent layers' outputs; half as much of their inputs
    note_dropout: float = 0.3  # in the note network
    transpose: int = 6  # semitones at most, up or down
    # Share of the crops that are not transposed: voices have ranges, and the benchmark's pieces are
    # all in C.
    as_written: float = 0.2
    crop: int = 128  # frames; longer pieces are learned in parts
    crops_per_batch: int = 16
    end_weight: float = 0.2  # of the loss of the end of the piece; that of the notes has 1
    epochs: int = 50
    rate: float = 2e-3
    weight_decay: float = 0.02
    warmup: int = 100  # steps
    clip_norm: float = 1.0  # the loss is in nats per frame
    average: float = 0.995  # moving average of the weights over the last 200 steps
    seed: int = 1


# --- data ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Data:
    """Piano rolls, uint8 `[frames, 88]` each."""

    train: list[np.ndarray]
    validation: list[np.ndarray]
    dataset: str


def read(config: Config, folder: Path) -> Data:
    """Training and validation pieces of a folder, in any layout of `mediakit.datasets.pieces`."""
    dataset = pieces.find_set(folder, config.dataset)
    train, validation = (
        pieces.read(folder, split, dataset, config.frames_per_beat) for split in ("train", "valid")
    )
    fullest = max(int(roll.sum(axis=1).max()) for roll in (*train, *validation))
    require(
        fullest <= features.LONGEST,
        f"{folder}: a frame has {fullest} notes; the model takes {features.LONGEST} at most",
    )
    return Data(train, validation, dataset)


# --- model --------------------------------------------------------------------------------------


def build(config: Config, data: Data) -> keras.Model:
    """Features of frames `[batch, frames, …]` and of their notes `[batch, frames, notes, …]` to
    log-probabilities `[batch, frames, notes, 89]` of each next note, the last being the end of the
    frame, and logits `[batch, frames]` that the piece ends before each frame."""
    frame = keras.Input((None, features.FRAME_FEATURES), name="frame")
    note = keras.Input((None, None, features.NOTE_FEATURES), name="note")
    reference = keras.Input((None, None), dtype="int32", name="reference")
    above = keras.Input((None, None), dtype="int32", name="above")
    x = layers.Dropout(config.dropout / 2, name="frame_dropout")(frame)
    for i in range(config.layers):
        x = recurrent(config.cell, config.units, f"recurrent_{i}")(x)
        x = layers.Dropout(config.dropout, name=f"dropout_{i}")(x)
    over = layers.Dense(1, name="over")(x)[..., 0]
    parts = {
        "from_frame": layers.Dense(config.hidden, use_bias=False, name="from_frame"),
        "from_note": layers.Dense(config.hidden, name="from_note"),
        "first_dropout": layers.Dropout(config.note_dropout, name="first_dropout"),
        "second": layers.Dense(config.hidden, activation="relu", name="second"),
        "second_dropout": layers.Dropout(config.note_dropout, name="second_dropout"),
        "keys": layers.Dense(KEYS + 1, name="keys"),
        "intervals": layers.Dense(features.INTERVALS, name="intervals"),
    }
    context = parts["from_frame"](x)[:, :, None]
    log_probabilities = next_note(parts, context, note, reference, above)
    return keras.Model([frame, note, reference, above], [log_probabilities, over], name="music")


def next_note(parts: Mapping[str, layers.Layer], context, note, reference, above):
    """Log-probabilities `[…, 89]` of the next note, computed by layers with these names.

    Args:
        context: of the frame, `[…, hidden]`, from the recurrent layers.
        note: features of the note `[…, NOTE_FEATURES]`.
        reference: the key `[…]` from which intervals are counted.
        above: the note before `[…]`.
    """
    first = ops.relu(context + parts["from_note"](note))
    second = first + parts["second"](parts["first_dropout"](first))
    second = parts["second_dropout"](second)
    # The logit of an interval goes to the key at that interval; keys out of reach get none.
    intervals = parts["intervals"](second)
    intervals = ops.pad(intervals, [(0, 0)] * (len(intervals.shape) - 1) + [(1, 1)])
    keys = np.arange(KEYS + 1, dtype=np.int32)
    place = ops.subtract(keys + features.REACH + 1, reference[..., None])
    place = ops.clip(place, 0, features.INTERVALS + 1)
    place = ops.where(keys == features.END, 0, place)
    logits = parts["keys"](second) + ops.take_along_axis(intervals, place, axis=-1)
    allowed = ops.logical_or(ops.less(keys, above[..., None]), keys == features.END)
    return ops.log_softmax(ops.where(allowed, logits, IMPOSSIBLE), axis=-1)


# --- what ships ---------------------------------------------------------------------------------


def frame_step(model: keras.Model) -> keras.Model:
    """One frame of any number of pieces: features `frame` and the recurrent states to `heard`, the
    note network's context, `over`, the logit that the piece ends here, and the new states."""
    x = keras.Input(model.input[0].shape[2:], name="frame")
    inputs, outputs = {"frame": x}, {}
    for i, layer in enumerate(layer for layer in model.layers if isinstance(layer, layers.RNN)):
        states = state_inputs(layer, str(i))
        x, new_states = step(layer, x, states)
        inputs |= states
        outputs |= new_states
    outputs |= {"heard": model.get_layer("from_frame")(x), "over": model.get_layer("over")(x)}
    return keras.Model(inputs, outputs, name="frame_step")


def note_network(model: keras.Model) -> keras.Model:
    """One note of any number of frames: `heard`, the features `note`, `reference` and `above`
    `[batch, 1]` to `log_probabilities` `[batch, 89]`."""
    parts = {layer.name: layer for layer in model.layers}
    inputs = {
        "heard": keras.Input((parts["from_frame"].units,), name="heard"),
        "note": keras.Input((features.NOTE_FEATURES,), name="note"),
        "reference": keras.Input((1,), dtype="int32", name="reference"),
        "above": keras.Input((1,), dtype="int32", name="above"),
    }
    reference, above = inputs["reference"][:, 0], inputs["above"][:, 0]
    log_probabilities = next_note(parts, inputs["heard"], inputs["note"], reference, above)
    return keras.Model(inputs, {"log_probabilities": log_probabilities}, name="note")


def networks(config: Config, data: Data, model: keras.Model) -> dict[str, Export]:
    """A step over frames, and the network that writes notes."""
    return {
        # `over` is a single number, whose relative error is large when it is near zero.
        "frame": Export(frame_step(model), weights="int8", tolerance=0.3),
        "note": Export(note_network(model), weights="int8", tolerance=0.05),
    }


def files(config: Config, data: Data) -> dict[str, Callable[[Path], None]]:
    """The name of the data set, which decides how its music is arranged."""
    name = f"{data.dataset}\n"
    return {"dataset.txt": lambda path: path.write_text(name, encoding="utf-8")}


def read_files(config: Config, folder: ModelFolder) -> Data:
    """The name of a model folder's data set, without pieces."""
    return Data([], [], folder.file("dataset").read_text(encoding="utf-8").strip())


def card(config: Config, data: Data) -> Card:
    """What the model card says besides the metrics."""
    known = pieces.PUBLISHED.get(data.dataset)
    names = {"nottingham": "a folk tune with chords"}
    names |= dict.fromkeys(("jsb", "jsb_16th"), "a chorale in four voices")
    return Card(
        name=f"music/{data.dataset if known else 'own'}",
        summary=f"Composes {names.get(data.dataset, 'music for piano')}, continues a beginning, "
        "and harmonises a melody.",
        good_for=[
            f"music like that of {known.name}: {known.holds}"
            if known
            else "music like that which it was trained on"
        ],
        not_good_for=[
            "other styles; forms longer than a tune; rhythm finer than its grid",
            "originality: it learned from few pieces, and may quote them",
        ],
        training=f"{config.layers} {config.cell.upper()}s of {config.units} units over frames, and "
        f"a network that writes notes one by one; transposed by up to {config.transpose} "
        f"semitones; a moving average of the weights, the best of {config.epochs} epochs.",
        headline="nll_per_frame",
        license=f"the weights were learned from {known.name} (licence: {known.license})"
        if known
        else "as the data's",
        data=[known.entry] if known else [],
    )


# --- training -----------------------------------------------------------------------------------


def phases(config: Config, data: Data, model: keras.Model, run: Path) -> list[Phase]:
    """One: all weights, on crops of all pieces."""
    crops = TrainingCrops(config, data.train)

    def updates() -> list[Update]:
        steps = crops.steps * config.epochs
        adam = warmup_adam(config.rate, steps, config.warmup, config.weight_decay)
        group = Group(model.trainable_variables, adam)
        loss = partial(music_loss, config, model)
        return [Update("loss", loss, [group], config.clip_norm)]

    training = Phase(
        "training",
        config.epochs,
        crops.steps,
        crops.batches,
        updates,
        validate=validator(config, data.validation, model),
        monitor="-nll_per_frame",
        average=config.average,
    )
    return [training]


def music_loss(config: Config, model: keras.Model, batch, training: bool = True) -> Loss:
    """Negative log-likelihood in nats per frame of all notes and ends of frames, plus the weighted
    one of whether the piece ends before each frame. Sums; the weight is the number of frames."""
    log_probabilities, over = model([batch[x.name] for x in model.inputs], training=training)
    notes, dtype = batch["notes"], log_probabilities.dtype
    chosen = ops.take_along_axis(log_probabilities, ops.maximum(notes, 0)[..., None], axis=-1)
    nll = -ops.sum(chosen[..., 0] * ops.cast(notes >= 0, dtype))
    frames = ops.sum(ops.cast(notes[:, :, 0] >= 0, dtype))
    ends = ops.cast(batch["over"] == 1, dtype)
    not_padding = ops.cast(batch["over"] >= 0, dtype)
    end_nll = ops.sum(not_padding * (ops.softplus(over) - over * ends))
    metrics = {"nll_per_frame": (nll, frames), "over": (end_nll, frames)}
    return Loss(nll + config.end_weight * end_nll, frames, metrics)


def validator(config: Config, rolls: Sequence[np.ndarray], model: keras.Model) -> MeanMetrics:
    """Nats per frame of whole pieces that are not transposed."""
    encoded = [EncodedPiece(roll) for roll in rolls]
    rows = of_bounded_size([len(roll) + 1 for roll in rolls], VALIDATION_FRAMES)
    return MeanMetrics(
        lambda batch: music_loss(config, model, batch, training=False),
        lambda: (inputs_of([encoded[i].crop() for i in batch]) for batch in rows),
    )
