"""Recurrent networks that are exported as one step, over the words of many texts side by side."""

from collections.abc import Mapping, Sequence
from threading import Lock

import numpy as np

from mediakit.errors import ModelError
from mediakit.runtime.network import Network
from mediakit.text.word_features import WordFeatures

KEPT = 20_000  # distinct tokens whose features are kept, one kilobyte each


class TokenTable:
    """A token network's features of every distinct token, kept from batch to batch. Threads may share it.

    Args:
        known: encodes tokens.
        network: encoded tokens, by the names of `TokenFeatures`, to `token` `[tokens, features]`.

    Raises ModelError when the two do not belong together.
    """

    def __init__(self, known: WordFeatures, network: Network):
        self._known, self._network = known, network
        shapes = {tensor["name"]: tensor["shape"] for tensor in network.inputs}
        self._length = int(shapes["characters"][1])
        self._inputs = tuple(shapes)
        if ("vectors" in shapes) != (known.dimensions > 0) or (known.dimensions and shapes["vectors"][1] != known.dimensions):
            raise ModelError(f"{network.path}: the network and the word vectors don't belong together")
        self._numbers: dict[str, int] = {}
        self._features = np.empty((0, int(network.outputs[0]["shape"][1])), np.float32)
        self._lock = Lock()

    def __call__(self, texts: Sequence[Sequence[str]]) -> tuple[np.ndarray, list[np.ndarray]]:
        """Features `[distinct tokens, features]`, and for each text its tokens' rows in them."""
        with self._lock:
            if len(self._numbers) > KEPT:
                self._numbers, self._features = {}, self._features[:0]
            numbers = self._numbers
            new = list(dict.fromkeys(token for text in texts for token in text if token not in numbers))
            if new:
                encoded = self._known.encode(new, self._length)
                features = self._network(**{name: getattr(encoded, name) for name in self._inputs})["token"]
                self._features = np.concatenate([self._features, features])
                numbers.update((token, i) for i, token in enumerate(new, len(numbers)))
            return self._features, [np.array([numbers[token] for token in text], np.intp) for text in texts]


class StepReader:
    """Runs a step network over texts, forwards, and backwards too if it has a part for that.

    Args:
        step: one token in each direction: inputs `token_forward` (and `token_backward`) `[texts, features]`; inputs and outputs
            `forward_h` and, for an LSTM, `forward_c` (likewise `backward_`) `[texts, units]`.
    """

    def __init__(self, step: Network):
        self._step = step
        self._states = {tensor["name"]: int(tensor["shape"][1]) for tensor in step.inputs if tensor["name"][-2:] in ("_h", "_c")}
        self._backwards = "backward_h" in self._states

    def __call__(self, tokens: np.ndarray, texts: Sequence[np.ndarray]) -> Mapping[str, np.ndarray]:
        """The states at all tokens of all texts, one text after the other.

        Args:
            tokens: float32 `[distinct tokens, features]`.
            texts: for each text its tokens' rows in `tokens`; none is empty.

        Returns `forward_h` (and `backward_h`) `[tokens of all texts, units]`.
        """
        lengths = np.array([len(text) for text in texts])
        longest, rows = int(lengths.max()), np.arange(len(texts))
        # Padding repeats the first token and is ignored.
        numbers = np.zeros((len(texts), longest), np.intp)
        for line, text in zip(numbers, texts, strict=True):
            line[: len(text)] = text
        # Backwards, the first step reads each text's last token.
        backward_positions = np.maximum(lengths[:, None] - 1 - np.arange(longest), 0)
        state = {name: np.zeros((len(texts), size), np.float32) for name, size in self._states.items()}
        outputs = {name: np.empty((longest, len(texts), size), np.float32) for name, size in self._states.items() if name.endswith("_h")}
        for i in range(longest):
            given = {"token_forward": tokens[numbers[:, i]]}
            if self._backwards:
                given["token_backward"] = tokens[numbers[rows, backward_positions[:, i]]]
            state = self._step(**given, **state)
            for name, output in outputs.items():
                output[i] = state[name]
        text, position = np.nonzero(np.arange(longest) < lengths[:, None])
        states = {"forward_h": outputs["forward_h"][position, text]}
        if self._backwards:
            # The token at a position is read in the step with that number, counted from the end.
            states["backward_h"] = outputs["backward_h"][lengths[text] - 1 - position, text]
        return states
