"""What a run folder keeps, and what it refuses."""

import pytest

pytest.importorskip("tensorflow", reason="training needs the extra train")

from mediakit.errors import DataError
from mediakit.training.run_folder import RunFolder


def files(words):
    return {"vocabulary.txt": lambda path: path.write_text("\n".join(words))}


def test_a_run_goes_on_with_the_words_it_began_with(tmp_path):
    RunFolder(tmp_path).keep_files(files(["a", "b"]))
    RunFolder(tmp_path).keep_files(files(["a", "b"]))
    assert (tmp_path / "files" / "vocabulary.txt").read_text() == "a\nb"
    assert [path.name for path in tmp_path.iterdir()] == ["files"]


def test_other_words_are_refused_and_the_first_are_kept(tmp_path):
    RunFolder(tmp_path).keep_files(files(["a", "b"]))
    with pytest.raises(DataError, match=r"vocabulary\.txt has changed"):
        RunFolder(tmp_path).keep_files(files(["b", "a"]))
    assert (tmp_path / "files" / "vocabulary.txt").read_text() == "a\nb"
