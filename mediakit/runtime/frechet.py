"""Distances between sets of images by their features: Fréchet and kernel distance, precision, recall, density and coverage.

All take features `[images, dimensions]` of any network. Values compare only if the network, the number of images and their size are
the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

BLOCK = 1024  # images whose distances to all others are in memory at once


@dataclass(frozen=True)
class Statistics:
    """Mean `[dimensions]` and covariance `[dimensions, dimensions]` of features, float64."""

    mean: np.ndarray
    covariance: np.ndarray

    @classmethod
    def of(cls, features: np.ndarray) -> "Statistics":
        """Statistics of at least two images' features; the covariance is the unbiased estimate."""
        wide = np.asarray(features, np.float64)
        mean = wide.mean(axis=0)
        return cls(mean, (wide - mean).T @ (wide - mean) / (len(wide) - 1))


def frechet_distance(first: Statistics, second: Statistics) -> float:
    """|μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2 (Σ₁ Σ₂)^½), the distance of two normal distributions (Heusel et al. 2017, section 3).

    With Inception's features this is FID. It is biased upwards, the more so the fewer the images.
    """
    # Σ₁ Σ₂ has the eigenvalues of the symmetric Σ₁^½ Σ₂ Σ₁^½, which are negative only by rounding.
    values, vectors = np.linalg.eigh(first.covariance)
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    shared = np.sqrt(np.linalg.eigvalsh(root @ second.covariance @ root).clip(0)).sum()
    apart = ((first.mean - second.mean) ** 2).sum()
    return float(apart + np.trace(first.covariance) + np.trace(second.covariance) - 2 * shared)


def kernel_distance(first: np.ndarray, second: np.ndarray, *, subsets: int = 100, size: int = 1000, seed: int = 0) -> float:
    """Squared maximum mean discrepancy with the kernel (x·y / dimensions + 1)³ (Bińkowski et al. 2018, section 4).

    The mean over random subsets of both sets. With Inception's features this is KID. It is unbiased: 0 on average for equal
    distributions, and so sometimes negative.

    Args:
        first, second: features of two images at least.
        subsets: how many random subsets.
        size: the images in each; all, if there are fewer.
        seed: of the subsets.
    """
    rng = np.random.default_rng(seed)
    size = min(size, len(first), len(second))
    distances = [
        _discrepancy(first[rng.choice(len(first), size, replace=False)], second[rng.choice(len(second), size, replace=False)])
        for _ in range(subsets)
    ]
    return float(np.mean(distances))


def _discrepancy(first: np.ndarray, second: np.ndarray) -> float:
    """The unbiased estimate from equally many of each (Gretton et al. 2012, equation 3)."""
    n = len(first)
    within = sum(kernel.sum() - np.trace(kernel) for kernel in (_kernel(first, first), _kernel(second, second))) / (n * (n - 1))
    return float(within - 2 * _kernel(first, second).mean())


def _kernel(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return (first.astype(np.float64) @ second.T.astype(np.float64) / first.shape[1] + 1) ** 3


def precision_recall(real: np.ndarray, generated: np.ndarray, k: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Which generated images lie among real ones, bool `[generated]`, and which real ones among generated ones, bool `[real]`.

    Their means are precision and recall (Kynkäänniemi et al. 2019, equations 1 and 2). An image lies among others if it is no farther
    from one of them than that one's `k`-th nearest neighbour of its own set.
    """
    return _among(generated, real, k), _among(real, generated, k)


def density_coverage(real: np.ndarray, generated: np.ndarray, k: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """How densely real images surround each generated one, float `[generated]`, and which real ones are covered, bool `[real]`.

    Their means are density and coverage (Naeem et al. 2020, equations 4 and 5). The density is the number of real images among whose
    `k` nearest neighbours the generated one would be, divided by `k`; a real image is covered if a generated one would be among its
    own. Unlike precision and recall, they are not raised by single outliers, and copies of the real images score 1.
    """
    radii = _radii(real, k)
    near = [block <= radii for block in _distances(generated, real)]
    return np.concatenate([block.sum(axis=1) for block in near]) / k, np.any([block.any(axis=0) for block in near], axis=0)


def _among(images: np.ndarray, others: np.ndarray, k: int) -> np.ndarray:
    radii = _radii(others, k)
    return np.concatenate([(block <= radii).any(axis=1) for block in _distances(images, others)])


def _radii(images: np.ndarray, k: int) -> np.ndarray:
    """The squared distance of each image to its `k`-th nearest neighbour, or to its farthest, if there are fewer."""
    kth = min(k, len(images) - 1)  # index 0 is each one's distance to itself
    return np.concatenate([np.partition(block, kth, axis=1)[:, kth] for block in _distances(images, images)])


def nearest(images: np.ndarray, others: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The `count` nearest others of each image, nearest first: indices and distances, `[images, count]` both."""
    indices, distances = [], []
    for block in _distances(images, others):
        order = np.argsort(block, axis=1, kind="stable")[:, :count]
        indices.append(order)
        distances.append(np.sqrt(np.take_along_axis(block, order, axis=1)))
    return np.concatenate(indices), np.concatenate(distances)


def _distances(first: np.ndarray, second: np.ndarray) -> Iterator[np.ndarray]:
    """Squared distances of each of the first to all of the second, in blocks of rows."""
    # Subtracting the mean changes no distance, and makes rounding errors smaller.
    middle = np.asarray(second, np.float64).mean(axis=0)
    first, second = first - middle, second - middle
    lengths = (second**2).sum(axis=1)
    for start in range(0, len(first), BLOCK):
        rows = first[start : start + BLOCK]
        yield np.maximum((rows**2).sum(axis=1)[:, None] + lengths - 2 * rows @ second.T, 0)
