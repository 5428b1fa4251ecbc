import io
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.errors import ModelError
from mediakit.text.subwords import Subwords

sentencepiece = pytest.importorskip("sentencepiece")

TEXT = "a dog runs on the beach while two men in red shirts walk their cats through ein Hund läuft am Strand कुत्ता दौड़ता है"
WORDS = TEXT.split()
LINES = [" ".join(WORDS[i : i + 7]) for i in range(len(WORDS))] * 3


def learn(**options):
    model = io.BytesIO()
    options = {"vocab_size": 70, "pad_id": 0, "bos_id": 1, "eos_id": 2, "unk_id": 3, "num_threads": 1} | options
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(LINES), model_writer=model, hard_vocab_limit=False, minloglevel=2, **options
    )
    return model.getvalue()


@pytest.fixture(scope="module")
def subwords():
    return Subwords(learn())


def test_special_pieces(subwords):
    assert (subwords.pad, subwords.start, subwords.end, subwords.unknown) == (0, 1, 2, 3)
    assert subwords.encode("") == [] and subwords.decode([]) == ""
    assert subwords.unknown in subwords.encode("a Ω")
    assert subwords.decode([1, *subwords.encode("two dogs"), 2, 0, 0]) == "two dogs"
    assert "".join(subwords.pieces(subwords.encode("two dogs"))) == "▁two▁dogs"


@given(st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join))
def test_round_trip(subwords, text):
    assert subwords.decode(subwords.encode(text)) == text


@given(st.text(alphabet="abdogsü दौड़ \u00a0\t½ﬁΩ.", max_size=30))
def test_the_subwords_of_the_words_are_those_of_the_text(subwords, text):
    words = subwords.words(text)
    assert [i for word in words for i in subwords.encode(word)] == subwords.encode(text)


def test_segmentations_best_first(subwords):
    found = subwords.segmentations("shirts", 5)
    assert found[0][0] == subwords.encode("shirts") and len(found) > 1
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
    assert {subwords.decode(ids) for ids, _ in found} == {"shirts"}


def test_file_and_pickle(subwords, tmp_path):
    path = tmp_path / "subwords.model"
    subwords.write(path)
    for other in (Subwords.read(path), pickle.loads(pickle.dumps(subwords))):
        assert len(other) == len(subwords) and other.encode("two dogs") == subwords.encode("two dogs")


@pytest.mark.parametrize("content", [b"", b"no model", bytes(range(256)) * 20])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "subwords.model"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"subwords\.model: not a SentencePiece model"):
        Subwords.read(path)


def test_a_damaged_file_is_refused(subwords, tmp_path):
    path = tmp_path / "subwords.model"
    path.write_bytes(subwords.model[: len(subwords.model) // 2])
    with pytest.raises(ModelError, match=r"subwords\.model"):
        Subwords.read(path)


def test_missing_files_and_missing_pieces_are_named(tmp_path):
    with pytest.raises(ModelError, match=r"none\.model: No such file"):
        Subwords.read(tmp_path / "none.model")
    with pytest.raises(ModelError, match="lacks the pieces padding"):
        Subwords(learn(pad_id=-1))
