"""Label sequences of a linear-chain CRF at run time: the best one, and how probable its parts are.

Many sentences go side by side, padded on the right to the longest; each step is one operation over all of them.
Scores are natural logarithms: label scores `[sentences, tokens, labels]`, transitions from the row's label to the column's
`[labels, labels]`, from the start to the first label and from the last to the end `[labels]`.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Transitions:
    """Scores of one label after another: `between` `[labels, labels]`, `start` and `end` `[labels]`.

    What must not be is scored very low (-1e4, say), and is never chosen.
    """

    between: np.ndarray
    start: np.ndarray
    end: np.ndarray


def viterbi(scores: np.ndarray, lengths: np.ndarray, transitions: Transitions) -> np.ndarray:
    """The best label sequence of each sentence (Viterbi 1967): int32 `[sentences, tokens]`, zeros after the end.

    `lengths` are the sentences' tokens, int `[sentences]`; of equal paths the one with the lowest labels from the end is taken.
    """
    sentences, tokens, labels = scores.shape
    if not sentences or not tokens:
        return np.zeros((sentences, tokens), np.int32)
    into = np.ascontiguousarray(transitions.between.T)  # [to, from]: the maximum runs along memory
    came = np.empty((tokens, sentences, labels), np.intp)
    best = transitions.start + scores[:, 0]
    ends = np.where((lengths == 1)[:, None], best, np.float32(0))
    for t in range(1, tokens):
        paths = best[:, None, :] + into
        came[t] = paths.argmax(axis=2)
        best = np.take_along_axis(paths, came[t][..., None], axis=2)[..., 0] + scores[:, t]
        ended = lengths == t + 1
        if ended.any():
            ends[ended] = best[ended]
    chosen = np.zeros((sentences, tokens), np.int32)
    last = (ends + transitions.end).argmax(axis=1)
    label, rows = last, np.arange(sentences)
    for t in range(tokens - 1, -1, -1):
        # A sentence that ended before begins its way back at its last token.
        label = np.where(lengths == t + 1, last, label)
        chosen[:, t] = np.where(lengths > t, label, 0)
        if t:
            label = came[t][rows, label]
    return chosen


def marginals(scores: np.ndarray, lengths: np.ndarray, transitions: Transitions) -> np.ndarray:
    """The probability of each label of each token, float64 `[sentences, tokens, labels]`, zeros after the end."""
    lattice = _forward_backward(scores, lengths, transitions)
    return lattice.forward * lattice.backward


def span_probabilities(
    scores: np.ndarray, lengths: np.ndarray, transitions: Transitions, labels: np.ndarray, spans: np.ndarray
) -> np.ndarray:
    """How probable it is that the tokens of a span have just these labels, whatever the others have: float64 `[spans]`.

    Args:
        labels: int `[sentences, tokens]`, as `viterbi` gives them.
        spans: int `[spans, 3]`: a sentence, its first token in the span, and the first after it.
    """
    if not len(spans):
        return np.zeros(0)
    lattice = _forward_backward(scores, lengths, transitions)
    sentence, start, end = np.asarray(spans).T
    # The logarithm of each step along the labels, scaled as the forward pass is; a span is a difference of two sums.
    between = transitions.between[labels[:, :-1], labels[:, 1:]].astype(np.float64)
    own = np.take_along_axis(lattice.scores, labels[..., None].astype(np.intp), axis=2)[..., 0]
    steps = np.zeros(labels.shape)
    steps[:, 1:] = between + own[:, 1:] - lattice.log_scale[:, 1:]
    inside = np.cumsum(steps, axis=1)
    first, last = labels[sentence, start], labels[sentence, end - 1]
    with np.errstate(divide="ignore"):  # the logarithm of 0 is what it should be
        total = np.log(lattice.forward[sentence, start, first]) + np.log(lattice.backward[sentence, end - 1, last])
    return np.exp(np.minimum(total + inside[sentence, end - 1] - inside[sentence, start], 0.0))


@dataclass(frozen=True)
class _Lattice:
    """Forward and backward variables `[sentences, tokens, labels]`, scaled so that their product is the marginal; the logarithm of
    each step's scale `[sentences, tokens]`; label scores of which each token's highest is 0."""

    forward: np.ndarray
    backward: np.ndarray
    log_scale: np.ndarray
    scores: np.ndarray


def _forward_backward(scores: np.ndarray, lengths: np.ndarray, transitions: Transitions) -> _Lattice:
    """Rabiner 1989, section III.A, with the scaling of section V.A: products of matrices, and no logarithm on the way."""
    sentences, tokens = scores.shape[:2]
    shifted = scores.astype(np.float64)
    # A floor: where only a hopeless label may follow, all would be 0 otherwise.
    shifted = np.maximum(shifted - shifted.max(axis=2, keepdims=True), -300.0)
    own = np.exp(shifted)
    between, start, end = (np.exp(part.astype(np.float64)) for part in (transitions.between, transitions.start, transitions.end))
    forward, backward = np.zeros_like(own), np.zeros_like(own)
    scale = np.ones((sentences, tokens))
    here = np.arange(tokens) < np.asarray(lengths)[:, None]
    for t in range(tokens):
        reached = own[:, t] * (start if t == 0 else forward[:, t - 1] @ between) * here[:, t, None]
        scale[:, t] = np.where(here[:, t], reached.sum(axis=1), 1.0)
        forward[:, t] = reached / scale[:, t, None]
    for t in range(tokens - 1, -1, -1):
        last = (np.asarray(lengths) == t + 1)[:, None]
        if t == tokens - 1:
            backward[:, t] = np.where(last, end, 0.0)
        else:
            onward = (own[:, t + 1] * backward[:, t + 1]) @ between.T / scale[:, t + 1, None]
            backward[:, t] = np.where(last, end, onward)
    # The end's transition is no token's scale: it divides the whole sentence.
    product = (forward * backward).sum(axis=2, keepdims=True)
    backward /= np.where(product > 0, product, 1.0)
    return _Lattice(forward, backward, np.log(scale), shifted)
