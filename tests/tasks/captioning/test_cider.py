"""The fast CIDEr-D against the formula written out, and against the COCO scorers' CIDEr."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.tasks.captioning.cider import CiderD

captions = st.lists(st.integers(0, 6), min_size=1, max_size=9)
photos = st.lists(st.lists(captions, min_size=1, max_size=3), min_size=2, max_size=5)


def written_out(references, photo, candidate):
    """Vedantam et al. 2015, equations 1 to 3 and section 7, term by term."""

    def grams(tokens, n):
        return Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))

    def weights(tokens, n):
        def documents(gram):
            return sum(any(gram in grams(r, n) for r in texts) for texts in references)

        return {gram: count * math.log(len(references) / max(1, documents(gram))) for gram, count in grams(tokens, n).items()}

    total = 0.0
    for n in range(1, 5):
        own = weights(candidate, n)
        for reference in references[photo]:
            other = weights(reference, n)
            norms = math.sqrt(sum(w * w for w in own.values())) * math.sqrt(sum(w * w for w in other.values()))
            product = sum(min(w, other.get(gram, 0.0)) * other.get(gram, 0.0) for gram, w in own.items())
            penalty = math.exp(-((len(candidate) - len(reference)) ** 2) / (2 * 6.0**2))
            total += product / norms * penalty / len(references[photo]) if norms else 0.0
    return 10 * total / 4


@given(photos, captions)
def test_is_the_formula(references, candidate):
    scorer = CiderD(references)
    scores = scorer.score([0, 1], [candidate, candidate])
    assert scores == pytest.approx([written_out(references, i, candidate) for i in (0, 1)], abs=1e-4)


def test_agrees_with_the_published_scorer():
    """The published CIDEr has no clipping; with no word twice in a caption the two are the same."""
    cider = pytest.importorskip("pycocoevalcap.cider.cider", reason="the scorers come with the extra train")
    rng = np.random.default_rng(0)
    references = [[rng.permutation(30)[: rng.integers(4, 10)].tolist() for _ in range(4)] for _ in range(20)]
    given_ = [rng.permutation(30)[: rng.integers(4, 10)].tolist() for _ in range(20)]

    def text(tokens):
        return " ".join(f"w{token}" for token in tokens)

    wanted, _ = cider.Cider().compute_score(
        {i: [text(t) for t in texts] for i, texts in enumerate(references)}, {i: [text(t)] for i, t in enumerate(given_)}
    )
    assert CiderD(references).score(range(20), given_).mean() == pytest.approx(wanted, rel=1e-4)


def test_an_own_reference_scores_highest():
    references = [[[1, 2, 3, 4, 5]], [[6, 7, 8, 9, 1]], [[2, 9, 3, 7, 7]]]
    scores = CiderD(references).score([0, 0], [[1, 2, 3, 4, 5], [6, 7, 8, 9, 1]])
    assert scores[0] == pytest.approx(10.0, abs=1e-4) and scores[1] < 1
