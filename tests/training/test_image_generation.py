"""Batches and validation of recipes that generate images."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs the extra train")
from PIL import Image

from mediakit.datasets.images import ImageSet
from mediakit.errors import DataError
from mediakit.training import image_generation
from mediakit.training.image_generation import ImageBatches, ImageValidator, to_bytes, to_unit_range

RNG = np.random.default_rng(0)
DATA = ImageSet(RNG.integers(0, 256, (9, 8, 8, 4)).astype(np.uint8), np.arange(9, dtype=np.int32) % 3, ("a", "b", "c"), ("n",) * 9)


def draw(rng, step):
    return {"latent": rng.standard_normal((4, 2)), "step": np.full(4, step)}


def rows(epoch, start, steps=3):
    return list(ImageBatches(DATA, 4, steps, draw, seed=1)(epoch, start))


def test_a_batch_follows_from_epoch_and_step_alone():
    whole, later = rows(1, 0), rows(1, 2)
    for name in whole[2]:
        np.testing.assert_array_equal(whole[2][name], later[0][name])
    assert whole[0]["step"][0] == 3
    assert not np.array_equal(rows(0, 0)[0]["latent"], whole[0]["latent"])


def test_labels_stay_with_their_pictures():
    for batch in rows(0, 0):
        for picture, label in zip(batch["image"], batch["label"], strict=True):
            [i] = np.flatnonzero((DATA.pixels == picture).all(axis=(1, 2, 3)))
            assert DATA.labels[i] == label


def test_bytes_and_back():
    every = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(to_bytes(to_unit_range(every)), every)
    np.testing.assert_array_equal(to_bytes(np.array([-3.0, 3.0])), [0, 255])


def test_a_sheet_after_each_epoch_is_named_by_what_was_seen(tmp_path):
    def generate(seed, count):
        return np.random.default_rng(seed).integers(0, 256, (count, 8, 8, 4)).astype(np.uint8)

    validate = ImageValidator(generate, DATA, 0, tmp_path / "samples", lambda: {"images_seen": 320.0})
    assert validate() == {"images_seen": 320.0}
    with Image.open(tmp_path / "samples" / "000000320.png") as sheet:
        assert sheet.width == 8 * 10 + 2


@pytest.mark.parametrize(
    ("seconds", "first", "many"), [(0.05, "a minute", "10 minutes"), (0.5, "5 minutes", "104 minutes"), (4, "42 minutes", "13.9 hours")]
)
def test_the_outlook_follows_from_the_speed(seconds, first, many):
    many_images = ImageSet(np.zeros((1200, 1, 1, 1), np.uint8), np.zeros(1200, np.int32), (), ())
    text = image_generation.outlook(many_images, 8, 625, Path("run/samples"))(seconds)
    assert "from 1,200 images:" in text and f"run/samples after about {first};" in text and f"seen after about {many}," in text


def test_the_outlook_on_few_images_warns_of_copies():
    assert "expect copies" in image_generation.outlook(DATA, 8, 625, Path("samples"))(0.1)


def test_the_distance_of_the_data_to_itself_is_nothing(tmp_path):
    validate = ImageValidator(lambda seed, count: np.resize(DATA.pixels, (count, 8, 8, 4)), DATA, 9, tmp_path, lambda: {"images_seen": 1.0})
    assert validate()["frechet_distance"] == pytest.approx(0, abs=1e-3)


def test_what_is_dropped_is_said(tmp_path, capsys):
    for i in range(3):
        Image.new("RGB", (9, 9), (i, 0, 0)).save(tmp_path / f"{i}.png")
        (tmp_path / f"broken{i}.png").write_bytes(b"no picture")
    data = image_generation.read(tmp_path, 8, None, labels=True)
    assert "broken" in capsys.readouterr().err and data.name == tmp_path.name
    with pytest.raises(DataError, match="power of two"):
        image_generation.read(tmp_path, 12, None, labels=True)
