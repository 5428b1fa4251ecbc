"""Metrics of speech models: the exact likelihood of recordings, in bits per sample of 8-bit mu-law."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mediakit.datasets import spoken_words
from mediakit.datasets.spoken_words import Recording
from mediakit.errors import DataError, InputError
from mediakit.media import mu_law
from mediakit.runtime.bootstrap import bootstrap
from mediakit.runtime.evaluation import Evaluation, Progress

TAPS = 16  # of the linear prediction


def examples(folder: Path, split: str, config: dict[str, Any]) -> list[Recording]:
    """The recordings of a split: `val`, those that training held out, or `all`. Raises DataError for another split."""
    if split not in ("val", "dev", "all"):
        raise DataError(f"{folder}: no split {split!r} of recordings; val is what training held out, all is all of them")
    found = spoken_words.read(folder, int(config.get("sample_rate", 8000)))
    return found if split == "all" else spoken_words.split(found, int(config.get("validation", 2)))[1]


def evaluate(
    pipeline: Any, recordings: Sequence[Recording], *, options: dict[str, Any] | None = None, progress: Progress = iter
) -> Evaluation:
    """Exact negative log-likelihood of the recordings' mu-law codes, each recording from its first sample.

    `bits_per_sample` is the sum over all recordings divided by the number of samples. The model is told what is said, how long it
    lasts, and who speaks if it knows the speaker, but not how loud it is. `bits_per_sample_without_speaker` is measured without the
    speaker. The baseline is linear prediction fitted to each recording. Intervals resample recordings.

    Args:
        pipeline: a `Speaker`.
        recordings: at the model's sample rate.
        options: must be empty.
        progress: wraps the stream of recordings.
    """
    if options:
        raise InputError(f"no option {next(iter(options))!r}: evaluating speech takes none")
    bits = np.zeros((len(recordings), 2))
    told = pipeline.log_likelihoods([(one.label, one.speaker, one.samples) for one in recordings])
    untold = pipeline.log_likelihoods([(one.label, None, one.samples) for one in recordings])
    for index, found in progress(told):
        bits[index, 0] = -found.sum() / np.log(2)
    for index, found in untold:
        bits[index, 1] = -found.sum() / np.log(2)
    predicted = sum(linear_prediction_bits(one.samples) for one in recordings)
    rows = np.column_stack([bits, [len(one.samples) for one in recordings]])
    baselines = {f"linear prediction, {TAPS} taps, fitted to each recording": {NAMES[0]: predicted / rows[:, 2].sum()}}
    return Evaluation(_per_sample(rows), len(recordings), {}, bootstrap(_per_sample, rows), baselines)


NAMES = ("bits_per_sample", "bits_per_sample_without_speaker")


def _per_sample(rows: np.ndarray) -> dict[str, float]:
    """Metrics from the bits and samples of recordings, `[recordings, 3]`."""
    *bits, samples = rows.sum(axis=0).tolist()
    return {name: each / samples for name, each in zip(NAMES, bits, strict=True)}


def linear_prediction_bits(samples: np.ndarray) -> float:
    """Bits of a recording's mu-law codes under a linear prediction from the codes before, fitted to it, with logistic errors.

    What the fitted numbers themselves would take is not counted, so it is a strong baseline.
    """
    codes = mu_law.encode(samples)
    known = np.pad(mu_law.decode(codes).astype(np.float64), (TAPS, 0))
    before = np.lib.stride_tricks.sliding_window_view(known, TAPS)[: len(codes)]
    weights, *_ = np.linalg.lstsq(before, known[TAPS:], rcond=None)
    predicted = before @ weights
    scale = max(float(np.std(known[TAPS:] - predicted)) * np.sqrt(3) / np.pi, 1e-5)
    edges = mu_law.decode(np.arange(mu_law.CODES + 1) - 0.5)
    low, high = ((edges[codes + step] - predicted) / scale for step in (0, 1))
    low, high = np.where(codes == 0, -1e3, low), np.where(codes == mu_law.CODES - 1, 1e3, high)
    # log(sigmoid(high) - sigmoid(low)), exact also in the tails
    nats = np.logaddexp(0, low) + np.logaddexp(0, -high) - np.log(-np.expm1(np.maximum(low - high, -700)))
    return float(nats.sum() / np.log(2))
