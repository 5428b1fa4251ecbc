"""Traffic: a graph convolution over the roads' neighbourhoods, an LSTM over time.

After the traffic graph convolutional LSTM (Cui, Henrickson, Ke and Wang 2019): features of k-hop
neighbourhoods, masked by what can be reached at free flow, with a learned weight for each edge. An
L1 penalty keeps the weights near those of the graph, an L2 penalty the features of neighbouring
hops near one another. Here:

- One LSTM serves all roads, and the edges' weights start from the graph's: what one city's edges
  learn refines what holds for any graph, so the network also serves roads that it has never seen.
- Speeds are relative to the road's free-flow speed, so that units do not matter.
- The network also sees what is usual in the next hour: the mean of the other days, at the time of
  day that the readings themselves suggest (`Clock`), since tables of speeds often lack times.
- Forecasts are changes from the last reading; training starts from persistence.

Set `graph=false` for an LSTM that sees each road alone, `reach=0` for no free-flow mask, and
`per_edge=false` for shared weights only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops

from mediakit.datasets import traffic
from mediakit.layers.graph_convolution import GraphConvolution
from mediakit.layers.recurrent import LAYERS, Cell
from mediakit.tasks.traffic.graph import neighbourhoods
from mediakit.tasks.traffic.profiles import kinds_of, slots_of
from mediakit.tasks.traffic.road_network import RoadNetwork, free_flow_of
from mediakit.tasks.traffic.windows import CLOCK, HORIZON, STEPS
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
from mediakit.training.traffic import Readings, Windows, running_knowledge, training_knowledge
from mediakit.training.validation import MeanMetrics

TASK = "traffic"
GAIN = 5.0  # deviations from free flow have a standard deviation of about a fifth


@dataclass(frozen=True)
class Config:
    """Every number of the recipe."""

    cell: Cell = "lstm"
    units: int = 48
    hidden: int = 64  # units of the layer between the LSTM and the forecast
    dropout: float = 0.1
    graph: bool = True  # whether roads see their neighbourhood
    hops: int = 3
    per_edge: bool = True  # a learned weight for each edge
    reach: float = 5.0  # minutes at free flow within which roads see one another; 0 is no limit
    kernel: float = 2.6  # width in km of the Gaussian kernel of the adjacency weights; Los-loop's
    miles: bool = True  # speeds are in mph, not in km/h
    weight_penalty: float = 3e-6  # L1 of what the edges' weights have learned
    feature_penalty: float = 1e-3  # L2 of the differences between hops
    minutes: int = 5  # of a step
    train_part: float = 0.8  # of the rows; the rest is for validation
    missing: float = 0.1  # share of readings left out of every other example
    batch_size: int = 8  # moments, with all roads each
    epochs: int = 8  # more overfit a week of readings
    rate: float = 3e-3
    warmup: int = 100  # steps
    weight_decay: float = 1e-3
    clip_norm: float = 1.0
    average: float = 0.99  # moving average of the weights
    seed: int = 1


# --- data ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Data:
    """Readings of a road network.

    Args:
        roads: what is known of them from the training rows.
        supports: the neighbourhoods of the graph, `[hops, roads, roads]`.
        readings: all rows.
        rows: how many are for training.
    """

    roads: RoadNetwork
    supports: np.ndarray
    readings: Readings
    rows: int


def read(config: Config, folder: Path) -> Data:
    """A folder with a table of speeds and an adjacency matrix."""
    found = traffic.read(folder)
    times, step = found.speeds.times, found.speeds.minutes
    require(
        step in (None, config.minutes),
        f"{folder}: a step has {step:g} minutes; set minutes={step:g}" if step else "",
    )
    per_day = 24 * 60 // config.minutes
    count = len(found.speeds.speeds)
    rows = int(count * config.train_part)
    require(
        rows > 2 * (STEPS + HORIZON) and count - rows > STEPS + HORIZON,
        f"{folder}: has {count} rows; training and validation need some days of them",
    )
    free_flow = free_flow_of(found.speeds.speeds[:rows])
    slots = np.arange(count) % per_day if times is None else slots_of(times, config.minutes)
    kinds = np.zeros(count, np.int64) if times is None else kinds_of(times)
    deviations = found.speeds.speeds / free_flow - 1
    readings = Readings(deviations, slots, kinds, per_day)
    profile = readings.profile(np.arange(rows))
    roads = RoadNetwork(found.speeds.names, found.graph, free_flow, profile)
    return Data(roads, neighbourhoods(vars(config), found.graph, free_flow), readings, rows)


def read_files(config: Config, folder: ModelFolder) -> Data:
    """What a model folder keeps: the roads without readings."""
    roads = RoadNetwork.load(folder.file("roads"))
    supports = neighbourhoods(vars(config), roads.graph, roads.free_flow)
    none, rows = np.zeros(0, np.int64), np.zeros((0, len(roads.names)))
    readings = Readings(rows, none, none, 24 * 60 // config.minutes)
    return Data(roads, supports, readings, 0)


def axis_names(config: Config, data: Data) -> dict[str, tuple]:
    """Edges belong to the roads that they join: other roads start without weights of their own."""
    return {"graph/edges": (None, data.roads.names, data.roads.names)}


# --- model --------------------------------------------------------------------------------------


def build(config: Config, data: Data) -> keras.Model:
    """Windows of all roads to the deviations of the next hour, `[batch, roads, HORIZON]`.

    Inputs: `speeds` and `seen` `[batch, STEPS, roads]`, `typical`
    `[batch, STEPS + HORIZON, roads]`, `clock` `[batch, CLOCK]`.
    """
    roads = len(data.roads.names)
    speeds = keras.Input((STEPS, roads), name="speeds")
    seen = keras.Input((STEPS, roads), name="seen")
    typical = keras.Input((STEPS + HORIZON, roads), name="typical")
    clock = keras.Input((CLOCK,), name="clock")
    channels = [ops.expand_dims(part, -1) for part in (speeds, seen, typical[:, :STEPS])]
    if config.graph:
        convolution = GraphConvolution(
            data.supports,
            config.per_edge,
            config.weight_penalty,
            config.feature_penalty,
            name="graph",
        )
        channels.append(convolution(speeds))
    history = ops.concatenate(channels, axis=-1)
    count = history.shape[-1]
    history = ops.reshape(ops.transpose(history, (0, 2, 1, 3)), (-1, STEPS, count))
    ahead = ops.reshape(ops.transpose(typical[:, STEPS:], (0, 2, 1)), (-1, HORIZON))
    times = ops.reshape(ops.repeat(ops.expand_dims(clock, 1), roads, axis=1), (-1, CLOCK))
    forecast = road_forecaster(config, count)({"history": history, "ahead": ahead, "clock": times})
    outputs = ops.reshape(forecast["forecast"], (-1, roads, HORIZON))
    return keras.Model([speeds, seen, typical, clock], outputs, name="traffic")


def road_forecaster(config: Config, channels: int) -> keras.Model:
    """The part that all roads share: `history` `[rows, STEPS, channels]`, `ahead`
    `[rows, HORIZON]` and `clock` `[rows, CLOCK]` to `forecast` `[rows, HORIZON]`."""
    history = keras.Input((STEPS, channels), name="history")
    ahead = keras.Input((HORIZON,), name="ahead")
    clock = keras.Input((CLOCK,), name="clock")
    x = layers.Rescaling(GAIN)(history)
    state = LAYERS[config.cell](config.units, unroll=True, name="recurrent")(x)
    last = x[:, -1, :1]
    seen = ops.concatenate([state, layers.Rescaling(GAIN)(ahead) - last, x[:, -1], clock], axis=-1)
    seen = layers.Dropout(config.dropout)(seen)
    hidden = layers.Dense(config.hidden, activation="relu", name="hidden")(seen)
    hidden = layers.Dropout(config.dropout)(hidden)
    joined = ops.concatenate([hidden, seen], axis=-1)
    change = layers.Dense(HORIZON, kernel_initializer="zeros", name="change")(joined)
    forecast = (last + change) / GAIN
    inputs = {"history": history, "ahead": ahead, "clock": clock}
    return keras.Model(inputs, {"forecast": forecast}, name="road_forecaster")


def networks(config: Config, data: Data, model: keras.Model) -> dict[str, Export]:
    """The part that all roads share, for any number of roads and moments, and the convolution of
    this graph: `deviations` `[moments, roads]` to `hops` `[moments, roads, hops]`."""
    shared = Export(model.get_layer("road_forecaster"), weights="float16", tolerance=0.01)
    if not config.graph:
        return {"forecaster": shared}
    given = keras.Input((len(data.roads.names),), name="deviations")
    hops = model.get_layer("graph")(ops.expand_dims(given, 1))[:, 0]
    convolution = keras.Model({"deviations": given}, {"hops": hops}, name="graph_convolution")
    return {"forecaster": shared, "graph": Export(convolution, weights="float16", tolerance=0.01)}


def files(config: Config, data: Data) -> dict[str, Callable[[Path], None]]:
    """What is known of the roads."""
    return {"roads.npz": data.roads.save}


# --- training -----------------------------------------------------------------------------------


def squared_error(model: keras.Model, free_flow: np.ndarray, batch, training: bool = True) -> Loss:
    """Of the readings that were measured; the metric is in the square of the speeds' unit."""
    inputs = [batch[name] for name in ("speeds", "seen", "typical", "clock")]
    target = ops.transpose(batch["target"], (0, 2, 1))
    measured = ops.transpose(batch["measured"], (0, 2, 1))
    errors = (model(inputs, training=training) - target) * measured * free_flow[:, None]
    squared, count = ops.sum(ops.square(errors)), ops.sum(measured)
    scale = (GAIN / float(free_flow.mean())) ** 2
    penalty = sum(model.losses) if training else 0.0
    return Loss(scale * squared + count * penalty, count, {"mse": (squared, count)})


def phases(config: Config, data: Data, model: keras.Model, run: Path) -> list[Phase]:
    """One: all weights; the epoch with the smallest validation error is kept."""
    readings = data.readings
    known = training_knowledge(readings, data.rows)
    windows = Windows(readings, known, config.batch_size, config.seed, config.missing)
    loss = partial(squared_error, model, data.roads.free_flow.astype(np.float32))

    def updates() -> list[Update]:
        steps = windows.steps * config.epochs
        optimizer = warmup_adam(config.rate, steps, config.warmup, config.weight_decay)
        group = Group(model.trainable_variables, optimizer)
        return [Update("loss", loss, [group], config.clip_norm)]

    origins = np.arange(data.rows, len(readings.deviations) - 1)
    running = running_knowledge(readings, data.roads.profile, origins)
    validation = Windows(readings, running, 4 * config.batch_size, config.seed, 0.0)
    training = Phase(
        "training",
        config.epochs,
        windows.steps,
        windows.training,
        updates,
        validate=MeanMetrics(partial(loss, training=False), validation.whole),
        monitor="-mse",
        average=config.average,
    )
    return [training]


def card(config: Config, data: Data) -> Card:
    """What the model card says besides the metrics."""
    graph = f"graph convolution over {config.hops} hops" if config.graph else "no graph"
    return Card(
        name="traffic",
        summary="Forecasts the speeds of a road network's roads for the next hour.",
        good_for=[
            "the roads that it learned from",
            f"other motorways, read every {config.minutes} minutes; better after a day of readings",
        ],
        not_good_for=[
            "accidents and closures that the readings do not show yet",
            "streets with traffic lights, which it has not seen",
        ],
        training=f"One {config.cell.upper()} of {config.units} units for all roads, {graph}, "
        f"on the first {data.rows:,} rows of {len(data.roads.names)} roads.",
        headline="RMSE_60",
    )
