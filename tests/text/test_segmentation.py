import io

import numpy as np
import pytest

from mediakit.text.segmentation import SegmentedText
from mediakit.text.subwords import Subwords

sentencepiece = pytest.importorskip("sentencepiece")

SENTENCES = ["ein Hund läuft", "eine Katze schläft und ein Hund läuft", "", "ein roter Hund", "Hund"]


@pytest.fixture(scope="module")
def subwords():
    model = io.BytesIO()
    lines = [sentence for sentence in SENTENCES if sentence] * 5
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=model, vocab_size=60, pad_id=0, bos_id=1, eos_id=2, unk_id=3,
        hard_vocab_limit=False, num_threads=1, minloglevel=2,
    )  # fmt: skip
    return Subwords(model.getvalue())


def test_segmentations(subwords):
    best = SegmentedText(subwords, SENTENCES, 8, None).draw(np.random.default_rng(0))
    assert [row.tolist() for row in best] == [subwords.encode(sentence) for sentence in SENTENCES]
    drawn = SegmentedText(subwords, SENTENCES, 8, 0.1)
    first, again, other = (drawn.draw(np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert [subwords.decode(row) for row in first] == SENTENCES
    assert [row.tolist() for row in first] == [row.tolist() for row in again] != [row.tolist() for row in other]


def test_segmentations_have_the_right_frequencies(subwords):
    choices = subwords.segmentations("Hund", 3)
    assert len(choices) == 3
    weights = np.exp([0.2 * score for _, score in choices])
    drawn = SegmentedText(subwords, ["Hund"] * 4000, 3, 0.2).draw(np.random.default_rng(0))
    for (ids, _), share in zip(choices, weights / weights.sum(), strict=True):
        assert abs(np.mean([row.tolist() == ids for row in drawn]) - share) < 0.03
