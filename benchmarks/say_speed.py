"""Time a WaveNet's two ways to generate: with queues of past activations, and by running the whole receptive field for each sample.

    python benchmarks/say_speed.py --data free-spoken-digit-dataset [--model audio/digits] [--seconds 1]

The second way is the Keras model over the last samples, compiled, with the shipped weights; it needs the extra `train`. Both run on one
thread.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np

from mediakit.console.models import model_for
from mediakit.media import mu_law
from mediakit.tasks.speech.conditions import FRAME, frame_features
from mediakit.tasks.speech.generation import Utterance, WaveNet
from mediakit.tasks.speech.voices import Voices

NAIVE_SAMPLES = 40
SIDE_BY_SIDE = (1, 4, 16)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", default="audio/digits", help="shipped model or model folder")
    parser.add_argument("--seconds", type=float, default=1.0, help="of sound for each timing with queues")
    return parser.parse_args()


def with_queues(folder, seconds: float, count: int) -> float:
    """Seconds for a sample of each of `count` words side by side."""
    voices = Voices.read(folder.file("voices"))
    network = WaveNet(folder.network("conditions"), folder.network("step"), voices.dilations)
    frames = frame_features(round(seconds * voices.rate), voices.rate, voices.level)
    words = [Utterance(number % len(voices.labels), 0, frames, np.zeros(0, np.uint8)) for number in range(count)]
    rngs = [np.random.default_rng(number) for number in range(count)]
    network.generate([Utterance(word.label, 0, frames[:2], word.given) for word in words], 0.8, rngs)  # warm
    began = time.perf_counter()
    network.generate(words, 0.8, rngs)
    return (time.perf_counter() - began) / (len(frames) * FRAME)


def naively(folder, data: Path) -> tuple[float, int]:
    """Seconds for a sample by a pass over the whole receptive field, and how many samples that is."""
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
        os.environ[name] = "1"
    import tensorflow as tf

    from mediakit.training.warm_start import open_warm_start

    start = open_warm_start(folder.path)
    config = start.recipe.config(start.settings(start.recipe, {}))
    examples = start.recipe.read(config, data, start)
    model = start.recipe.build(config, examples)
    start.apply(start.recipe, config, examples, model)
    frames = -(-config.receptive_field // FRAME)
    inputs = [
        tf.fill([1, frames, FRAME], mu_law.SILENCE),
        tf.zeros([1], tf.int32),
        tf.zeros([1], tf.int32),
        tf.constant(frame_features(frames * FRAME, config.sample_rate, None)[None]),
    ]
    last = tf.function(lambda given: model(given, training=False)[:, -1, -1])
    last(inputs).numpy()
    began = time.perf_counter()
    for _ in range(NAIVE_SAMPLES):
        last(inputs).numpy()
    return (time.perf_counter() - began) / NAIVE_SAMPLES, config.receptive_field


def main() -> None:
    """Time and print."""
    given = arguments()
    folder = model_for("speech", given.model)
    rate = Voices.read(folder.file("voices")).rate
    rows = []
    for count in SIDE_BY_SIDE:
        each = with_queues(folder, given.seconds, count)
        rows.append((f"queues, {count} side by side", each, count))
    each, field = naively(folder, given.data)
    rows.append((f"all of the last {field:,} samples", each, 1))
    print(f"{'':32}{'us a sample':>14}{'x real time':>14}{'x as fast':>12}")
    for name, seconds, count in rows:
        print(f"{name:32}{seconds * 1e6:14.0f}{count / seconds / rate:14.3f}{each * count / seconds:12.0f}")


if __name__ == "__main__":
    main()
