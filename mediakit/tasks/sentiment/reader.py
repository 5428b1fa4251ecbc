"""Words in, what each says out: many texts side by side, step by step."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from mediakit.runtime.batching import batches_by_length
from mediakit.runtime.model_folder import ModelFolder
from mediakit.runtime.network import Network
from mediakit.runtime.recurrence import StepReader, TokenTable
from mediakit.runtime.workers import Pool, in_order
from mediakit.text.word_features import WordFeatures


class Reading(NamedTuple):
    """The logit of positive of a text, and its share of each word `[words]`, which add up to it; without attention they are zeros."""

    logit: float
    words: np.ndarray


class OpinionReader:
    """Reads texts with a recurrent network and attention. Threads may share it.

    Args:
        folder: an opened model folder of the task sentiment.
        features: its word features.
        threads: how many groups of texts are read side by side.

    Raises ModelError when the files do not belong together.
    """

    def __init__(self, folder: ModelFolder, features: WordFeatures, threads: int | None = None):
        self._threads = threads
        self._tokens = TokenTable(features, folder.network("token"))
        self._readers = Pool(lambda: _GroupReader(folder.network("step"), folder.network("opinions")))

    def __call__(self, texts: Sequence[Sequence[str]]) -> list[Reading]:
        """A reading of each text, given as its words; none is empty."""
        features, rows = self._tokens(texts)
        found: list[Reading] = [Reading(0.0, np.zeros(0))] * len(texts)

        def read(group: np.ndarray) -> list[Reading]:
            with self._readers.one() as reader:
                return list(reader(features, [rows[i] for i in group]))

        for group, of_group in in_order(read, batches_by_length([len(text) for text in texts]), self._threads):
            for i, reading in zip(group, of_group, strict=True):
                found[i] = reading
        return found


class _GroupReader:
    """Reads a group of texts side by side.

    Args:
        step: see `StepReader`.
        opinions: `forward_h` (and `backward_h`) `[words, units]` to `opinion` and, with attention, `attention` `[words, heads]`.
    """

    def __init__(self, step: Network, opinions: Network):
        self._read, self._opinions = StepReader(step), opinions
        self._attends = any(tensor["name"] == "attention" for tensor in opinions.outputs)

    def __call__(self, tokens: np.ndarray, texts: Sequence[np.ndarray]) -> Iterator[Reading]:
        """Yield the readings of texts, each given as its words' rows in `tokens`."""
        lengths = np.array([len(text) for text in texts])
        states = self._read(tokens, texts)
        ends = np.cumsum(lengths)
        if not self._attends:
            # The last state of each direction: at the last word forwards, at the first one backwards.
            last = {name: array[ends - 1 if name == "forward_h" else ends - lengths] for name, array in states.items()}
            for logit, length in zip(self._opinions(**last)["opinion"][:, 0], lengths, strict=True):
                yield Reading(float(logit), np.zeros(length, np.float32))
            return
        said = self._opinions(**states)
        starts = ends - lengths
        # A softmax over the words of each text, for each head.
        weights = np.exp(said["attention"] - np.repeat(np.maximum.reduceat(said["attention"], starts), lengths, axis=0))
        weights /= np.repeat(np.add.reduceat(weights, starts), lengths, axis=0)
        shares = (weights * said["opinion"]).sum(axis=1)
        for start, end in zip(starts, ends, strict=True):
            yield Reading(float(shares[start:end].sum()), shares[start:end])
