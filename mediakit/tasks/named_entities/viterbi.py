"""Inference in a linear-chain CRF: the best label sequence, and the probabilities of its parts.

Many sentences are processed at once, padded on the right to the longest; each step is one operation over all of them. Scores are
natural logarithms: label scores `[sentences, tokens, labels]`, transitions `[labels, labels]` from the row's label to the
column's, and transitions `[labels]` from the start to the first label and from the last label to the end.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Transitions:
    """Transition scores: `between` `[labels, labels]`, `start` and `end` `[labels]`.

    A forbidden transition has a very low score, such as -1e4, and is never chosen.
    """

    between: np.ndarray
    start: np.ndarray
    end: np.ndarray


def viterbi(scores: np.ndarray, lengths: np.ndarray, transitions: Transitions) -> np.ndarray:
    """The best label sequence of each sentence (Viterbi 1967), int32 `[sentences, tokens]`, zero beyond the end.

    `lengths`, int `[sentences]`, are numbers of tokens. Ties are broken in favour of lower labels, from the end backwards.
    """
    sentences, tokens, labels = scores.shape
    if not sentences or not tokens:
        return np.zeros((sentences, tokens), np.int32)
    into = np.ascontiguousarray(transitions.between.T)  # [to, from], so that the maximum is over contiguous memory
    backpointers = np.empty((tokens, sentences, labels), np.intp)
    best = transitions.start + scores[:, 0]
    ends = np.where((lengths == 1)[:, None], best, np.float32(0))
    for t in range(1, tokens):
        paths = best[:, None, :] + into
        backpointers[t] = paths.argmax(axis=2)
        best = np.take_along_axis(paths, backpointers[t][..., None], axis=2)[..., 0] + scores[:, t]
        ended = lengths == t + 1
        if ended.any():
            ends[ended] = best[ended]
    chosen = np.zeros((sentences, tokens), np.int32)
    last = (ends + transitions.end).argmax(axis=1)
    label, rows = last, np.arange(sentences)
    for t in range(tokens - 1, -1, -1):
        # Backtracking of a shorter sentence starts at its own last token.
        label = np.where(lengths == t + 1, last, label)
        chosen[:, t] = np.where(lengths > t, label, 0)
        if t:
            label = backpointers[t][rows, label]
    return chosen


def span_probabilities(
    scores: np.ndarray, lengths: np.ndarray, transitions: Transitions, labels: np.ndarray, spans: np.ndarray
) -> np.ndarray:
    """The probability that the tokens of a span have exactly these labels, whatever the other tokens' labels: float64 `[spans]`.

    Args:
        scores, lengths, transitions: as for `viterbi`.
        labels: int `[sentences, tokens]`, as `viterbi` returns them.
        spans: int `[spans, 3]`: a sentence, the span's first token, and the token after its last.
    """
    if not len(spans):
        return np.zeros(0)
    lattice = _forward_backward(scores, lengths, transitions)
    sentence, start, end = np.asarray(spans).T
    # The log-weight of each step along the labels, scaled as in the forward pass. A span's is a difference of two cumulative sums.
    between = transitions.between[labels[:, :-1], labels[:, 1:]].astype(np.float64)
    own = np.take_along_axis(lattice.scores, labels[..., None].astype(np.intp), axis=2)[..., 0]
    steps = np.zeros(labels.shape)
    steps[:, 1:] = between + own[:, 1:] - lattice.log_scale[:, 1:]
    inside = np.cumsum(steps, axis=1)
    first, last = labels[sentence, start], labels[sentence, end - 1]
    with np.errstate(divide="ignore"):  # log(0) = -inf is correct here
        total = np.log(lattice.forward[sentence, start, first]) + np.log(lattice.backward[sentence, end - 1, last])
    return np.exp(np.minimum(total + inside[sentence, end - 1] - inside[sentence, start], 0.0))


@dataclass(frozen=True)
class _Lattice:
    """Forward and backward variables `[sentences, tokens, labels]`, scaled so that their product is the marginal.

    `log_scale` `[sentences, tokens]` is the log of each step's scale. `scores` are label scores, shifted so that each token's
    highest is 0.
    """

    forward: np.ndarray
    backward: np.ndarray
    log_scale: np.ndarray
    scores: np.ndarray


def _forward_backward(scores: np.ndarray, lengths: np.ndarray, transitions: Transitions) -> _Lattice:
    """The forward-backward algorithm (Rabiner 1989, section III.A), scaled (section V.A) so that it needs no logarithms."""
    sentences, tokens = scores.shape[:2]
    shifted = scores.astype(np.float64)
    # A floor, without which all would be 0 where only a hopeless label may follow.
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
    # The transition to the end belongs to no token's scale, so it normalises the whole sentence.
    product = (forward * backward).sum(axis=2, keepdims=True)
    backward /= np.where(product > 0, product, 1.0)
    return _Lattice(forward, backward, np.log(scale), shifted)
