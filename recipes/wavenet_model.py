"""The networks of the WaveNet (van den Oord et al. 2016): all samples at once for training; a few
samples at a time, with queues of past activations, for generation (Paine et al. 2016).

How they are trained is in wavenet.py.
"""

from dataclasses import dataclass

import keras
import numpy as np
from keras import layers, ops

from mediakit.layers.logistic_mixture import companded, draw
from mediakit.media import mu_law
from mediakit.tasks.speech.conditions import FEATURES, FRAME, PLACES

INPUTS = ("previous", "label", "speaker", "frame")
SAMPLES_PER_CALL = 8  # of the network that generates; divides FRAME


@dataclass(frozen=True)
class Config:
    """Every number of the recipe."""

    channels: int = 48  # of the residual connections and of each gated unit
    skip: int = 128  # units between the joined outputs and the distribution
    mixture: int = 8  # logistics that make up the distribution; 0 for a softmax over all codes
    window: int = 16  # samples that the first layer sees
    dilations: int = 9  # 1, 2, ..., 256
    cycles: int = 2  # of dilations: 1,038 samples are seen, 130 ms
    template: int = 20  # points of a word's template
    condition: int = 32  # numbers of each such point, and of a speaker
    hidden: int = 96  # units of the network of conditions

    sample_rate: int = 8000  # Hz; recordings of other rates are resampled
    sketches: int = 4  # of each word by each speaker, that ship
    longest: int = 8000  # samples; a random part is learned of longer recordings
    validation: int = 2  # recordings of each word by each speaker
    without: str = ""  # a speaker to leave out, to see how a new one fares
    unknown_speaker: float = 0.15  # how often the speaker is withheld
    unknown_level: float = 0.3  # how often the level is withheld
    unknown_sketch: float = 0.4  # how often the sketch of the sound is withheld
    changed_level: float = 0.5  # how often the level is changed
    quietest: float = -45.0  # dB of full scale, of changed recordings
    loudest: float = -15.0

    recordings_per_batch: int = 2
    epochs: int = 28
    rate: float = 2e-3
    warmup: int = 200  # steps
    clip_norm: float = 1.0
    average: float = 0.999  # moving average of the weights
    seed: int = 1

    @property
    def all_dilations(self) -> list[int]:
        """The dilation of each layer."""
        return [2**power for _ in range(self.cycles) for power in range(self.dilations)]

    @property
    def receptive_field(self) -> int:
        """How many samples a distribution depends on."""
        return sum(self.all_dilations) + self.window


# --- all samples at once ------------------------------------------------------------------------


def wavenet(config: Config, labels: int, speakers: int) -> keras.Model:
    """Codes `previous` `[batch, frames, FRAME]` and conditions to the distributions of the codes
    that follow, `[batch, frames, FRAME, units]`; see `mediakit.layers.logistic_mixture`."""
    channels = config.channels
    conditions = conditions_network(config, labels, speakers)
    previous = keras.Input((None, FRAME), name="previous", dtype="int32")
    shifts = conditions(conditions.input)[:, :, None]
    x = layers.Dense(channels, name="first")(recent(config.window, layers.Reshape((-1,))(previous)))
    outputs = []
    for i, dilation in enumerate(config.all_dilations):
        past = layers.Dense(2 * channels, use_bias=False, name=f"past_{i}")(delayed(x, dilation))
        sums = past + layers.Dense(2 * channels, use_bias=False, name=f"present_{i}")(x)
        sums = layers.Reshape((-1, FRAME, 2 * channels))(sums)
        sums = sums + shifts[..., 2 * channels * i : 2 * channels * (i + 1)]
        outputs.append(gated(layers.Reshape((-1, 2 * channels))(sums)))
        x = x + layers.Dense(channels, name=f"residual_{i}")(outputs[-1])
    x = ops.concatenate([*outputs, x], axis=-1)
    x = layers.Dense(config.skip, "relu", name="skip")(x)
    x = layers.Dense(config.skip, "relu", name="last")(x)
    units = 3 * config.mixture or mu_law.CODES
    x = layers.Reshape((-1, FRAME, units))(layers.Dense(units, name="distribution")(x))
    inputs = conditions.input | {"previous": previous}
    return keras.Model([inputs[name] for name in INPUTS], x, name="wavenet")


def conditions_network(config: Config, labels: int, speakers: int) -> keras.Model:
    """Labels and speakers `[batch]` (a speaker beyond the last is unknown) and features of frames
    `[batch, frames, FEATURES]` to what the gated units of each layer are shifted by,
    `[batch, frames, layers * 2 * channels]`."""
    label = keras.Input((), name="label", dtype="int32")
    speaker = keras.Input((), name="speaker", dtype="int32")
    frame = keras.Input((None, FEATURES), name="frame")
    points, size = config.template, config.condition
    template = layers.Embedding(labels, points * size, name="template")(label)
    template = layers.Reshape((points, size))(template)
    place = frame[..., :1] * (points - 1)
    nearness = ops.relu(1 - ops.abs(place - np.arange(points, dtype="float32")))
    said = ops.concatenate([ops.matmul(nearness, template), frame[..., :PLACES]], axis=-1)
    sketch = layers.Dense(config.hidden, use_bias=False, name="sketch_hidden")(frame[..., PLACES:])
    voice = layers.Embedding(speakers + 1, size, name="voice")(speaker)
    voice = layers.Dense(config.hidden, use_bias=False, name="voice_hidden")(voice)
    said = layers.Dense(config.hidden, name="said_hidden")(said)
    x = ops.tanh(said + sketch + voice[:, None])
    x = layers.Dense(config.hidden, "tanh", name="condition_hidden")(x)
    shifts = layers.Dense(len(config.all_dilations) * 2 * config.channels, name="shifts")(x)
    return keras.Model(
        {"label": label, "speaker": speaker, "frame": frame}, shifts, name="conditions"
    )


def gated(x):
    """Equation 2 of the paper: half of the channels open and close the others."""
    values, gates = ops.split(x, 2, axis=-1)
    return ops.tanh(values) * ops.sigmoid(gates)


def delayed(x, steps: int):
    """`[batch, samples, channels]` some samples later, zeros before the beginning."""
    return ops.pad(x, [[0, 0], [steps, 0], [0, 0]])[:, :-steps]


def code_features(codes):
    """Codes `[...]` as values on the mu-law scale and on the linear one, `[..., 2]` in -1..1."""
    values = companded(codes)
    linear = ops.sign(values) * (ops.exp(ops.abs(values) * np.log(256)) - 1) / 255
    return ops.stack([values, linear], axis=-1)


def recent(window: int, codes):
    """Features of the last codes at each of `[batch, samples]`, oldest first,
    `[batch, samples, 2 * window]`; before the beginning is silence."""
    before = [[0, 0], [window - 1, 0]]
    features = code_features(ops.pad(codes, before, constant_values=mu_law.SILENCE))
    ends = [*range(1 - window, 0), None]
    return ops.concatenate([features[:, start:end] for start, end in enumerate(ends)], axis=-1)


# --- a few samples a call -----------------------------------------------------------------------


def step_network(config: Config, model: keras.Model) -> keras.Model:
    """The next `SAMPLES_PER_CALL` samples of any number of recordings side by side.

    Inputs:
        recent: the last codes `[batch, window]`.
        past: for each sample and layer, what came into the layer its dilation ago,
            `[batch, samples, layers * channels]`; what lies within this call is ignored.
        shifts: of this frame, from the network of conditions, `[batch, layers * 2 * channels]`.
        noise: from a Gumbel distribution, times the temperature, `[batch, samples, ...]`.
        forced: codes that are given rather than drawn, `[batch, samples]`; -1 to draw.

    Outputs: `codes` `[batch, samples]`, what came into each layer as `activations`
    `[batch, samples, layers * channels]`, and the `distribution` of each code.
    """
    width = len(config.all_dilations) * config.channels
    inputs = {
        "recent": keras.Input((config.window,), name="recent", dtype="int32"),
        "past": keras.Input((SAMPLES_PER_CALL, width), name="past"),
        "shifts": keras.Input((2 * width,), name="shifts"),
        "noise": keras.Input((SAMPLES_PER_CALL, noise_width(config)), name="noise"),
        "forced": keras.Input((SAMPLES_PER_CALL,), name="forced", dtype="int32"),
    }
    gates = [
        Gate(config, model, inputs["past"], inputs["shifts"], i)
        for i in range(len(config.all_dilations))
    ]
    table = code_features(np.arange(mu_law.CODES))
    features = [ops.take(table, inputs["recent"][:, i], axis=0) for i in range(config.window)]
    made: dict[str, list] = {"codes": [], "activations": [], "distribution": []}
    for k in range(SAMPLES_PER_CALL):
        x = model.get_layer("first")(ops.concatenate(features[-config.window :], axis=-1))
        outputs = []
        for gate in gates:
            outputs.append(gate(x))
            x = x + gate.residual(outputs[-1])
        x = ops.concatenate([*outputs, x], axis=-1)
        for name in ("skip", "last", "distribution"):
            x = model.get_layer(name)(x)
        drawn = draw(x, features[-1][:, 0], inputs["noise"][:, k], config.mixture)
        forced = inputs["forced"][:, k]
        made["codes"].append(ops.where(forced < 0, drawn, forced))
        made["activations"].append(ops.concatenate([gate.entered[-1] for gate in gates], axis=-1))
        made["distribution"].append(x)
        features.append(ops.take(table, made["codes"][-1], axis=0))
    outputs = {name: ops.stack(parts, axis=1) for name, parts in made.items()}
    return keras.Model(inputs, outputs, name="step")


def noise_width(config: Config) -> int:
    """How many random numbers a sample takes."""
    return config.mixture + 2 if config.mixture else mu_law.CODES


class Gate:
    """A layer's gated unit, sample by sample.

    What is known before a call is worked out for all its samples together: that part of the sums
    then costs one matrix product a call.

    Args:
        config, model: the whole network.
        past, shifts: inputs of `step_network`.
        index: of the layer.
    """

    def __init__(self, config: Config, model: keras.Model, past, shifts, index: int):
        part, dilation = config.channels, config.all_dilations[index]
        self.residual = model.get_layer(f"residual_{index}")
        self._past, self._present = (
            model.get_layer(f"{name}_{index}") for name in ("past", "present")
        )
        self._dilation, self._shift = dilation, shifts[:, 2 * part * index : 2 * part * (index + 1)]
        known = min(dilation, SAMPLES_PER_CALL)
        rows = ops.reshape(past[:, :known, part * index : part * (index + 1)], (-1, part))
        sums = ops.reshape(self._past(rows), (-1, known, 2 * part))
        self._known = sums + self._shift[:, None]
        self.entered: list = []  # what came in, by sample

    def __call__(self, x):
        """The output for the next sample, from what comes in, `[batch, channels]`."""
        k = len(self.entered)
        self.entered.append(x)
        if k < self._dilation:
            before = self._known[:, k]
        else:
            before = self._past(self.entered[k - self._dilation]) + self._shift
        return gated(before + self._present(x))
