"""Checkpoints that are cut short, and those of other models."""

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs the extra train")
import keras

from mediakit.errors import DataError
from mediakit.training import checkpoints


@pytest.fixture
def saved(tmp_path):
    """A checkpoint of step 2, the previous one of step 1."""
    for step in (1, 2):
        checkpoints.save(tmp_path / "last.npz", [keras.Variable(np.full(1000, float(step)))], {"step": step})
    return tmp_path / "last.npz"


def test_the_newest_is_loaded(saved):
    variable = keras.Variable(np.zeros(1000))
    assert checkpoints.load(saved, [variable]) == {"step": 2} and float(variable[0]) == 2
    assert sorted(path.name for path in saved.parent.iterdir()) == ["last.npz", "last.previous"]


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "garbage", "missing"])
def test_a_damaged_one_is_noticed_and_the_one_before_is_used(saved, damage, capsys):
    content = saved.read_bytes()
    flipped = content[:600] + bytes([content[600] ^ 1]) + content[601:]
    saved.write_bytes({"empty": b"", "cut": content[: len(content) // 2], "flipped": flipped, "garbage": b"no zip"}.get(damage, b""))
    if damage == "missing":
        saved.unlink()
    variable = keras.Variable(np.zeros(1000))
    assert checkpoints.exists(saved)
    assert checkpoints.load(saved, [variable]) == {"step": 1} and float(variable[0]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
    (saved.parent / "last.previous").write_bytes(b"")
    with pytest.raises(DataError, match=r"last\.npz: is (damaged|missing).*there is none before it; delete it") as raised:
        checkpoints.load(saved, [variable])
    assert "\n" not in str(raised.value)


def test_one_of_another_model_is_refused(saved):
    with pytest.raises(DataError, match="shape"):
        checkpoints.load(saved, [keras.Variable(np.zeros(4))])
    with pytest.raises(DataError, match="holds 1 variables"):
        checkpoints.load(saved, [])
