"""Bits per sample of 8-bit mu-law on held-out recordings: statistics of the last codes, linear prediction, and a WaveNet.

    python benchmarks/waveform_bits.py --data free-spoken-digit-dataset [--model audio/digits] [--test FOLDER]

Statistics of order n are counts of a code after the n codes before it, mixed with those of order n - 1 (Witten and Bell 1991), from the
recordings that the model learned from. Linear prediction is fitted to each recording. `--test`: other recordings than those for validation.
"""

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np

import mediakit
from mediakit.datasets import spoken_words
from mediakit.datasets.spoken_words import Recording
from mediakit.media import mu_law
from mediakit.tasks.speech import metrics

ORDERS = (0, 1, 2)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--test", type=Path)
    parser.add_argument("--model", default="audio/digits", help="shipped model or model folder")
    return parser.parse_args()


def contexts(recording: Recording, order: int) -> tuple[np.ndarray, np.ndarray]:
    """The codes of a recording, and for each a number for the codes before it."""
    codes = mu_law.encode(recording.samples).astype(np.int64)
    padded = np.pad(codes, (order, 0), constant_values=mu_law.SILENCE)
    context = np.zeros(len(codes), np.int64)
    for place in range(order):
        context = context * mu_law.CODES + padded[place : place + len(codes)]
    return codes, context


def statistics_bits(train: list[Recording], test: list[Recording]) -> dict[int, list[float]]:
    """Bits of each test recording, by order."""
    probability = [np.full(len(one.samples), 1 / mu_law.CODES) for one in test]
    found = {}
    for order in range(max(ORDERS) + 1):
        counts: dict[int, int] = defaultdict(int)
        totals: dict[int, int] = defaultdict(int)
        kinds: dict[int, int] = defaultdict(int)
        for one in train:
            codes, context = contexts(one, order)
            for key, before in zip((context * mu_law.CODES + codes).tolist(), context.tolist(), strict=True):
                kinds[before] += key not in counts
                counts[key] += 1
                totals[before] += 1
        for row, one in enumerate(test):
            codes, context = contexts(one, order)
            keys = (context * mu_law.CODES + codes).tolist()
            seen = np.array([counts.get(key, 0) for key in keys])
            total, kind = (np.array([table.get(before, 0) for before in context.tolist()]) for table in (totals, kinds))
            mixed = (seen + kind * probability[row]) / np.maximum(total + kind, 1)
            probability[row] = np.where(total > 0, mixed, probability[row])
        found[order] = [float(-np.log2(row).sum()) for row in probability]
    return found


def main() -> None:
    """Measure and print, by speaker and in all."""
    given = arguments()
    speaker = mediakit.load(given.model)
    config = speaker.folder.config
    rate, held_out = int(config.get("sample_rate", 8000)), int(config.get("validation", 2))
    train, test = spoken_words.split(spoken_words.read(given.data, rate), held_out)
    if given.test:
        test = spoken_words.read(given.test, rate)
    rows = {f"order {order}": bits for order, bits in statistics_bits(train, test).items()}
    rows[f"linear prediction, {metrics.TAPS} taps"] = [metrics.linear_prediction_bits(one.samples) for one in test]
    for name, known in (("WaveNet", True), ("WaveNet, speaker not given", False)):
        likelihoods = dict(speaker.log_likelihoods([(one.label, one.speaker if known else None, one.samples) for one in test]))
        rows[name] = [-likelihoods[row].sum() / np.log(2) for row in range(len(test))]
    names = sorted({one.speaker for one in test})
    print(f"{'':28}" + "".join(f"{name:>10}" for name in [*names, "all"]))
    lengths = np.array([len(one.samples) for one in test])
    for name, bits in rows.items():
        parts = [np.array([one.speaker == who for one in test]) for who in names] + [np.ones(len(test), bool)]
        print(f"{name:28}" + "".join(f"{np.array(bits)[part].sum() / lengths[part].sum():10.3f}" for part in parts))


if __name__ == "__main__":
    main()
