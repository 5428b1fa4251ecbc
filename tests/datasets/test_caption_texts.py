"""Captions without photos."""

import gzip

import pytest

from mediakit.datasets import caption_texts
from mediakit.errors import DataError


def test_all_files_are_read_each_caption_once(tmp_path):
    (tmp_path / "b.txt").write_text("a dog\n\na cat \na dog\n")
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(b"a cup\na cat\n"))
    assert sorted(caption_texts.read(tmp_path)) == ["a cat", "a cup", "a dog"]


@pytest.mark.parametrize(
    ("name", "content"), [("a.txt", b"\xff\xfe\xfa"), ("a.txt.gz", b"no archive"), ("a.csv", b"a dog"), ("a.txt", b"")]
)
def test_what_cannot_be_read_is_one_line(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=r"cannot be read|no captions found"):
        caption_texts.read(tmp_path)
    with pytest.raises(DataError, match="no such folder"):
        caption_texts.read(tmp_path / "absent")
