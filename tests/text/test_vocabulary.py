import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.errors import ModelError
from mediakit.text.vocabulary import UNKNOWN, Vocabulary, tokenize


def test_words_of_a_caption():
    assert tokenize("A man 's T-shirt , and TWO dogs ' toys .") == [
        "a",
        "man",
        "'s",
        "t-shirt",
        "and",
        "two",
        "dogs",
        "toys",
    ]


def test_most_frequent_first_then_alphabetical():
    vocabulary = Vocabulary.build(["b a c", "c b", "c d"], min_count=2)
    assert vocabulary.words[4:] == ("c", "b")
    assert vocabulary.encode("c x b") == [4, UNKNOWN, 5]


def test_apostrophes_are_reattached():
    vocabulary = Vocabulary.build(["the man 's dog"])
    assert vocabulary.decode(vocabulary.encode("the man 's dog")) == "the man's dog"


@given(st.lists(st.text(alphabet="abcd'-", min_size=1, max_size=6), max_size=8))
def test_writing_and_reading_preserve_it(tmp_path_factory, texts):
    vocabulary = Vocabulary.build(texts)
    path = tmp_path_factory.mktemp("v") / "vocabulary.txt"
    vocabulary.write(path)
    assert Vocabulary.read(path).words == vocabulary.words


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("one\ntwo\n")
    with pytest.raises(ModelError, match=r"words\.txt"):
        Vocabulary.read(path)
