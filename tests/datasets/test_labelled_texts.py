"""Labelled texts in every layout: what is read, how it is split, and what is wrong with a file in one line."""

import gzip
from collections import Counter
from pathlib import Path

import pytest

from mediakit.datasets import labelled_texts
from mediakit.datasets.labelled_texts import SST2, UCI, LabelledText, origins, read
from mediakit.errors import DataError


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def test_glue_layout_and_its_splits(tmp_path):
    write(tmp_path, "SST-2/train.tsv.gz", 'sentence\tlabel\na "fine film\t1\nso , so bad\t0\n')
    write(tmp_path, "SST-2/dev.tsv", "sentence\tlabel\nno wit\t0\n")
    train = read(tmp_path, "train")
    assert train == [LabelledText('a "fine film', True, "SST-2"), LabelledText("so , so bad", False, "SST-2")]
    assert read(tmp_path, "dev") == read(tmp_path, "val") == [LabelledText("no wit", False, "SST-2")]
    assert len(read(tmp_path, "all")) == 3 and origins(tmp_path) == [SST2]
    with pytest.raises(DataError, match="no texts of the split test"):
        read(tmp_path, "test")


def test_files_without_a_split_are_split_by_text(tmp_path):
    lines = "".join(f"text {i}  \t{i % 2}\n" for i in range(200))
    write(tmp_path, "amazon_cells_labelled.txt", lines)
    write(tmp_path, "Restaurant_Reviews.tsv", "Review\tLiked\n" + lines)
    train, val = read(tmp_path, "train"), read(tmp_path, "val")
    assert len(train) + len(val) == 400 and 40 < len(val) < 120
    assert not {text.text for text in train} & {text.text for text in val}
    assert Counter(text.source for text in read(tmp_path, "all")) == {"amazon_cells": 200, "restaurant": 200}
    assert origins(tmp_path) == [UCI]


def test_own_tables_by_the_names_of_their_columns(tmp_path):
    path = write(tmp_path, "mine.csv", '\ufeffid,Sentiment,Review\r\n7,Positive,"good, ""really""\ngood"\r\n8,NEG,bad\r\n')
    assert read(path, "all") == [LabelledText('good, "really"\ngood', True, "mine"), LabelledText("bad", False, "mine")]
    [own] = origins(tmp_path)
    assert own.name == tmp_path.name


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("text,label\ngood,2\n", r"line 2 has the label '2', wanted 1 or 0, positive, negative or neutral"),
        ("text,label\ngood,1\nbad\n", r"line 3 has 1 columns, wanted a text and its label"),
        ("a,b,c\n1,2,3\n", r"name the columns text and label in the first line; it has a, b, c"),
        ("text,label\n", r"holds no texts of the split all"),
        ("", r"name the columns text and label in the first line; it has none"),
    ],
)
def test_malformed_tables_are_one_line(tmp_path, content, message):
    with pytest.raises(DataError, match=message) as caught:
        read(write(tmp_path, "mine.csv", content), "all")
    assert "\n" not in str(caught.value)


def test_other_bytes_folders_and_splits_are_one_line(tmp_path):
    with pytest.raises(DataError, match=r"no \.tsv, .* file with texts and labels"):
        read(tmp_path, "train")
    (tmp_path / "train.tsv").write_bytes(b"sentence\tlabel\ncaf\xe9\t1\n")
    with pytest.raises(DataError, match="is not UTF-8: byte 18 is 0xe9"):
        read(tmp_path, "train")
    with pytest.raises(DataError, match="no split 'tain'; choose from train, val, test, all"):
        read(tmp_path, "tain")
    assert labelled_texts.SPLITS == ("train", "val", "test")
