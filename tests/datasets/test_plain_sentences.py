"""Sentences without labels, and where they are from."""

import gzip

import pytest

from mediakit.datasets import plain_sentences
from mediakit.errors import DataError


def test_each_line_once_by_name_or_path(tmp_path):
    (tmp_path / "tatoeba.txt.gz").write_bytes(gzip.compress(b"It rains.\n\nIt rains.\r\nWho is it?\n"))
    sentences, origin = plain_sentences.read("tatoeba.txt.gz", tmp_path)
    assert sentences == ["It rains.", "Who is it?"] and origin.license == "CC BY 2.0 FR"
    (tmp_path / "own.txt").write_text("One.\n")
    sentences, origin = plain_sentences.read(str(tmp_path / "own.txt"), tmp_path / "elsewhere")
    assert sentences == ["One."] and origin.license == "its owner's"


@pytest.mark.parametrize(("content", "message"), [(b"\n", "holds no sentences"), (b"caf\xe9", "cannot be read"), (None, "no such file")])
def test_what_is_wrong_is_told_in_one_line(tmp_path, content, message):
    if content is not None:
        (tmp_path / "x.txt").write_bytes(content)
    with pytest.raises(DataError, match=message):
        plain_sentences.read("x.txt", tmp_path)
