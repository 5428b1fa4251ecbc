"""Metrics of generated images, from features that are computed by hand."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mediakit.errors import DataError, InputError
from mediakit.runtime.frechet import Statistics, frechet_distance
from mediakit.tasks.image_generation import measuring, metrics
from mediakit.tasks.image_generation.metrics import RealImage
from mediakit.tasks.image_generation.pipeline import ImageRequest


class Features:
    """The means of an image's channels."""

    def __init__(self, network: object = None):
        self.name = str(network or "channel means")

    def __call__(self, images: Iterable[np.ndarray], progress: Any = iter) -> np.ndarray:
        return np.stack([image.mean(axis=(0, 1)) for image in progress(images)])


class Brightness:
    """A classifier: the brighter an image, the surer it is that the class is b."""

    classes = ("a", "b")
    folder = SimpleNamespace(name="brightness")

    def stream(self, images: Iterable[np.ndarray], *, top: int) -> Iterator[tuple[np.ndarray, SimpleNamespace]]:
        for image in images:
            b = image.mean() / 255
            labels = [SimpleNamespace(name="b", probability=b), SimpleNamespace(name="a", probability=1 - b)]
            yield image, SimpleNamespace(labels=sorted(labels, key=lambda label: -label.probability)[:top])


class Generator:
    """Generates images of random colours; remembers its options and the labels it was asked for."""

    def __init__(self, mean: int, classes: tuple[str, ...] = ()):
        self.mean, self.classes = mean, classes

    def stream(self, requests: Iterable[ImageRequest], **options: Any) -> Iterator[tuple[ImageRequest, SimpleNamespace]]:
        self.options, self.labels = options, list[str | None]()
        for request in requests:
            self.labels.append(request.label)
            yield request, SimpleNamespace(premultiplied=colour(np.random.default_rng(request.seed), self.mean))


def colour(rng: np.random.Generator, mean: int) -> np.ndarray:
    """A small image of one colour."""
    return np.full((2, 2, 3), rng.integers(mean - 40, mean + 40, 3), np.uint8)


@pytest.fixture(autouse=True)
def features(monkeypatch: pytest.MonkeyPatch) -> None:
    """No network."""
    monkeypatch.setattr(measuring, "ImageFeatures", Features)


@pytest.fixture
def real() -> list[RealImage]:
    """Sixty real images of two classes, every sixth held out."""
    rng = np.random.default_rng(99)
    return [RealImage(colour(rng, 100), "ab"[i % 3 == 0], i % 6 == 0) for i in range(60)]


def test_what_is_like_the_real_is_near(real: list[RealImage]) -> None:
    near, far = (metrics.evaluate(Generator(mean), real, options={"images": 200}) for mean in (100, 160))
    assert near.values["frechet_distance"] < 200 < 10_000 < far.values["frechet_distance"]
    assert near.values["kernel_distance"] < far.values["kernel_distance"]
    assert near.values["precision"] > 0.9 and near.values["recall"] > 0.9 and far.values["precision"] < 0.5
    low, high = near.intervals["recall"]
    assert low <= near.values["recall"] <= high
    assert near.options == {"features": "channel means", "images": 200} and near.examples == 60


def test_these_are_the_distances_of_the_features(real: list[RealImage]) -> None:
    measured = metrics.evaluate(Generator(120), real, options={"images": 50}).values
    generated = np.stack([colour(np.random.default_rng(seed), 120)[0, 0] for seed in range(50)])
    wanted = frechet_distance(Statistics.of(np.stack([image.pixels[0, 0] for image in real])), Statistics.of(generated))
    assert measured["frechet_distance"] == pytest.approx(wanted)


def test_as_many_as_are_real_and_at_least_enough(real: list[RealImage], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "ENOUGH", 100)
    assert metrics.evaluate(Generator(100), real).options["images"] == 100
    assert metrics.evaluate(Generator(100), real * 2).options["images"] == 120


def test_classes_come_as_often_as_in_the_data(real: list[RealImage]) -> None:
    generator = Generator(100, ("a", "b", "c"))
    metrics.evaluate(generator, real, options={"images": 120})
    assert generator.options == {"truncation": 1}
    assert [generator.labels.count(name) for name in "abc"] == [80, 40, 0]
    plain = Generator(100)
    metrics.evaluate(plain, real, options={"images": 20})
    assert plain.labels == [None] * 20
    with pytest.raises(DataError, match="not trained on: b"):
        metrics.evaluate(Generator(100, ("a",)), real)


def test_a_dcgan_beside(real: list[RealImage], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "open_folder", str)
    monkeypatch.setattr(metrics, "load", {"runs/dcgan/model": Generator(160)}.__getitem__)
    result = metrics.evaluate(Generator(100), real, options={"images": 60, "dcgan": "runs/dcgan/model"})
    assert list(result.baselines) == ["two random halves of the real images", "a DCGAN, measured the same way"]
    halves, dcgan = result.baselines.values()
    assert max(halves["frechet_distance"], result.values["frechet_distance"]) < 1000 < 10_000 < dcgan["frechet_distance"]
    assert dcgan["precision"] < 0.5 and set(dcgan) == set(result.values)
    assert "runs" not in str(result.options)


def test_a_second_network_measures_the_same(real: list[RealImage], capsys: pytest.CaptureFixture[str]) -> None:
    both = metrics.evaluate(Generator(110), real, options={"images": 50, "features": "detector.tflite"})
    assert both.options["second_features"] == "detector.tflite" and not capsys.readouterr().err
    first = {name: value for name, value in both.values.items() if not name.startswith("second_")}
    assert list(both.values) == [*first, *(f"second_{name}" for name in first)]
    assert list(first) == ["frechet_distance", "kernel_distance", "precision", "recall", "density", "coverage"]
    assert all(both.values[f"second_{name}"] == value for name, value in first.items())
    assert set(both.baselines["two random halves of the real images"]) == set(both.values)
    metrics.evaluate(Generator(110), real, options={"images": 50})
    assert capsys.readouterr().err.count("--set features=FILE adds a second one") == 1


def test_what_a_classifier_makes_of_them(real: list[RealImage], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "_classifier", lambda model: Brightness())
    bright = metrics.evaluate(Generator(210, ("a", "b")), real, options={"images": 60, "classifier": "brightness"})
    assert bright.options["classifier"] == "brightness"
    brightness = np.array([colour(np.random.default_rng(seed), 210).mean() / 255 for seed in range(60)])
    asked_b = np.array([i % 3 == 0 for i in range(60)])
    assert bright.values["sure"] == pytest.approx((brightness >= 0.9).mean()) and 0 < bright.values["sure"] < 1
    assert bright.values["as_asked"] == pytest.approx(asked_b.mean())
    assert bright.values["sure_as_asked"] == pytest.approx(((brightness >= 0.9) & asked_b).mean())
    held_out = bright.baselines["real images held out"]
    assert held_out["as_asked"] == np.mean([(image.pixels.mean() >= 127.5) == (image.label == "b") for image in real if image.held_out])
    plain = metrics.evaluate(Generator(210), real, options={"images": 60, "classifier": "brightness"})
    assert "sure" in plain.values and "as_asked" not in plain.values
    monkeypatch.setattr(Brightness, "classes", ("a",))
    with pytest.raises(DataError, match="the classifier does not know: b"):
        metrics.evaluate(Generator(210, ("a", "b")), real, options={"classifier": "brightness"})


def test_one_class_alone(real: list[RealImage]) -> None:
    generator = Generator(100, ("a", "b"))
    only = metrics.evaluate(generator, real, options={"images": 30, "label": "b"})
    assert only.examples == 20 and only.options["label"] == "b" and generator.labels == ["b"] * 30


@pytest.mark.parametrize("options", [{"beam": 3}, {"images": 3}, {"images": "many"}])
def test_what_cannot_be_measured(real: list[RealImage], options: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        metrics.evaluate(Generator(100), real, options=options)


def test_few_real_images_cannot_be_measured_on(real: list[RealImage]) -> None:
    with pytest.raises(InputError, match="3 real images cannot be compared: at least 10 of each"):
        metrics.evaluate(Generator(100), real[:3])


def test_examples(tmp_path: Path) -> None:
    for i in range(40):
        (tmp_path / f"{i % 2}").mkdir(exist_ok=True)
        Image.new("L", (10, 10), i).save(tmp_path / f"{i % 2}" / f"{i}.png")
    every, val = (metrics.examples(tmp_path, split, {"size": 8}) for split in ("all", "val"))
    assert len(every) == 40 and sum(image.held_out for image in every) == len(val) > 0
    assert all(image.label == str(image.pixels[0, 0, 0] % 2) and image.pixels.shape == (8, 8, 1) for image in every)
    assert any(image.held_out for image in val) and all(image.held_out for image in val)
    assert [image.held_out for image in every] != sorted(image.held_out for image in every), "mixed"
