"""The CRF, checked against sums over all label sequences."""

import itertools

import numpy as np
import pytest

pytest.importorskip("keras", reason="layers need the extra train")
from keras import ops

from mediakit.layers.crf import FORBIDDEN, LinearChainCRF
from mediakit.tasks.named_entities.viterbi import Transitions, viterbi

LABELS, STEPS = 3, 4


def crf(allowed=None, seed=0):
    allowed = np.ones((LABELS + 1, LABELS + 1), bool) if allowed is None else allowed
    layer = LinearChainCRF(allowed.tolist())
    layer.build((None, None, LABELS))
    layer.weight.assign(np.random.default_rng(seed).normal(size=(LABELS + 1, LABELS + 1)))
    return layer


def path_score(table, scores, path):
    edges = itertools.pairwise([LABELS, *path, LABELS])
    return sum(scores[t, label] for t, label in enumerate(path)) + sum(table[a, b] for a, b in edges)


def all_paths(length):
    return list(itertools.product(range(LABELS), repeat=length))


def batch(lengths=(4, 2, 1, 3), seed=1):
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(len(lengths), STEPS, LABELS)).astype(np.float32) * 3
    labels = rng.integers(0, LABELS, (len(lengths), STEPS))
    return scores, labels, np.arange(STEPS) < np.array(lengths)[:, None]


def test_log_likelihood_against_all_paths():
    layer, (scores, labels, mask) = crf(), batch()
    table = np.asarray(layer.transitions, np.float64)
    got = np.asarray(layer.log_likelihood(scores, labels, mask))
    for row, n in enumerate(mask.sum(axis=1)):
        every = [path_score(table, scores[row], path) for path in all_paths(n)]
        expected = path_score(table, scores[row], labels[row, :n]) - np.log(np.sum(np.exp(every)))
        assert got[row] == pytest.approx(expected, abs=1e-4)


def test_padding_does_not_matter():
    layer, (scores, labels, mask) = crf(), batch()
    changed = np.where(mask[..., None], scores, 50.0).astype(np.float32)
    other = np.where(mask, labels, 2)
    np.testing.assert_allclose(layer.log_likelihood(scores, labels, mask), layer.log_likelihood(changed, other, mask), rtol=1e-5)


def test_forbidden_transitions_have_no_probability():
    allowed = np.ones((LABELS + 1, LABELS + 1), bool)
    allowed[0, 1] = allowed[LABELS, 2] = allowed[1, LABELS] = False  # 0 to 1, start to 2, 1 to end
    layer, (scores, _, _) = crf(allowed), batch([3])
    assert np.asarray(layer.transitions)[~allowed].tolist() == [FORBIDDEN] * 3
    mask = np.array([[True, True, True, False]])
    total = 0.0
    for path in all_paths(3):
        probability = float(np.exp(layer.log_likelihood(scores, np.array([[*path, 0]]), mask))[0])
        steps = itertools.pairwise([LABELS, *path, LABELS])
        assert (probability > 0) == all(allowed[a, b] for a, b in steps)
        total += probability
    assert total == pytest.approx(1, abs=1e-4)


def test_gradient_is_marginal_minus_label():
    """The gradient with respect to the label scores (Lafferty et al. 2001, section 3), checked against all paths."""
    tf = pytest.importorskip("tensorflow")
    layer, (scores, labels, mask) = crf(), batch()
    with tf.GradientTape() as tape:
        inputs = tf.constant(scores)
        tape.watch(inputs)
        total = ops.sum(layer.log_likelihood(inputs, labels, mask))
    gradient, transitions = tape.gradient(total, [inputs, layer.weight.value])
    table = np.asarray(layer.transitions, np.float64)
    for row, n in enumerate(mask.sum(axis=1)):
        weights = np.array([np.exp(path_score(table, scores[row], path)) for path in all_paths(n)])
        onehot = np.eye(LABELS)[np.array(all_paths(n))]
        marginal = np.einsum("p,ptl->tl", weights / weights.sum(), onehot)
        np.testing.assert_allclose(gradient[row, :n], np.eye(LABELS)[labels[row, :n]] - marginal, atol=1e-4)
        assert not np.any(gradient[row, n:])
    assert np.all(np.isfinite(transitions)) and np.any(transitions != 0)


def test_one_token_and_wrong_sizes():
    layer = crf()
    scores = np.random.default_rng(0).normal(size=(1, 1, LABELS)).astype(np.float32)
    every = [float(np.exp(layer.log_likelihood(scores, np.array([[label]]), np.ones((1, 1), bool)))[0]) for label in range(LABELS)]
    assert sum(every) == pytest.approx(1, abs=1e-5)
    with pytest.raises(ValueError, match="scores of 5 labels"):
        LinearChainCRF(np.ones((4, 4), bool).tolist()).build((None, None, 5))
    with pytest.raises(ValueError, match="as many columns"):
        LinearChainCRF([[True, True]])


def test_passes_scores_through_and_can_be_saved():
    layer = crf()
    scores = np.random.default_rng(0).normal(size=(2, 5, LABELS)).astype(np.float32)
    np.testing.assert_array_equal(layer(scores), scores)
    again = LinearChainCRF.from_config(layer.get_config())
    assert again.allowed == layer.allowed


def test_decoding_agrees_with_the_runtime():
    allowed = np.random.default_rng(3).random((LABELS + 1, LABELS + 1)) < 0.7
    allowed[0] = allowed[:, 0] = True
    layer, (scores, _, mask) = crf(allowed), batch([4, 2, 1, 3, 4], seed=5)
    table = np.asarray(layer.transitions)
    expected = viterbi(scores, mask.sum(axis=1), Transitions(table[:-1, :-1], table[-1, :-1], table[:-1, -1]))
    np.testing.assert_array_equal(layer.decode(scores, mask), expected)
