"""Music as piano rolls: an LSTM over time, and within each frame a network that writes one note after the other.

In the spirit of the RNN-NADE (Boulanger-Lewandowski, Bengio and Vincent 2012, section 4): what an LSTM has heard conditions a
distribution over the notes of the next frame that is autoregressive itself, so a chord has an exact likelihood. Here:

- a frame is written highest note first, then an end mark, by a softmax over the keys that are still allowed (lower than the last
  note): every chord has one spelling, and the probabilities of all chords sum to one;
- a note's network is told of the frame so far, the last frames and the piece's keys by intervals from the note above, and answers
  with logits of keys and logits of intervals: a fifth is a fifth in every key;
- it is told what followed when the last frames came before in the piece (the longest match; the pointer of Merity et al. 2017,
  without a gradient): tunes repeat their parts, and an LSTM does not remember eight bars note by note;
- pieces are transposed at random; a moving average of the weights (Polyak and Juditsky 1992) is judged, and the best epoch kept.

A second answer, of no influence on the likelihood, is whether the piece is over: with it what is composed ends where it may.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from mediakit.datasets import pieces
from mediakit.media import piano_roll
from mediakit.media.piano_roll import KEYS
from mediakit.tasks.music import note_features as features
from mediakit.training import batches
from mediakit.training.recipe import Batch, Card, Export, Group, Loss, ModelFolder, Phase, Update, require
from mediakit.training.schedules import warmup_adam

TASK = "music"
WARM_START = {"dataset": None}  # not inherited from the trained model
IMPOSSIBLE = -1e9  # the logit of what cannot follow


@dataclass(frozen=True)
class Config:
    """Every number of the recipe."""

    dataset: str | None = None  # jsb, nottingham, piano_midi, muse_data, jsb_16th, midi; none: whichever the folder holds
    frames_per_beat: int = 4  # the grid of a folder of MIDI files; the published sets have their own
    units: int = 320  # of each LSTM
    lstms: int = 2
    hidden: int = 384  # of the network that writes notes
    dropout: float = 0.4  # of what the LSTMs hear and say
    note_dropout: float = 0.3  # within the network that writes notes
    transpose: int = 6  # semitones, up or down
    as_written: float = 0.2  # of the pieces are not transposed: voices have ranges, and the benchmark's pieces are all in C
    crop: int = 128  # frames; longer pieces are learned in parts
    crops_per_batch: int = 16
    ending: float = 0.2  # weight of the question whether the piece is over, beside the notes
    epochs: int = 50
    rate: float = 2e-3
    weight_decay: float = 0.02
    warmup: int = 100  # steps
    clip_norm: float = 1.0  # of a loss in nats a frame
    average: float = 0.995  # moving average of the weights: the last 200 steps
    seed: int = 1


# --- data -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Data:
    """Piano rolls, uint8 `[frames, 88]` each."""

    train: list[np.ndarray]
    validation: list[np.ndarray]
    dataset: str


def read(config: Config, folder: Path) -> Data:
    """Training and validation pieces of a folder in any layout that `mediakit.datasets.pieces` reads."""
    dataset = pieces.find_set(folder, config.dataset)
    train, validation = (pieces.read(folder, split, dataset, config.frames_per_beat) for split in ("train", "valid"))
    fullest = max(int(roll.sum(axis=1).max()) for roll in (*train, *validation))
    require(fullest <= features.LONGEST, f"{folder}: {fullest} notes in one frame, more than {features.LONGEST}: is it music?")
    return Data(train, validation, dataset)


class EncodedPiece:
    """A piece with all that is told of it; contexts are found once, transposing moves them."""

    def __init__(self, roll: np.ndarray):
        self.roll, self.contexts, self.notes = roll, piano_roll.contexts(roll), features.frame_notes(roll)
        self.room = piano_roll.room_to_transpose(roll)

    def crop(self, start: int, frames: int, semitones: int) -> Batch:
        """A part of the piece, transposed: its contexts, the keys of its frames, and of what comes after each frame but the last
        whether it is `over`. With the last frame comes one more context, in which nothing is written."""
        end = min(start + frames, len(self.roll))
        last = end == len(self.roll)
        context = piano_roll.transpose_contexts({name: part[start : end + last] for name, part in self.contexts.items()}, semitones)
        notes = features.transpose_notes(self.notes[start:end], semitones)
        over = np.zeros(end - start + last, np.int32)
        if last:
            notes = np.concatenate([notes, np.full_like(notes[:1], -1)])
            over[-1] = 1
        return {**context, "notes": notes, "over": over}


def padded(crops: list[Batch]) -> Batch:
    """Crops as one batch of arrays `[crops, frames, …]`; `notes` and `over` are padded with -1."""
    fill = {"notes": -1, "over": -1}
    return {name: batches.padded([crop[name] for crop in crops], fill.get(name, 0)) for name in crops[0]}


def inputs_of(batch: Batch) -> Batch:
    """The model's inputs for padded crops, by name, beside `notes` and `over`, which are what it should answer."""
    notes = batch["notes"]
    above = features.notes_above(notes)
    return {
        "frame": features.frame_features(batch),
        "note": features.note_features(batch, above, features.written_before(notes)),
        "reference": features.references(batch, above),
        "above": above,
        "notes": notes,
        "over": batch["over"],
    }


# --- model ------------------------------------------------------------------------------------------------------------


def build(config: Config, data: Data) -> keras.Model:
    """Features of frames `[batch, frames, …]` and of their notes `[batch, frames, notes, …]` to the log-probabilities of each next note
    `[batch, frames, notes, 89]`, the last being the frame's end, and the logit that the piece is over before each frame."""
    frame = keras.Input((None, features.FRAME_FEATURES), name="frame")
    note = keras.Input((None, None, features.NOTE_FEATURES), name="note")
    reference = keras.Input((None, None), dtype="int32", name="reference")
    above = keras.Input((None, None), dtype="int32", name="above")
    heard = layers.Dropout(config.dropout / 2, name="frame_dropout")(frame)
    for i in range(config.lstms):
        heard = layers.RNN(layers.LSTMCell(config.units, name=f"cell_{i}"), return_sequences=True, name=f"lstm_{i}")(heard)
        heard = layers.Dropout(config.dropout, name=f"dropout_{i}")(heard)
    over = layers.Dense(1, name="over")(heard)[..., 0]
    parts = {
        "from_frame": layers.Dense(config.hidden, use_bias=False, name="from_frame"),
        "from_note": layers.Dense(config.hidden, name="from_note"),
        "first_dropout": layers.Dropout(config.note_dropout, name="first_dropout"),
        "second": layers.Dense(config.hidden, activation="relu", name="second"),
        "second_dropout": layers.Dropout(config.note_dropout, name="second_dropout"),
        "keys": layers.Dense(KEYS + 1, name="keys"),
        "intervals": layers.Dense(features.INTERVALS, name="intervals"),
    }
    said = write_note(parts.__getitem__, parts["from_frame"](heard)[:, :, None], note, reference, above)
    return keras.Model([frame, note, reference, above], [said, over], name="music")


def write_note(layer: Callable[[str], layers.Layer], heard, note, reference, above):
    """What was heard and a note's features to the log-probabilities of the note `[…, 89]`, by the layers of these names."""
    first = ops.relu(heard + layer("from_note")(note))
    second = first + layer("second")(layer("first_dropout")(first))
    second = layer("second_dropout")(second)
    intervals = layer("intervals")(second)
    # An interval's logit goes to the key at that interval from the reference; keys out of reach get none.
    pad = [(0, 0)] * (len(intervals.shape) - 1) + [(1, 1)]
    keys = np.arange(KEYS + 1, dtype=np.int32)
    place = ops.clip(ops.subtract(keys + features.REACH + 1, reference[..., None]), 0, features.INTERVALS + 1)
    place = ops.where(keys == features.END, 0, place)
    logits = layer("keys")(second) + ops.take_along_axis(ops.pad(intervals, pad), place, axis=-1)
    allowed = ops.logical_or(ops.less(keys, above[..., None]), keys == features.END)
    return ops.log_softmax(ops.where(allowed, logits, IMPOSSIBLE), axis=-1)


# --- what ships -------------------------------------------------------------------------------------------------------


def frame_step(model: keras.Model) -> keras.Model:
    """One frame for any number of pieces side by side: features `frame` and the LSTMs' states to `heard`, which the notes' network
    wants, `over`, the log-odds that the piece is over, and the new states."""
    cells = [layer.cell for layer in model.layers if isinstance(layer, layers.RNN)]
    given = {"frame": keras.Input(model.input[0].shape[2:], name="frame")}
    told, said = given["frame"], {}
    for i, cell in enumerate(cells):
        for kind in "hc":
            given[f"state_{kind}{i}"] = keras.Input((cell.units,), name=f"state_{kind}{i}")
        told, (_, kept) = cell(told, [given[f"state_h{i}"], given[f"state_c{i}"]])
        said |= {f"state_h{i}": told, f"state_c{i}": kept}
    said |= {"heard": model.get_layer("from_frame")(told), "over": model.get_layer("over")(told)}
    return keras.Model(given, said, name="frame_step")


def note_network(model: keras.Model) -> keras.Model:
    """One note for any number of frames side by side: `heard`, the note's features, `reference` and `above` `[batch, 1]` to
    `log_probabilities` `[batch, 89]`."""
    given = {
        "heard": keras.Input((model.get_layer("from_frame").units,), name="heard"),
        "note": keras.Input((features.NOTE_FEATURES,), name="note"),
        "reference": keras.Input((1,), dtype="int32", name="reference"),
        "above": keras.Input((1,), dtype="int32", name="above"),
    }
    said = write_note(model.get_layer, given["heard"], given["note"], given["reference"][:, 0], given["above"][:, 0])
    return keras.Model(given, {"log_probabilities": said}, name="note")


def networks(config: Config, data: Data, model: keras.Model) -> dict[str, Export]:
    """A step over frames, and the network that writes notes."""
    return {
        # `over` is one number, which rounding can bring near to nothing.
        "frame": Export(frame_step(model), weights="int8", tolerance=0.3),
        "note": Export(note_network(model), weights="int8", tolerance=0.05),
    }


def files(config: Config, data: Data) -> dict[str, Callable[[Path], None]]:
    """What belongs in the model folder beside the networks: the data set's name, by which its music is arranged."""
    return {"dataset.txt": lambda path: path.write_text(f"{data.dataset}\n", encoding="utf-8")}


_NAMES = {"jsb": "a chorale in four voices", "nottingham": "a folk tune with chords", "jsb_16th": "a chorale in four voices"}


def read_files(config: Config, folder: ModelFolder) -> Data:
    """The data set's name of a model folder, without pieces."""
    return Data([], [], folder.file("dataset").read_text(encoding="utf-8").strip())


def card(config: Config, data: Data) -> Card:
    """The model card: what the model learned from, and so what it composes."""
    known = pieces.PUBLISHED.get(data.dataset)
    what = _NAMES.get(data.dataset, "music for piano")
    return Card(
        name=f"music/{data.dataset if known else 'own'}",
        summary=f"Composes {what}, goes on from a beginning, and harmonises a melody.",
        good_for=[f"music like that of {known.name}: {known.holds}" if known else "music like that which it was trained on"],
        not_good_for=[
            "other styles; forms longer than a tune; rhythm finer than its grid",
            "knowing what is new: it learned from few pieces, and may quote them",
        ],
        training=f"{config.lstms} LSTMs of {config.units} units over frames, notes written one after the other; transposed by up to "
        f"{config.transpose} semitones; a moving average of the weights, the best epoch of {config.epochs} kept.",
        headline="nll_per_frame",
        license=f"the weights were learned from {known.name} (licence: {known.license})" if known else "as the data's",
        data=[{"name": known.name, "license": known.license, "note": f"{known.holds}; {known.source}"}] if known else [],
    )


# --- training ---------------------------------------------------------------------------------------------------------


def music_loss(model: keras.Model, ending: float, batch, training: bool = True) -> Loss:
    """Negative log-likelihood of all notes and ends of frames, summed, its weight the number of frames: nats a frame; and, weighed by
    `ending`, that of the question whether the piece is over."""
    said, over = model([batch[tensor.name] for tensor in model.inputs], training=training)
    notes = batch["notes"]
    written = ops.cast(notes >= 0, said.dtype)
    chosen = ops.take_along_axis(said, ops.maximum(notes, 0)[..., None], axis=-1)[..., 0]
    frames = ops.sum(ops.cast(notes[:, :, 0] >= 0, said.dtype))
    nll = -ops.sum(chosen * written)
    asked = ops.cast(batch["over"] >= 0, said.dtype)
    ended = ops.cast(batch["over"] == 1, said.dtype)
    end_nll = ops.sum(asked * (ops.softplus(over) - over * ended))
    return Loss(nll + ending * end_nll, frames, {"nll_per_frame": (nll, frames), "over": (end_nll, frames)})


def phases(config: Config, data: Data, model: keras.Model, run: Path) -> list[Phase]:
    """One: all weights, on crops of all pieces."""
    crops = TrainingCrops(config, data.train)

    def updates() -> list[Update]:
        adam = warmup_adam(config.rate, crops.steps * config.epochs, config.warmup, config.weight_decay)
        group = Group(model.trainable_variables, adam)
        return [Update("loss", lambda batch: music_loss(model, config.ending, batch), [group], config.clip_norm)]

    return [
        Phase(
            "training",
            config.epochs,
            crops.steps,
            crops.batches,
            updates,
            validate=Validator(data.validation, model),
            monitor="-nll_per_frame",
            average=config.average,
        )
    ]


class TrainingCrops:
    """Batches of crops: of which pieces, from where and how transposed follows from seed, epoch and step alone."""

    def __init__(self, config: Config, rolls: list[np.ndarray]):
        self.config, self._pieces = config, [EncodedPiece(roll) for roll in rolls]
        counts = [max(1, round(len(roll) / config.crop)) for roll in rolls]
        self._crops = np.repeat(np.arange(len(rolls)), counts)
        self._lengths = np.array([min(len(roll), config.crop) for roll in rolls])
        self.steps = batches.steps_per_epoch(len(self._crops), config.crops_per_batch)

    def batches(self, epoch: int, start: int) -> Iterator[Batch]:
        """The model's inputs and targets, from a step of an epoch on."""
        for crops in self._plan(epoch)[start:]:
            yield inputs_of(padded([self._pieces[piece].crop(begin, self.config.crop, by) for piece, begin, by in crops]))

    def _plan(self, epoch: int) -> list[list[tuple[int, int, int]]]:
        """Each batch's crops: piece, first frame, semitones. Crops of like length stand together, or much would be padding."""
        rng, size = np.random.default_rng([self.config.seed, epoch]), self.config.crops_per_batch
        rows = batches.of_like_length(rng.permutation(self._crops), self._lengths, size, 8, rng)
        return [[self._crop(piece, rng) for piece in batch] for batch in rows]

    def _crop(self, piece: int, rng: np.random.Generator) -> tuple[int, int, int]:
        config, room = self.config, self._pieces[piece].room
        spare = len(self._pieces[piece].roll) - config.crop
        # The beginning comes often: there alone an LSTM that remembers nothing is right.
        begin = max(0, int(rng.integers(-config.crop // 2, spare + 1))) if spare > 0 else 0
        low, high = max(room[0], -config.transpose), min(room[1], config.transpose)
        return int(piece), begin, 0 if rng.random() < config.as_written else int(rng.integers(low, high + 1))


class Validator:
    """Nats a frame of the validation pieces, whole and as written, and of the question whether the piece is over."""

    FRAMES = 4096  # of a batch, with padding

    def __init__(self, rolls: list[np.ndarray], model: keras.Model):
        self._pieces = [EncodedPiece(roll) for roll in sorted(rolls, key=len)]
        self._measure = tf.function(
            lambda batch: music_loss(model, 0.0, batch, training=False).metrics, reduce_retracing=True, autograph=False
        )

    def __call__(self) -> dict[str, float]:
        sums: dict[str, np.ndarray] = {}
        for batch in self._batches():
            for name, pair in self._measure({key: tf.convert_to_tensor(part) for key, part in batch.items()}).items():
                sums[name] = sums.get(name, np.zeros(2)) + np.array(pair, np.float64)
        return {name: float(total / weight) for name, (total, weight) in sums.items()}

    def _batches(self) -> Iterator[Batch]:
        waiting: list[Batch] = []
        for piece in self._pieces:
            if waiting and (len(waiting) + 1) * (len(piece.roll) + 1) > self.FRAMES:
                yield inputs_of(padded(waiting))
                waiting = []
            waiting.append(piece.crop(0, len(piece.roll), 0))
        yield inputs_of(padded(waiting))
