"""Drawn pictures against real ones, with features that are counted by hand."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mediakit.errors import DataError, InputError
from mediakit.tasks.image_generation import metrics as style_gan
from mediakit.tasks.image_generation.frechet import Statistics, frechet_distance
from mediakit.tasks.image_generation.metrics import RealPicture


class Features:
    """The means of a picture's channels."""

    def __init__(self, network: object = None):
        self.name = str(network or "channel means")

    def __call__(self, pictures: Iterable[np.ndarray], progress: Any = iter) -> np.ndarray:
        return np.stack([picture.mean(axis=(0, 1)) for picture in progress(pictures)])


class Drawer:
    """Draws pictures of its seeds' random colours; remembers what it was asked for."""

    def __init__(self, mean: int, classes: tuple[str, ...] = ()):
        self.mean, self.classes = mean, classes

    def stream(self, seeds: Iterable[int], **options: Any) -> Iterator[SimpleNamespace]:
        self.options = options
        for seed in seeds:
            yield SimpleNamespace(premultiplied=colour(np.random.default_rng(seed), self.mean))


def colour(rng: np.random.Generator, mean: int) -> np.ndarray:
    """A small picture of one colour."""
    return np.full((2, 2, 3), rng.integers(mean - 40, mean + 40, 3), np.uint8)


@pytest.fixture(autouse=True)
def features(monkeypatch: pytest.MonkeyPatch) -> None:
    """No network."""
    monkeypatch.setattr(style_gan, "PictureFeatures", Features)


@pytest.fixture
def real() -> list[RealPicture]:
    """Sixty real pictures of two classes, every sixth held out."""
    rng = np.random.default_rng(99)
    return [RealPicture(colour(rng, 100), "ab"[i % 3 == 0], i % 6 == 0) for i in range(60)]


def test_what_is_like_the_real_is_near(real: list[RealPicture]) -> None:
    near, far = (style_gan.evaluate(Drawer(mean), real, options={"pictures": 200}) for mean in (100, 160))
    assert near["values"]["frechet_distance"] < 200 < 10_000 < far["values"]["frechet_distance"]
    assert near["values"]["kernel_distance"] < far["values"]["kernel_distance"]
    assert near["values"]["precision"] > 0.9 and near["values"]["recall"] > 0.9 and far["values"]["precision"] < 0.5
    low, high = near["intervals"]["recall"]
    assert low <= near["values"]["recall"] <= high
    assert near["options"] == {"features": "channel means", "pictures": 200} and near["examples"] == 60


def test_these_are_the_distances_of_the_features(real: list[RealPicture]) -> None:
    measured = style_gan.evaluate(Drawer(120), real, options={"pictures": 50})["values"]
    drawn = np.stack([colour(np.random.default_rng(seed), 120)[0, 0] for seed in range(50)])
    wanted = frechet_distance(Statistics.of(np.stack([picture.pixels[0, 0] for picture in real])), Statistics.of(drawn))
    assert measured["frechet_distance"] == pytest.approx(wanted)


def test_as_many_as_are_real_and_at_least_enough(real: list[RealPicture], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(style_gan, "ENOUGH", 100)
    assert style_gan.evaluate(Drawer(100), real)["options"]["pictures"] == 100
    assert style_gan.evaluate(Drawer(100), real * 2)["options"]["pictures"] == 120


def test_classes_come_as_often_as_in_the_data(real: list[RealPicture]) -> None:
    drawer = Drawer(100, ("a", "b", "c"))
    style_gan.evaluate(drawer, real, options={"pictures": 120})
    assert drawer.options["truncation"] == 1
    assert [drawer.options["label"].count(name) for name in "abc"] == [80, 40, 0]
    plain = Drawer(100)
    style_gan.evaluate(plain, real, options={"pictures": 20})
    assert plain.options["label"] is None
    with pytest.raises(DataError, match="not learned: b"):
        style_gan.evaluate(Drawer(100, ("a",)), real)


def test_a_dcgan_beside(real: list[RealPicture], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(style_gan.mediakit, "load", {"runs/dcgan/model": Drawer(160)}.__getitem__)
    result = style_gan.evaluate(Drawer(100), real, options={"pictures": 60, "dcgan": "runs/dcgan/model"})
    assert list(result["baselines"]) == ["two random halves of the real pictures", "a DCGAN, measured alike"]
    halves, dcgan = result["baselines"].values()
    assert max(halves["frechet_distance"], result["values"]["frechet_distance"]) < 1000 < 10_000 < dcgan["frechet_distance"]
    assert dcgan["precision"] < 0.5 and set(dcgan) == set(result["values"])
    assert "runs" not in str(result["options"])


@pytest.mark.parametrize("options", [{"beam": 3}, {"pictures": 3}, {"pictures": "many"}])
def test_what_cannot_be_measured(real: list[RealPicture], options: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        style_gan.evaluate(Drawer(100), real, options=options)


def test_few_real_pictures_cannot_be_measured_on(real: list[RealPicture]) -> None:
    with pytest.raises(InputError, match="3 real ones can't be compared; 10 of each"):
        style_gan.evaluate(Drawer(100), real[:3])


def test_examples(tmp_path: Path) -> None:
    for i in range(40):
        (tmp_path / f"{i % 2}").mkdir(exist_ok=True)
        Image.new("L", (10, 10), i).save(tmp_path / f"{i % 2}" / f"{i}.png")
    every, val = (style_gan.examples(tmp_path, split, {"size": 8}) for split in ("all", "val"))
    assert len(every) == 40 and sum(picture.held_out for picture in every) == len(val) > 0
    assert all(picture.label == str(picture.pixels[0, 0, 0] % 2) and picture.pixels.shape == (8, 8, 1) for picture in every)
    assert any(picture.held_out for picture in val) and all(picture.held_out for picture in val)
    assert [picture.held_out for picture in every] != sorted(picture.held_out for picture in every), "mixed"
