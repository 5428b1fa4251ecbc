"""The lexicon's layout."""

import pytest

from mediakit.datasets import vader_lexicon
from mediakit.errors import DataError


def test_words_and_mean_ratings(tmp_path):
    path = tmp_path / "vader_lexicon.txt"
    path.write_text("(:\t2.2\t1.16\t[3, 2]\nabandon\t-1.9\t0.5\t[-1, -2]\n")
    assert vader_lexicon.read(vader_lexicon.find("vader_lexicon.txt", tmp_path)) == {"(:": 2.2, "abandon": -1.9}


def test_what_is_missing_or_malformed_is_one_line(tmp_path):
    with pytest.raises(DataError, match=r"no such file.* do without: --set lexicon=none"):
        vader_lexicon.find("no.txt", tmp_path)
    (tmp_path / "x.txt").write_text("good\t1.9\nbad\tvery\n")
    with pytest.raises(DataError, match="line 2 is not a word, a tab and its rating"):
        vader_lexicon.read(tmp_path / "x.txt")
