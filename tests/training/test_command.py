"""What a run folder keeps of its data."""

from types import SimpleNamespace

import pytest

pytest.importorskip("tensorflow", reason="training needs the extra train")

from mediakit.errors import DataError
from mediakit.training.command import _keep_files

RECIPE = SimpleNamespace(files=lambda words: {"vocabulary.txt": lambda path: path.write_text("\n".join(words))})


def test_a_run_goes_on_with_the_words_it_began_with(tmp_path):
    _keep_files(tmp_path, RECIPE, ["a", "b"])
    _keep_files(tmp_path, RECIPE, ["a", "b"])
    assert (tmp_path / "files" / "vocabulary.txt").read_text() == "a\nb"
    assert [path.name for path in tmp_path.iterdir()] == ["files"]


def test_other_words_are_refused_and_the_first_are_kept(tmp_path):
    _keep_files(tmp_path, RECIPE, ["a", "b"])
    with pytest.raises(DataError, match=r"vocabulary\.txt is not what it was"):
        _keep_files(tmp_path, RECIPE, ["b", "a"])
    assert (tmp_path / "files" / "vocabulary.txt").read_text() == "a\nb"
