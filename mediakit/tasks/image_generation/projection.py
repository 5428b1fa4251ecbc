"""Projection: the latent whose image is nearest to a given one.

The search needs no gradient of the network, only its images. Codes are described by their principal components, which are scaled to
have unit variance, so that small numbers mean likely codes. From the seeds with the nearest images, damped Gauss-Newton steps
(Levenberg 1944, Marquardt 1963) with finite differences lower the squared error: first with one code for all layers (the space W),
then layer by layer (W+; Abdal et al. 2019).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

COMPONENTS = 64  # principal components: 96 % of the variance of the emoji model's styles
STARTS = 2  # seeds to start from
SHARED_STEPS = 8  # with one code for all layers, from each of them
SWEEPS = 2  # over the layers
PENALTY = 0.1  # of squared components, beside the squared error of pixels in -1..1
DIFFERENCE = 0.05  # of a component, for derivatives
LEAST_GAIN = 1e-3  # of a step, as a part of the loss; after a smaller one the search goes on elsewhere
TRIALS = 6  # of one step, each with more damping

Draw = Callable[[list[np.ndarray]], np.ndarray]
"""Codes `[layers, size]` of some images to their pixels float32 `[images, pixels]` in -1..1."""


@dataclass(frozen=True)
class Point:
    """A place in the search: codes float32 `[layers, size]`, their pixels `[pixels]`, and the mean squared error of these."""

    codes: np.ndarray
    pixels: np.ndarray
    error: float


def step_count(layers: int) -> int:
    """The most points that `project` yields."""
    return 1 + STARTS * SHARED_STEPS + SWEEPS * layers


def project(draw: Draw, samples: np.ndarray, layers: int, target: np.ndarray) -> Iterator[Point]:
    """Yield the nearest of random images, then ever nearer ones.

    Args:
        draw: draws images.
        samples: codes float32 `[samples, size]` of random latents: to start from, and to learn which codes are likely.
        layers: codes of an image.
        target: the pixels `[pixels]` of the given image, in -1..1.
    """
    mean, basis = _components(samples)
    drawn = draw([np.repeat(code[None], layers, axis=0) for code in samples])
    errors = np.square(drawn - target).mean(axis=1)
    starts = np.argsort(errors, kind="stable")[:STARTS]
    best = Point(np.repeat(samples[starts[0]][None], layers, axis=0), drawn[starts[0]], float(errors[starts[0]]))
    yield best
    everywhere = np.ones(layers, bool)
    for start in starts:
        components = np.linalg.lstsq(basis.T, samples[start] - mean, rcond=None)[0].astype(np.float32)
        search = _Search(draw, basis, target, np.repeat(mean[None], layers, axis=0), everywhere, components)
        for _ in range(SHARED_STEPS):
            gain = search.step()
            best = min(best, search.point, key=lambda point: point.error)
            yield best
            if gain < LEAST_GAIN:
                break
    for _ in range(SWEEPS if layers > 1 else 0):
        for layer in np.eye(layers, dtype=bool):
            search = _Search(draw, basis, target, best.codes, layer, np.zeros(len(basis), np.float32))
            search.step()
            best = min(best, search.point, key=lambda point: point.error)
            yield best


def _components(samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean `[size]` of codes, and their principal components `[components, size]`, as long as their standard deviations."""
    mean = samples.mean(axis=0)
    _, lengths, directions = np.linalg.svd(samples - mean, full_matrices=False)
    kept = min(COMPONENTS, len(directions))
    return mean, (directions[:kept] * (lengths[:kept, None] / np.sqrt(len(samples) - 1))).astype(np.float32)


class _Search:
    """A search among the codes of some layers.

    Args:
        draw, target: as for `project`.
        basis: float32 `[components, size]`.
        base: codes `[layers, size]` to which the components are added,
        chosen: in these layers, bool `[layers]`.
        components: float32 `[components]` to begin with.
    """

    def __init__(self, draw: Draw, basis: np.ndarray, target: np.ndarray, base: np.ndarray, chosen: np.ndarray, components: np.ndarray):
        self._draw, self._basis, self._target, self._base, self._chosen = draw, basis, target, base, chosen
        self._components, self._damping = components, 1e-2
        self.point = self._at(components)

    def step(self) -> float:
        """Go to a better point, if one is found. Returns by what part the loss became lower."""
        before, loss = self.point, self._loss(self._components, self.point)
        moved = self._components + DIFFERENCE * np.eye(len(self._basis), dtype=np.float32)
        slopes = (self._draw([self._codes(components) for components in moved]) - before.pixels) / DIFFERENCE
        curvature = slopes @ slopes.T
        downhill = -(slopes @ (before.pixels - self._target) + PENALTY * self._components)
        for _ in range(TRIALS):
            ridge = PENALTY + self._damping * np.trace(curvature) / len(curvature)
            components = self._components + np.linalg.solve(curvature + ridge * np.eye(len(curvature)), downhill).astype(np.float32)
            point = self._at(components)
            if (lower := self._loss(components, point)) < loss:
                self._components, self.point = components, point
                self._damping /= 3
                return (loss - lower) / loss
            self._damping *= 4
        return 0.0

    def _codes(self, components: np.ndarray) -> np.ndarray:
        return np.where(self._chosen[:, None], self._base + components @ self._basis, self._base)

    def _at(self, components: np.ndarray) -> Point:
        codes = self._codes(components)
        [pixels] = self._draw([codes])
        return Point(codes, pixels, float(np.square(pixels - self._target).mean()))

    def _loss(self, components: np.ndarray, point: Point) -> float:
        return point.error * point.pixels.size + PENALTY * float(np.square(components).sum())
