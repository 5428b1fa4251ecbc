"""What tells of a translation whether it is usable, see `runtime.confidence`."""

from collections.abc import Sequence

import numpy as np

from mediakit.runtime.decoding import Hypothesis
from mediakit.text.subwords import Subwords

FEATURES = ("log_probability", "familiarity", "spelled", "copied", "coverage", "length_ratio", "length")


class Evidence:
    """Measures the features of translations.

    Args:
        source: the subwords of the source language.
    """

    def __init__(self, source: Subwords):
        pieces = source.pieces(range(len(source)))
        self._letters = np.array([len(piece.replace("▁", "")) for piece in pieces])
        # A letter within a word: only a word that the model has hardly seen is cut so small.
        self._spelled = np.array([len(piece) == 1 and piece.isalpha() for piece in pieces])
        self._spelled[source.unknown] = True
        self._log_probabilities = np.array(source.log_probabilities(range(len(source))))

    def features(self, ids: Sequence[int], found: Hypothesis, source_words: Sequence[str], target_words: Sequence[str]) -> dict[str, float]:
        """The features of a translation.

        - log_probability: of the translation, per subword.
        - familiarity: log-probability of the source's subwords by themselves, per character.
        - spelled: the share of source subwords that spell a word out.
        - copied: the share of target words that are words of the source.
        - coverage: how much of the source was attended to, 0 to 1.
        - length_ratio: the absolute logarithm of target to source subwords.
        - length: the logarithm of the number of source subwords.

        Args:
            ids: the subwords of the source sentence, one or more.
            found: the translation.
            source_words, target_words: both as words.
        """
        row, known = np.asarray(ids), set(source_words)
        letters = [word for word in target_words if word.isalpha()]
        attended = np.zeros(len(ids)) if found.attention is None else found.attention[:, : len(ids)].sum(axis=0)
        values = (
            found.log_probability / (len(found.tokens) + 1),
            self._log_probabilities[row].sum() / max(1, self._letters[row].sum()),
            self._spelled[row].mean(),
            sum(word in known for word in letters) / max(1, len(letters)),
            np.minimum(attended, 1).mean(),
            abs(np.log((len(found.tokens) + 1) / (len(ids) + 1))),
            np.log(len(ids)),
        )
        return dict(zip(FEATURES, map(float, values), strict=True))
