"""Batches and sheets of recipes that learn to draw."""

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs the extra train")
from PIL import Image

from mediakit.datasets.images import ImageSet
from mediakit.errors import DataError
from mediakit.training import pictures
from mediakit.training.pictures import PictureBatches, PictureJudge, as_bytes, as_input
from mediakit.training.recipe import Shard

RNG = np.random.default_rng(0)
DATA = ImageSet(RNG.integers(0, 256, (9, 8, 8, 4)).astype(np.uint8), np.arange(9, dtype=np.int32) % 3, ("a", "b", "c"), ("n",) * 9)


def draw(rng, step):
    return {"latent": rng.standard_normal((4, 2)), "step": np.full(4, step)}


def rows(shard, epoch, start, steps=3):
    return list(PictureBatches(DATA, 4, steps, draw, seed=1).arrays(shard, epoch, start))


def test_a_batch_follows_from_epoch_and_step_alone():
    whole, later = rows(Shard(), 1, 0), rows(Shard(), 1, 2)
    for name in whole[2]:
        np.testing.assert_array_equal(whole[2][name], later[0][name])
    assert whole[0]["step"][0] == 3
    assert not np.array_equal(rows(Shard(), 0, 0)[0]["latent"], whole[0]["latent"])


def test_replicas_share_a_batch():
    whole, parts = rows(Shard(), 0, 0)[0], [rows(Shard(i, 2), 0, 0)[0] for i in range(2)]
    for name, value in whole.items():
        np.testing.assert_array_equal(value[0::2], parts[0][name])
        np.testing.assert_array_equal(value[1::2], parts[1][name])


def test_labels_stay_with_their_pictures():
    for batch in rows(Shard(), 0, 0):
        for picture, label in zip(batch["picture"], batch["label"], strict=True):
            [i] = np.flatnonzero((DATA.pixels == picture).all(axis=(1, 2, 3)))
            assert DATA.labels[i] == label


def test_bytes_and_back():
    every = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(as_bytes(as_input(every)), every)
    np.testing.assert_array_equal(as_bytes(np.array([-3.0, 3.0])), [0, 255])


def test_a_sheet_after_each_epoch_is_named_by_what_was_seen(tmp_path):
    def generate(seed, count):
        return np.random.default_rng(seed).integers(0, 256, (count, 8, 8, 4)).astype(np.uint8)

    judge = PictureJudge(generate, DATA, 0, tmp_path / "samples", lambda: {"pictures_seen": 320.0})
    assert judge.figures() == {"pictures_seen": 320.0}
    with Image.open(tmp_path / "samples" / "000000320.png") as sheet:
        assert sheet.width == 8 * 10 + 2


def test_the_distance_of_the_data_to_itself_is_nothing(tmp_path):
    judge = PictureJudge(lambda seed, count: np.resize(DATA.pixels, (count, 8, 8, 4)), DATA, 9, tmp_path, lambda: {"pictures_seen": 1.0})
    assert judge.figures()["frechet_distance"] == pytest.approx(0, abs=1e-3)


def test_what_is_dropped_is_said(tmp_path, capsys):
    for i in range(3):
        Image.new("RGB", (9, 9), (i, 0, 0)).save(tmp_path / f"{i}.png")
        (tmp_path / f"broken{i}.png").write_bytes(b"no picture")
    data = pictures.read(tmp_path, 8, None, labels=True)
    assert "broken" in capsys.readouterr().err and data.name == tmp_path.name
    with pytest.raises(DataError, match="power of two"):
        pictures.read(tmp_path, 12, None, labels=True)
