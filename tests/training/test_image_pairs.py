"""Codings, random crops of pairs, and validation by samples."""

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("tensorflow", reason="training needs the extra train")
from mediakit.datasets import image_pairs
from mediakit.training.image_pairs import LEAST_CHROMA, Chroma, PairBatches, PairValidator, Whole, chroma_gain


@pytest.fixture
def photos(tmp_path):
    """Photos of a green left half and a red right one."""
    (tmp_path / "train").mkdir()
    (tmp_path / "val").mkdir()
    pixels = np.full((30, 40, 3), (40, 160, 40), np.uint8)
    pixels[:, 20:] = (200, 60, 60)
    for i in range(7):
        Image.fromarray(pixels + np.uint8(i)).save(tmp_path / ("val" if i > 4 else "train") / f"{i}.png")
    return image_pairs.read(tmp_path, "photos")


@pytest.mark.parametrize("coding", [Chroma(), Whole()])
def test_a_target_comes_back(coding):
    pixels = np.kron(np.random.default_rng(0).integers(60, 180, (4, 4, 3)), np.ones((8, 8, 1))).astype(np.uint8)
    source = image_pairs.grey(pixels) if coding.inputs == 1 else pixels
    output = coding.encode(pixels)
    assert output.shape == (32 // coding.step, 32 // coding.step, coding.outputs) and np.abs(output).max() <= 1
    found = coding.decode(source, output).astype(int)
    middles = np.s_[3::8, 3::8]  # chroma of half the resolution is blurred at the edges
    assert np.abs(found[middles] - pixels[middles]).mean() < (8 if coding.step > 1 else 1)


def batches(photos, seed=1):
    return PairBatches(photos.train, Chroma(), 16, 0.5, 1.3, 2, 5, seed)


def test_batches_follow_from_the_seed_epoch_and_step(photos):
    whole = list(batches(photos)(1, 0))
    assert len(whole) == 5 and whole[0]["source"].shape == (2, 16, 16, 1) and whole[0]["target"].shape == (2, 8, 8, 2)
    for ours, theirs in zip(list(batches(photos)(1, 3)), whole[3:], strict=True):
        assert all(np.array_equal(ours[name], theirs[name]) for name in ours)
    assert not np.array_equal(next(batches(photos, seed=2)(1, 0))["source"], whole[0]["source"])


def test_a_pass_over_the_data_goes_on_in_the_next_epoch(photos, monkeypatch):
    drawn = []
    made = batches(photos)
    monkeypatch.setattr(made, "_crop", lambda pair, rng: (drawn.append(pair.name), (np.zeros(1), np.zeros(1)))[1])
    list(made(0, 0)), list(made(1, 0))
    passes = [drawn[i : i + 4] for i in range(0, 20, 4)]  # two batches of two of five photos
    assert all(len(set(each)) == 4 for each in passes) and len(set(map(tuple, passes))) > 1


def test_source_and_target_are_cropped_alike(photos):
    for batch in batches(photos)(0, 0):
        for source, target in zip(batch["source"], batch["target"], strict=True):
            left, right = target[:, 0, 0].mean(), target[:, -1, 0].mean()  # a* of green is negative
            assert (source[:, 0].mean() > source[:, -1].mean()) == (left < right) or abs(left - right) < 0.05


def test_validation_measures_colours_and_draws_a_sheet(photos, tmp_path):
    def grey(source):
        return np.zeros((1, 8, 8, 2), np.float32)

    measured = PairValidator(grey, photos, Chroma(), 16, tmp_path / "samples", "l1")()
    assert measured["chroma_error"] == pytest.approx(1, abs=0.05) and measured["colourfulness"] < 0.05 and measured["l1"] > 0.1
    with Image.open(tmp_path / "samples" / "l1-001.png") as sheet:
        assert sheet.width > 6 * 16


def test_pale_colours_gain_and_vivid_ones_lose_nothing(photos):
    target = Chroma().encode(photos.validation[0].read()[1][:16, 12:28])
    amount = np.linalg.norm(target, axis=-1).mean()

    def constant(part):
        return lambda source: np.full((1, 8, 8, 2), part * amount / np.sqrt(2), np.float32)

    assert chroma_gain(constant(LEAST_CHROMA / 2), photos, 16) == pytest.approx(2, rel=0.15)
    assert chroma_gain(constant(1.5), photos, 16) == 1
