"""Distances between sets of pictures by their features, and whether drawn pictures lie among real ones and cover them.

All take features, `[pictures, dimensions]`, of any network: figures compare only where the network, the number of pictures and their
size are the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

BLOCK = 1024  # pictures whose distances to all others are held at once


@dataclass(frozen=True)
class Statistics:
    """Mean `[dimensions]` and covariance `[dimensions, dimensions]` of features, float64."""

    mean: np.ndarray
    covariance: np.ndarray

    @classmethod
    def of(cls, features: np.ndarray) -> "Statistics":
        """Of at least two pictures' features; the covariance is the unbiased one."""
        wide = np.asarray(features, np.float64)
        mean = wide.mean(axis=0)
        return cls(mean, (wide - mean).T @ (wide - mean) / (len(wide) - 1))


def frechet_distance(first: Statistics, second: Statistics) -> float:
    """|μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2 (Σ₁ Σ₂)^½), the distance of two normal distributions (Heusel et al. 2017, section 3; FID where the
    features are Inception's). It is too large for few pictures, the more so the fewer they are."""
    # Σ₁ Σ₂ has the eigenvalues of the symmetric Σ₁^½ Σ₂ Σ₁^½, none of which is negative but by rounding.
    values, vectors = np.linalg.eigh(first.covariance)
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    shared = np.sqrt(np.linalg.eigvalsh(root @ second.covariance @ root).clip(0)).sum()
    apart = ((first.mean - second.mean) ** 2).sum()
    return float(apart + np.trace(first.covariance) + np.trace(second.covariance) - 2 * shared)


def kernel_distance(first: np.ndarray, second: np.ndarray, *, subsets: int = 100, size: int = 1000, seed: int = 0) -> float:
    """Squared maximum mean discrepancy with the kernel (x·y / dimensions + 1)³, a mean over random subsets of both (Bińkowski et al.
    2018, section 4; KID where the features are Inception's). Not too large for few pictures: 0 on average for equal distributions,
    and below 0 by chance.

    Args:
        first, second: features, two pictures at least.
        subsets, size: so many subsets of so many pictures, or of all where there are fewer.
    """
    rng = np.random.default_rng(seed)
    size = min(size, len(first), len(second))
    distances = [
        _discrepancy(first[rng.choice(len(first), size, replace=False)], second[rng.choice(len(second), size, replace=False)])
        for _ in range(subsets)
    ]
    return float(np.mean(distances))


def _discrepancy(first: np.ndarray, second: np.ndarray) -> float:
    """The unbiased estimate from as many of each (Gretton et al. 2012, equation 3)."""
    n = len(first)
    within = sum(kernel.sum() - np.trace(kernel) for kernel in (_kernel(first, first), _kernel(second, second))) / (n * (n - 1))
    return float(within - 2 * _kernel(first, second).mean())


def _kernel(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return (first.astype(np.float64) @ second.T.astype(np.float64) / first.shape[1] + 1) ** 3


def precision_recall(real: np.ndarray, drawn: np.ndarray, k: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Which drawn pictures lie among real ones, bool `[drawn]`, and which real ones among drawn ones, bool `[real]`: their means are
    precision and recall (Kynkäänniemi et al. 2019, equations 1 and 2).

    A picture lies among others if it is no farther from one of them than that one's `k`-th nearest neighbour of its own kind.
    """
    return _among(drawn, real, k), _among(real, drawn, k)


def _among(pictures: np.ndarray, others: np.ndarray, k: int) -> np.ndarray:
    kth = min(k, len(others) - 1)  # each is its own nearest, and doesn't count
    radii = np.concatenate([np.partition(block, kth, axis=1)[:, kth] for block in _distances(others, others)])
    return np.concatenate([(block <= radii).any(axis=1) for block in _distances(pictures, others)])


def nearest(pictures: np.ndarray, others: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """For each picture's features the `count` nearest of the others', the nearest first: indices and distances `[pictures, count]`."""
    indices, distances = [], []
    for block in _distances(pictures, others):
        order = np.argsort(block, axis=1, kind="stable")[:, :count]
        indices.append(order)
        distances.append(np.sqrt(np.take_along_axis(block, order, axis=1)))
    return np.concatenate(indices), np.concatenate(distances)


def _distances(first: np.ndarray, second: np.ndarray) -> Iterator[np.ndarray]:
    """Squared distances of each of the first to all of the second, in blocks of rows."""
    # Their mean has no part in distances, and would take part in the rounding.
    middle = np.asarray(second, np.float64).mean(axis=0)
    first, second = first - middle, second - middle
    lengths = (second**2).sum(axis=1)
    for start in range(0, len(first), BLOCK):
        rows = first[start : start + BLOCK]
        yield np.maximum((rows**2).sum(axis=1)[:, None] + lengths - 2 * rows @ second.T, 0)
