"""Music by its likelihood, as the benchmark of polyphonic music has it (Boulanger-Lewandowski et al. 2012); and counts that tell
whether what a model composes is like what it learned from: pitch classes, lengths, chords, repeats, and what is copied."""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from mediakit.datasets import pieces
from mediakit.errors import InputError
from mediakit.media.keys import find_key, pitch_classes
from mediakit.media.piano_roll import LongestMatch, keys_of

RESAMPLES = 1000
REPEAT = 4  # frames: shorter fragments come again by chance


def examples(folder: Path, split: str, config: dict[str, Any]) -> list[np.ndarray]:
    """The pieces of a split, uint8 `[frames, 88]` each, of the set that the model learned from."""
    return pieces.read(folder, split, config.get("dataset"), config.get("frames_per_beat", 4))


def evaluate(
    pipeline: Any, rolls: Sequence[np.ndarray], *, options: dict[str, Any] | None = None, progress: Callable[[Any], Any] = iter
) -> dict[str, Any]:
    """Exact negative log-likelihood of pieces, nats: `nll_per_frame` is the sum over all frames of all pieces, each from its
    beginning, over their number; `nll_per_note` the same sum over the number of notes.

    Args:
        pipeline: a `Composer`.
        rolls: piano rolls `[frames, 88]`.
        options: there are none.
        progress: wraps the stream of pieces.
    """
    if options:
        raise InputError(f"music has no option {', '.join(options)}; name a model's setting, such as dataset=jsb")
    sums, lengths = np.zeros(len(rolls)), np.array([len(roll) for roll in rolls])
    for index, log_probabilities in progress(pipeline.log_likelihoods(rolls)):
        sums[index] = -log_probabilities.sum()
    notes = sum(int(roll.sum()) for roll in rolls)
    values = {"nll_per_frame": float(sums.sum() / lengths.sum()), "nll_per_note": float(sums.sum() / max(notes, 1))}
    chosen = np.random.default_rng(0).integers(len(rolls), size=(RESAMPLES, len(rolls)))
    low, high = np.quantile(sums[chosen].sum(axis=1) / lengths[chosen].sum(axis=1), [0.025, 0.975])
    return {
        "examples": len(rolls),
        "options": {},
        "values": values,
        "intervals": {"nll_per_frame": (float(low), float(high))},
        "baselines": {"each key by itself, as often as in these very pieces": {"nll_per_frame": independent_keys(rolls)}},
    }


def independent_keys(rolls: Sequence[np.ndarray]) -> float:
    """Nats a frame of a model that gives each key the share of these frames in which it sounds."""
    share = np.concatenate(list(rolls)).mean(axis=0)
    share = share[(share > 0) & (share < 1)]
    return float(-(share * np.log(share) + (1 - share) * np.log(1 - share)).sum())


def pitch_class_shares(rolls: Iterable[np.ndarray]) -> np.ndarray:
    """How often each pitch class sounds, counted from the piece's tonic, `[12]`, summing to 1."""
    total = sum((np.roll(pitch_classes(roll), -find_key(roll).tonic) for roll in rolls), np.zeros(12))
    return total / max(total.sum(), 1)


def length_shares(rolls: Iterable[np.ndarray], longest: int) -> np.ndarray:
    """How many frames keys sound on, 1 to `longest` and more, as shares of all their runs."""
    counts = np.zeros(longest)
    for roll in rolls:
        edges = np.diff(np.pad(roll.astype(np.int8), ((1, 1), (0, 0))), axis=0).T
        lengths = np.argwhere(edges == -1)[:, 1] - np.argwhere(edges == 1)[:, 1]
        counts += np.bincount(np.minimum(lengths, longest) - 1, minlength=longest)
    return counts / max(counts.sum(), 1)


def polyphony_shares(rolls: Iterable[np.ndarray], most: int) -> np.ndarray:
    """How many keys sound at once, 0 to `most` and more, as shares of all frames."""
    counts = sum((np.bincount(np.minimum(roll.sum(axis=1), most), minlength=most + 1) for roll in rolls), np.zeros(most + 1, int))
    return counts / max(counts.sum(), 1)


def repeated_share(rolls: Iterable[np.ndarray], fragment: int = REPEAT) -> float:
    """The share of frames that end a fragment, of so many frames that are not all the same, which came before in its piece."""
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
    """For each piece the most chords in a row that some source has too, in whatever key; a chord that stays counts once."""
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
        while low < high:  # what is copied has parts that are copied
            middle = (low + high + 1) // 2
            low, high = (middle, high) if is_copied(text, middle) else (low, middle - 1)
        longest.append(low + 1)
    return longest


def _transitions(roll: np.ndarray) -> np.ndarray:
    """A piece's steps from chord to chord: both chords' intervals, and how far the top moves, int64 `[chords - 1]`. The same in every
    key."""
    chords = [keys for keys, _ in groupby(tuple(keys_of(frame).tolist()) for frame in roll) if keys]
    shapes = [tuple(keys[0] - key for key in keys) for keys in chords]
    steps = [hash((shapes[i - 1], chords[i][0] - chords[i - 1][0], shapes[i])) for i in range(1, len(chords))]
    return np.array(steps, np.int64)


def _grams(text: np.ndarray, length: int) -> Iterable[bytes]:
    return (text[i : i + length].tobytes() for i in range(len(text) - length + 1))
