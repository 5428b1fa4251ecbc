"""Entity scores against the field's scorer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.tasks.named_entities.entity_f1 import entity_scores

LABELS = st.sampled_from(["O", "O", "B-PER", "I-PER", "B-LOC", "I-LOC"])
PAIRS = st.lists(st.lists(st.tuples(LABELS, LABELS), max_size=6), min_size=1, max_size=4)


@given(PAIRS)
@pytest.mark.filterwarnings("ignore")
def test_against_seqeval(pairs):
    metrics = pytest.importorskip("seqeval.metrics")
    wanted, given_labels = ([[pair[i] for pair in sentence] for sentence in pairs] for i in range(2))
    ours = entity_scores(wanted, given_labels)
    for name in ("precision", "recall", "f1"):
        theirs = getattr(metrics, f"{name}_score")(wanted, given_labels, zero_division=0)
        assert getattr(ours, name) == pytest.approx(100 * theirs)


def test_by_hand():
    scores = entity_scores([["B-PER", "I-PER", "O", "B-LOC"]], [["B-PER", "E-PER", "O", "S-PER"]])
    assert (scores.precision, scores.recall, scores.f1) == (50, 50, 50)
    assert entity_scores([["O"]], [["O"]]).f1 == 0
