"""The search for a latent, on generators whose best latent is known."""

from collections.abc import Callable

import numpy as np
import pytest

from mediakit.tasks.image_generation import projection
from mediakit.tasks.image_generation.projection import project, step_count

LAYERS, SIZE, PIXELS = 3, 4, 30


@pytest.fixture(autouse=True)
def hardly_any_penalty(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the best latent is that of the least error."""
    monkeypatch.setattr(projection, "PENALTY", 1e-6)


def generator(bend: Callable[[np.ndarray], np.ndarray]) -> projection.Draw:
    """Pixels that are a function of all layers' codes."""
    weights = np.random.default_rng(1).normal(size=(LAYERS * SIZE, PIXELS)).astype(np.float32)
    return lambda codes: np.stack([bend(code.ravel() @ weights / 8) for code in codes])


@pytest.mark.parametrize("bend", [lambda x: x, np.tanh])
def test_an_image_of_the_generator_is_found_again(bend: Callable[[np.ndarray], np.ndarray]) -> None:
    draw, rng = generator(bend), np.random.default_rng(0)
    samples = rng.normal(2, 1, size=(50, SIZE)).astype(np.float32)
    [target] = draw([np.repeat(rng.normal(2, 1, size=(1, SIZE)), LAYERS, axis=0).astype(np.float32)])
    points = list(project(draw, samples, LAYERS, target))
    assert 2 < len(points) <= step_count(LAYERS)
    errors = [point.error for point in points]
    assert errors == sorted(errors, reverse=True) and errors[-1] < 1e-4 < errors[0]
    assert all(point.error == pytest.approx(np.square(draw([point.codes])[0] - target).mean(), abs=1e-7) for point in points)


def test_the_first_point_is_the_nearest_sample() -> None:
    draw = generator(np.tanh)
    samples = np.random.default_rng(0).normal(size=(20, SIZE)).astype(np.float32)
    [target] = draw([np.repeat(samples[7][None], LAYERS, axis=0)])
    first = next(project(draw, samples, LAYERS, target))
    assert first.error == 0 and np.array_equal(first.codes, np.repeat(samples[7][None], LAYERS, axis=0))


def test_codes_that_differ_from_layer_to_layer_are_found_by_the_sweeps() -> None:
    draw, rng = generator(lambda x: x), np.random.default_rng(0)
    samples = rng.normal(size=(50, SIZE)).astype(np.float32)
    [target] = draw([rng.normal(size=(LAYERS, SIZE)).astype(np.float32)])
    points = list(project(draw, samples, LAYERS, target))
    shared = [point for point in points if (point.codes == point.codes[0]).all()]
    assert 0 < points[-1].error < 0.5 * shared[-1].error


def test_unlikely_codes_are_avoided(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = generator(lambda x: x)
    samples = np.random.default_rng(0).normal(size=(50, SIZE)).astype(np.float32)
    [far] = draw([np.full((LAYERS, SIZE), 20, np.float32)])

    def reached(penalty: float) -> float:
        monkeypatch.setattr(projection, "PENALTY", penalty)
        return float(np.abs(list(project(draw, samples, LAYERS, far))[-1].codes).max())

    assert reached(1e3) < 8 < 15 < reached(1e-6)
