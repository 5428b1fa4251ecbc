"""Viterbi and forward-backward, checked against all label sequences."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.tasks.named_entities.viterbi import Transitions, span_probabilities, viterbi


def problem(seed, labels=3, lengths=(4, 1, 3, 2), forbid=0.0):
    """Random scores with some forbidden transitions, but never from or to label 0, so that a path remains."""
    rng = np.random.default_rng(seed)
    lengths = np.array(lengths)
    scores = (3 * rng.normal(size=(len(lengths), max(lengths, default=0), labels))).astype(np.float32)
    table = rng.normal(size=(labels + 1, labels + 1)).astype(np.float32)
    hopeless = rng.random(table.shape) < forbid
    hopeless[0] = hopeless[:, 0] = False
    table[hopeless] = -1e4
    return scores, lengths, Transitions(table[:-1, :-1], table[-1, :-1], table[:-1, -1])


def marginals(scores, lengths, transitions):
    """The probability of each label of each token `[sentences, tokens, labels]`, zero beyond the end."""
    tokens = np.argwhere(np.arange(scores.shape[1]) < lengths[:, None])
    spans = np.column_stack([tokens, tokens[:, 1] + 1])
    each = np.zeros(scores.shape)
    for label in range(scores.shape[2]):
        labels = np.full(scores.shape[:2], label)
        each[tokens[:, 0], tokens[:, 1], label] = span_probabilities(scores, lengths, transitions, labels, spans)
    return each


def score(scores, transitions, path):
    steps = sum(transitions.between[a, b] for a, b in itertools.pairwise(path))
    return float(sum(scores[t, label] for t, label in enumerate(path)) + steps + transitions.start[path[0]] + transitions.end[path[-1]])


def distribution(scores, transitions, length):
    paths = list(itertools.product(range(scores.shape[1]), repeat=length))
    totals = np.array([score(scores, transitions, path) for path in paths], np.float64)
    weights = np.exp(totals - totals.max())
    return paths, totals, weights / weights.sum()


@given(st.integers(0, 10_000), st.integers(1, 3), st.lists(st.integers(1, 4), min_size=1, max_size=3), st.sampled_from([0.0, 0.4]))
def test_against_all_paths(seed, labels, lengths, forbid):
    scores, lengths, transitions = problem(seed, labels, lengths, forbid)
    best = viterbi(scores, lengths, transitions)
    each = marginals(scores, lengths, transitions)
    assert best.dtype == np.int32 and best.shape == scores.shape[:2]
    for row, n in enumerate(lengths):
        paths, totals, probabilities = distribution(scores[row], transitions, n)
        assert score(scores[row], transitions, best[row, :n].tolist()) == pytest.approx(totals.max(), abs=1e-3)
        assert not best[row, n:].any()
        expected = np.einsum("p,ptl->tl", probabilities, np.eye(labels)[np.array(paths)])
        np.testing.assert_allclose(each[row, :n], expected, atol=1e-5)
        assert not each[row, n:].any()
        for start, end in itertools.combinations(range(n + 1), 2):
            [got] = span_probabilities(scores, lengths, transitions, best, np.array([[row, start, end]]))
            inside = [p for path, p in zip(paths, probabilities, strict=True) if path[start:end] == tuple(best[row, start:end].tolist())]
            assert got == pytest.approx(sum(inside), abs=1e-5)


def test_many_spans_at_once():
    scores, lengths, transitions = problem(3)
    labels = viterbi(scores, lengths, transitions)
    spans = np.array([[0, 0, 4], [2, 1, 3], [1, 0, 1], [0, 1, 2]])
    together = span_probabilities(scores, lengths, transitions, labels, spans)
    alone = [span_probabilities(scores, lengths, transitions, labels, spans[i : i + 1])[0] for i in range(len(spans))]
    np.testing.assert_allclose(together, alone)
    assert span_probabilities(scores, lengths, transitions, labels, np.zeros((0, 3), int)).shape == (0,)


def test_forbidden_transitions_are_never_chosen():
    scores, lengths, transitions = problem(0, 3, [5])
    transitions.between[1, 2] = -1e4
    scores[0, :, 0] = -200
    scores[0, ::2, 1] = scores[0, 1::2, 2] = 100  # favours 1 2 1 2 1
    path = viterbi(scores, lengths, transitions)[0].tolist()
    assert (1, 2) not in set(itertools.pairwise(path))
    assert np.all(np.isfinite(marginals(scores, lengths, transitions)))


def test_long_sentences_neither_overflow_nor_underflow():
    scores, lengths, transitions = problem(1, 9, [2000, 3])
    scores *= 30
    each = marginals(scores, lengths, transitions)
    np.testing.assert_allclose(each[0].sum(axis=1), 1, atol=1e-9)
    np.testing.assert_allclose(each[1, :3].sum(axis=1), 1, atol=1e-9)


def test_sentences_are_independent():
    scores, lengths, transitions = problem(2, 5, [6, 2, 4, 1, 6])
    together = viterbi(scores, lengths, transitions)
    for row, n in enumerate(lengths):
        alone = viterbi(scores[row : row + 1, :n], lengths[row : row + 1], transitions)
        np.testing.assert_array_equal(alone[0], together[row, :n])


def test_no_sentences():
    _, _, transitions = problem(0)
    assert viterbi(np.zeros((0, 0, 3), np.float32), np.zeros(0, int), transitions).shape == (0, 0)
