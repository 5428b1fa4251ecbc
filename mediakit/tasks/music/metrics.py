"""Metrics of music: likelihood, as the benchmark of polyphonic music has it (Boulanger-Lewandowski et al. 2012, section 6), and
statistics by which composed pieces are compared with real ones: pitch classes, durations, polyphony, repetition and copying."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from mediakit.datasets import pieces
from mediakit.errors import InputError
from mediakit.media.keys import find_key, pitch_classes
from mediakit.media.piano_roll import LongestMatch, keys_of
from mediakit.runtime.bootstrap import bootstrap
from mediakit.runtime.evaluation import Evaluation, Progress

REPEAT = 4  # frames: shorter fragments recur by chance


def examples(folder: Path, split: str, config: dict[str, Any]) -> list[np.ndarray]:
    """The pieces of a split, uint8 `[frames, 88]` each, of the set that the model learned from, or else of whatever the folder holds.

    MIDI files are put on the model's own grid.
    """
    learned = config.get("dataset")
    dataset = learned if pieces.holds(folder, learned) else None
    return pieces.read(folder, split, dataset, pieces.frames_per_beat_of(learned, config.get("frames_per_beat", 4)))


def evaluate(pipeline: Any, rolls: Sequence[np.ndarray], *, options: dict[str, Any] | None = None, progress: Progress = iter) -> Evaluation:
    """Exact negative log-likelihood of pieces in nats, each piece from its beginning.

    `nll_per_frame` is the sum over all frames of all pieces divided by the number of frames, `nll_per_note` the same sum divided by
    the number of notes. The baseline models each key on its own. Intervals resample pieces.

    Args:
        pipeline: a `Composer`.
        rolls: piano rolls `[frames, 88]`.
        options: must be empty.
        progress: wraps the stream of pieces.
    """
    if options:
        raise InputError(f"no option {next(iter(options))!r}: evaluating music takes none; name the model, such as music/jsb")
    nats = np.zeros(len(rolls))
    for index, log_probabilities in progress(pipeline.log_likelihoods(rolls)):
        nats[index] = -log_probabilities.sum()
    totals = np.stack([nats, [len(roll) for roll in rolls], [roll.sum() for roll in rolls]], axis=1)
    baselines = {"independent keys, as frequent as in these pieces": {"nll_per_frame": independent_keys(rolls)}}
    return Evaluation(_likelihoods(totals), len(rolls), {}, bootstrap(_likelihoods, totals), baselines)


def _likelihoods(totals: np.ndarray) -> dict[str, float]:
    """Metrics of pieces from their nats, frames and notes, `[pieces, 3]`."""
    nats, frames, notes = totals.sum(axis=0)
    return {"nll_per_frame": float(nats / frames), "nll_per_note": float(nats / max(notes, 1))}


def independent_keys(rolls: Sequence[np.ndarray]) -> float:
    """Nats per frame of a model in which keys sound independently, each with the frequency that it has in these pieces."""
    share = np.concatenate(list(rolls)).mean(axis=0)
    share = share[(share > 0) & (share < 1)]
    return float(-(share * np.log(share) + (1 - share) * np.log(1 - share)).sum())


def pitch_class_shares(rolls: Iterable[np.ndarray]) -> np.ndarray:
    """The frequency of each pitch class relative to its piece's tonic, float `[12]`; they sum to 1."""
    total = sum((np.roll(pitch_classes(roll), -find_key(roll).tonic) for roll in rolls), np.zeros(12))
    return total / max(total.sum(), 1)


def length_shares(rolls: Iterable[np.ndarray], longest: int) -> np.ndarray:
    """The shares of notes that last 1, 2, ... frames, float `[longest]`; the last counts all that are at least as long."""
    counts = np.zeros(longest)
    for roll in rolls:
        edges = np.diff(np.pad(roll.astype(np.int8), ((1, 1), (0, 0))), axis=0).T
        lengths = np.argwhere(edges == -1)[:, 1] - np.argwhere(edges == 1)[:, 1]
        counts += np.bincount(np.minimum(lengths, longest) - 1, minlength=longest)
    return counts / max(counts.sum(), 1)


def polyphony_shares(rolls: Iterable[np.ndarray], most: int) -> np.ndarray:
    """The shares of frames in which 0, 1, ... keys sound, float `[most + 1]`; the last counts all with at least as many."""
    counts = sum((np.bincount(np.minimum(roll.sum(axis=1), most), minlength=most + 1) for roll in rolls), np.zeros(most + 1, int))
    return counts / max(counts.sum(), 1)


def repeated_share(rolls: Iterable[np.ndarray], fragment: int = REPEAT) -> float:
    """The share of frames that complete a repetition: a fragment of `fragment` frames, not all equal, heard before in the piece."""
    repeated, total = 0, 0
    for roll in rolls:
        matches, codes, symbols = LongestMatch(), dict[bytes, int](), list[int]()
        for frame in roll:
            symbol = codes.setdefault(frame.tobytes(), len(codes))
            symbols.append(symbol)
            matches.add(symbol)
            repeated += matches.find()[1] >= fragment and len(set(symbols[-fragment:])) > 1
            total += 1
    return repeated / max(total, 1)


def longest_copies(rolls: Sequence[np.ndarray], sources: Sequence[np.ndarray]) -> list[int]:
    """For each piece the length, in chords, of its longest passage that some source has too, in any key.

    A chord that is held counts once.
    """
    known = [_transitions(source) for source in sources]
    grams: dict[int, set[bytes]] = {}

    def is_copied(text: np.ndarray, length: int) -> bool:
        if length not in grams:
            grams[length] = {gram for source in known for gram in _grams(source, length)}
        return any(gram in grams[length] for gram in _grams(text, length))

    longest = []
    for roll in rolls:
        text = _transitions(roll)
        low, high = 0, len(text)
        while low < high:  # bisection: a part of a copied passage is copied too
            middle = (low + high + 1) // 2
            low, high = (middle, high) if is_copied(text, middle) else (low, middle - 1)
        longest.append(low + 1)
    return longest


def _transitions(roll: np.ndarray) -> np.ndarray:
    """Hashes of a piece's steps from chord to chord, int64 `[chords - 1]`: both chords' intervals and the movement of the top voice.

    They are the same in every key.
    """
    chords = [keys for keys, _ in groupby(tuple(keys_of(frame).tolist()) for frame in roll) if keys]
    shapes = [tuple(keys[0] - key for key in keys) for keys in chords]
    steps = [hash((shapes[i - 1], chords[i][0] - chords[i - 1][0], shapes[i])) for i in range(1, len(chords))]
    return np.array(steps, np.int64)


def _grams(text: np.ndarray, length: int) -> Iterable[bytes]:
    return (text[i : i + length].tobytes() for i in range(len(text) - length + 1))
