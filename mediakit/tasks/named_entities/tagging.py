"""Label scores of sentences by a bidirectional LSTM that ships as one step: many sentences side by side, token by token."""

from collections.abc import Sequence

import numpy as np

from mediakit.runtime.network import Network
from mediakit.tasks.named_entities.viterbi import Transitions


class SentenceScorer:
    """Scores labels of tokens in their sentences. It can be pickled.

    Args:
        step: one token in each direction: inputs `token_forward`, `token_backward` `[sentences, features]`, inputs and outputs
            `forward_h`, `forward_c`, `backward_h`, `backward_c` `[sentences, units]`.
        scores: `forward_h`, `backward_h` `[tokens, units]` to `scores` `[tokens, labels]`.
        transitions: `label` int32 `[labels + 1]` to `transitions` `[labels + 1, labels + 1]`; the last row is the start, the last
            column the end.
    """

    def __init__(self, step: Network, scores: Network, transitions: Network):
        self._step, self._scores = step, scores
        self._sizes = {tensor["name"]: int(tensor["shape"][1]) for tensor in step.inputs}
        self.labels = int(scores.outputs[0]["shape"][1])
        table = transitions(label=np.arange(self.labels + 1, dtype=np.int32))["transitions"]
        self.transitions = Transitions(table[:-1, :-1], table[-1, :-1], table[:-1, -1])

    def __call__(self, tokens: np.ndarray, sentences: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Label scores of a group of sentences.

        Args:
            tokens: float32 `[distinct tokens, features]`, what the network `token` says of each.
            sentences: of each, its tokens' rows in `tokens`; none is empty.

        Returns:
            Scores float32 `[sentences, longest, labels]`, zeros after a sentence's end, and lengths int `[sentences]`.
        """
        lengths = np.array([len(sentence) for sentence in sentences])
        longest, rows = int(lengths.max()), np.arange(len(sentences))
        numbers = np.zeros((len(sentences), longest), np.intp)
        for line, sentence in zip(numbers, sentences, strict=True):
            line[: len(sentence)] = sentence
        # Backwards each sentence begins at its own last token; beyond its first it repeats it, and nobody looks.
        places = np.maximum(lengths[:, None] - 1 - np.arange(longest), 0)
        state = {name: np.zeros((len(sentences), size), np.float32) for name, size in self._sizes.items() if name[-2:] in ("_h", "_c")}
        forward, backward = (np.empty((longest, len(sentences), self._sizes[name]), np.float32) for name in ("forward_h", "backward_h"))
        for i in range(longest):
            state = self._step(token_forward=tokens[numbers[:, i]], token_backward=tokens[numbers[rows, places[:, i]]], **state)
            forward[i], backward[i] = state["forward_h"], state["backward_h"]
        sentence, place = np.nonzero(np.arange(longest) < lengths[:, None])
        # The backward call for the token at a place was the one with this same number, seen from the end.
        scored = self._scores(forward_h=forward[place, sentence], backward_h=backward[lengths[sentence] - 1 - place, sentence])
        scores = np.zeros((len(sentences), longest, self.labels), np.float32)
        scores[sentence, place] = scored["scores"]
        return scores, lengths
