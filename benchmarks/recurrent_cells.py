"""What gates, a second direction and attention give a text classifier, and how far back its gradient reaches.

    python benchmarks/recurrent_cells.py --data FOLDER [--steps 400] [-o gradients.png]

Trains small models of the sentiment recipe for equally many steps: simple recurrent cells, GRUs and LSTMs, whose last state is
classified, in one direction or both, or whose states are pooled by attention. Prints accuracy on the dev split as a Markdown table.
Draws the norm of the gradient of the loss at a word by its distance from the last one, and the norm of the whole gradient during
training, clipped and not (Pascanu, Mikolov and Bengio 2013).
"""

import argparse
import time
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from mediakit.media.charts import Chart, stack
from mediakit.recipes import sentiment
from mediakit.training.batches import padded
from mediakit.training.text_examples import Noise, TrainingTexts

COLOURS = {"rnn": (209, 102, 28), "gru": (60, 150, 80), "lstm": (42, 120, 194)}
LONG, FAR = 30, 28  # words of a text whose gradient is measured, and the longest distance
CLIP = 1.0


@dataclass(frozen=True)
class Trained:
    """A trained model: accuracy in percent, seconds a step, the gradient's norm at each step, and by distance `[FAR]`."""

    model: keras.Model
    accuracy: float
    seconds: float
    norms: np.ndarray
    by_distance: np.ndarray


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="labelled texts, and word vectors")
    parser.add_argument("--vectors", default=sentiment.Config.vectors, help="word vectors: a file in FOLDER or a path")
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--units", type=int, default=64)
    parser.add_argument("-o", "--output", type=Path, help="draw the gradients' norms")
    return parser.parse_args()


def train(config: sentiment.Config, data: sentiment.Data, steps: int, clip: float | None) -> Trained:
    """Train one model with Adam at a constant rate."""
    keras.utils.set_random_seed(config.seed)
    model = sentiment.build(config, data)
    optimizer = keras.optimizers.Adam(config.rate)
    optimizer.build(model.trainable_variables)

    @tf.function(reduce_retracing=True, autograph=False)
    def step(batch):
        with tf.GradientTape() as tape:
            found = sentiment.loss(config, model, batch)
            loss = found.total / found.weight
        gradients, norm = tape.gradient(loss, model.trainable_variables), None
        norm = tf.linalg.global_norm(gradients)
        if clip:
            gradients, _ = tf.clip_by_global_norm(gradients, clip, norm)
        optimizer.apply(gradients, model.trainable_variables)
        return norm

    texts = TrainingTexts(
        sentiment.encode(config, data, data.train), Noise(), config.texts_per_batch, steps, config.batches_per_bucket, config.seed
    )
    norms, began = [], time.process_time()
    for batch in texts.batches(0, 0):
        norms.append(float(step({name: tf.convert_to_tensor(part) for name, part in batch.items()})))
    seconds = (time.process_time() - began) / steps
    logits = np.array(sentiment.predictor(config, data, model)())
    right = (logits > 0) == np.array([example.positive > 0.5 for example in data.validation])
    return Trained(model, 100 * float(right.mean()), seconds, np.array(norms), gradient_by_distance(config, data, model))


def gradient_by_distance(config: sentiment.Config, data: sentiment.Data, model: keras.Model) -> np.ndarray:
    """The mean norm of the loss's gradient with respect to a word's vector, by the words between it and the last one `[FAR]`."""
    long = [example for example in data.validation if len(example.words) >= LONG][:128]
    encoded = sentiment.encode(config, data, [replace(example, words=example.words[-LONG:]) for example in long])
    batch = {name: tf.convert_to_tensor(part) for name, part in encoded.batch(np.arange(len(long))).items()}
    with tf.GradientTape() as tape:
        tape.watch(batch["vectors"])
        logits = model([batch[tensor.name] for tensor in model.inputs])
        loss = tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(batch["positive"], logits))
    norms = np.linalg.norm(tape.gradient(loss, batch["vectors"]).numpy(), axis=-1)
    return norms.mean(axis=0)[::-1][:FAR]


def draw(trained: dict[tuple[str, bool], Trained]):
    """The two charts below each other; the axes of norms are logarithmic."""
    decades = [np.log10(np.maximum(one.by_distance, 1e-12)) for one in trained.values()]
    low, high = min(line.min() for line in decades), max(line.max() for line in decades)
    title = "log10 of the gradient's norm at a word, by its distance from the last one; thin lines: trained without clipping"
    far = Chart(title, (0, FAR + 2), (float(low), float(high)))
    for (cell, clipped), line in zip(trained, decades, strict=True):
        far.line(np.arange(FAR), line, COLOURS[cell], 3 if clipped else 1)
    name_lines(far, FAR - 1, {cell: line[-1] for (cell, clipped), line in zip(trained, decades, strict=True) if clipped}, high - low)
    smooth = {key: np.log10(moving_maximum(one.norms)) for key, one in trained.items()}
    low, high = min(line.min() for line in smooth.values()), max(line.max() for line in smooth.values())
    steps = len(next(iter(smooth.values())))
    title = "log10 of the largest norm of the whole gradient in 10 steps of training; thin lines: without clipping"
    norms = Chart(title, (0, steps * 1.07), (float(low), float(high)))
    for (cell, clipped), line in smooth.items():
        norms.line(np.arange(steps), line, COLOURS[cell], 3 if clipped else 1)
    name_lines(norms, steps, {cell: line[-1] for (cell, clipped), line in smooth.items() if clipped}, high - low)
    return stack([far.image, norms.image])


def name_lines(chart: Chart, x: float, ends: dict[str, float], height: float) -> None:
    """Write the cells' names at the ends of their lines, one above the other where the lines end close together."""
    lowest = -np.inf
    for cell, end in sorted(ends.items(), key=lambda pair: pair[1]):
        lowest = max(float(end), lowest + 0.06 * height)
        chart.label(x, lowest, cell, COLOURS[cell])


def moving_maximum(values: np.ndarray, width: int = 10) -> np.ndarray:
    """The largest of the last values."""
    rows = padded([values[max(0, i - width + 1) : i + 1] for i in range(len(values))])
    return rows.max(axis=1)


def main() -> None:
    """Train, print, draw."""
    args = arguments()
    base = sentiment.Config(vectors=args.vectors, units=args.units, texts_per_batch=64, dropout=0.2, comparisons=0)
    data = sentiment.read(base, args.data)
    print("| | last state, forward | last state, both directions | attention, both directions | parameters | ms a step |")
    print("|---|---|---|---|---|---|")
    drawn: dict[tuple[str, bool], Trained] = {}
    for cell in ("rnn", "gru", "lstm"):
        cells = []
        for direction, pooling in (("forward", "last"), ("both", "last"), ("both", "attention")):
            config = replace(base, cell=cell, direction=direction, pooling=pooling)
            trained = train(config, data, args.steps, CLIP)
            cells.append(f"{trained.accuracy:.1f}")
            if direction == "forward":
                drawn[cell, True] = trained
                drawn[cell, False] = train(config, data, args.steps, None)
        recurrent = sum(layer.count_params() for layer in trained.model.layers if layer.name in ("forward", "backward"))
        print(f"| {cell} | {' | '.join(cells)} | {recurrent:,} | {1000 * trained.seconds:.0f} |", flush=True)
    for (cell, clipped), one in drawn.items():
        kept = one.by_distance[20] / one.by_distance[0]
        print(f"{cell}{'' if clipped else ', not clipped'}: at a distance of 20 words the gradient has {kept:.3g} of its norm at the last;")
        print(f"  largest norm in training {one.norms.max():.1f}; accuracy {one.accuracy:.1f}")
    if args.output:
        draw(drawn).save(args.output)


if __name__ == "__main__":
    main()
