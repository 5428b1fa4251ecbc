"""The fingerprint changes with the examples, and with nothing else."""

import shutil
from dataclasses import dataclass, replace

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs the extra train")
from mediakit.training.fingerprint import fingerprint


@dataclass(frozen=True)
class Pair:
    source: str
    weight: float = 1.0


class Table:
    def __init__(self, rows):
        self.rows, self.function = rows, lambda: None


DATA = {"train": [Pair("a"), Pair("b", 2.0)], "images": np.arange(12).reshape(3, 4), "words": {"x", "y"}, "table": Table((1, None))}


@pytest.mark.parametrize(
    "change",
    [
        {"train": [Pair("a"), Pair("c", 2.0)]},
        {"train": [Pair("a"), replace(Pair("b"), weight=3.0)]},
        {"train": [Pair("a")]},
        {"images": np.arange(12).reshape(4, 3)},
        {"images": np.arange(12).reshape(3, 4) + (np.arange(4) == 3)},
        {"words": {"x", "z"}},
        {"table": Table((1, 2))},
    ],
)
def test_other_examples(change):
    assert fingerprint(DATA | change) != fingerprint(DATA) == fingerprint(dict(DATA))


def test_files_count_by_name_size_and_content_wherever_they_lie(tmp_path):
    (tmp_path / "one").mkdir()
    for name in "ab":
        (tmp_path / "one" / f"{name}.txt").write_text(f"{name} words")
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    first = fingerprint(sorted((tmp_path / "one").iterdir()))
    assert fingerprint(sorted((tmp_path / "two").iterdir())) == first
    (tmp_path / "two" / "b.txt").write_text("b wards")
    assert fingerprint(sorted((tmp_path / "two").iterdir())) != first


def test_much_data_takes_a_sample_and_cycles_end():
    many = [Pair(str(i)) for i in range(100_000)]
    assert fingerprint(many) != fingerprint(many[:-1])
    rows = []
    rows.append(rows)
    assert fingerprint(rows) == fingerprint(rows)
