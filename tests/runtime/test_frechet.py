"""Distances between sets of features, against closed forms and by counting."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.runtime import frechet
from mediakit.runtime.frechet import Statistics, density_coverage, frechet_distance, kernel_distance, nearest, precision_recall


def test_statistics() -> None:
    features = np.random.default_rng(0).normal(size=(50, 6)).astype(np.float32)
    of = Statistics.of(features)
    assert np.allclose(of.mean, features.mean(axis=0), atol=1e-6)
    assert np.allclose(of.covariance, np.cov(features, rowvar=False), atol=1e-6)


def test_frechet_of_one_dimension() -> None:
    """(3 - 1)² + (√4 - √9)²."""
    first, second = (Statistics(np.array([mean]), np.array([[variance]])) for mean, variance in ((3.0, 4.0), (1.0, 9.0)))
    assert frechet_distance(first, second) == pytest.approx(5)


@given(st.integers(0, 1000), st.integers(1, 6), st.integers(1, 6))
def test_frechet_of_any_covariances(seed: int, first_rank: int, second_rank: int) -> None:
    """Of Σ = F Fᵀ the trace of (Σ₁ Σ₂)^½ is the sum of the singular values of F₁ᵀ F₂, also where few pictures leave the rank low."""
    rng = np.random.default_rng(seed)
    factors = [rng.normal(size=(6, rank)) for rank in (first_rank, second_rank)]
    first, second = (Statistics(rng.normal(size=6), factor @ factor.T) for factor in factors)
    shared = np.linalg.svd(factors[0].T @ factors[1], compute_uv=False).sum()
    exact = ((first.mean - second.mean) ** 2).sum() + (factors[0] ** 2).sum() + (factors[1] ** 2).sum() - 2 * shared
    assert frechet_distance(first, second) == pytest.approx(exact, abs=1e-5)
    assert frechet_distance(first, first) == pytest.approx(0, abs=1e-5)


def test_kernel_distance_by_counting() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(7, 3)), rng.normal(0.5, 1, size=(7, 3))

    def kernel(x: np.ndarray, y: np.ndarray) -> float:
        return (sum(a * b for a, b in zip(x, y, strict=True)) / 3 + 1) ** 3

    within = [np.mean([kernel(x, y) for x, y in combinations(part, 2)]) for part in (first, second)]
    between = np.mean([kernel(x, y) for x, y in product(first, second)])
    assert kernel_distance(first, second, subsets=1) == pytest.approx(sum(within) - 2 * between)


def test_kernel_distance_is_unbiased() -> None:
    """0 on average for equal distributions, however few; above 0 for others."""
    rng = np.random.default_rng(0)
    equal = [kernel_distance(*rng.normal(size=(2, 10, 4)), subsets=1) for _ in range(400)]
    assert abs(np.mean(equal)) < 3 * np.std(equal) / 20
    assert min(equal) < 0
    assert kernel_distance(rng.normal(size=(300, 4)), rng.normal(1, 1, size=(200, 4)), subsets=5, size=100) > 1


@pytest.mark.parametrize("k", [1, 3])
def test_precision_and_recall_by_counting(k: int) -> None:
    rng = np.random.default_rng(0)
    real, drawn = rng.normal(size=(40, 2)), rng.normal(1.5, 1.2, size=(30, 2))

    def among(pictures: np.ndarray, others: np.ndarray) -> list[bool]:
        radii = [sorted(np.linalg.norm(others - other, axis=1))[k] for other in others]
        return [any(np.linalg.norm(picture - other) <= r for other, r in zip(others, radii, strict=True)) for picture in pictures]

    precise, recalled = precision_recall(real, drawn, k)
    assert precise.tolist() == among(drawn, real) and recalled.tolist() == among(real, drawn)
    assert 0 < precise.mean() < 1 and 0 < recalled.mean() < 1


@pytest.mark.parametrize("k", [1, 3])
def test_density_and_coverage_by_counting(k: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frechet, "BLOCK", 7)
    rng = np.random.default_rng(0)
    real, generated = rng.normal(size=(40, 2)), rng.normal(1.5, 1.2, size=(30, 2))
    radii = [sorted(np.linalg.norm(real - image, axis=1))[k] for image in real]
    within = np.array([[np.linalg.norm(one - image) <= r for image, r in zip(real, radii, strict=True)] for one in generated])
    density, covered = density_coverage(real, generated, k)
    assert density.tolist() == (within.sum(axis=1) / k).tolist() and covered.tolist() == within.any(axis=0).tolist()
    assert 0 < covered.mean() < 1


def test_an_outlier_raises_precision_but_not_density() -> None:
    """The example of Naeem et al. 2020, figure 1: one real image far away, and images generated all around it."""
    rng = np.random.default_rng(0)
    real = np.concatenate([rng.normal(size=(200, 2)), [[30, 30]]])
    generated = rng.normal(15, 3, size=(200, 2))
    assert precision_recall(real, generated)[0].mean() > 0.9
    assert density_coverage(real, generated)[0].mean() < 0.3


def test_a_collapsed_generator_is_precise_and_covers_nothing() -> None:
    real = np.random.default_rng(0).normal(size=(100, 8))
    precise, recalled = precision_recall(real, np.repeat(real[:1], 50, axis=0))
    assert precise.mean() == 1 and recalled.mean() <= 0.02


def test_nearest_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frechet, "BLOCK", 7)
    rng = np.random.default_rng(0)
    pictures, others = rng.normal(100, 1, size=(20, 5)).astype(np.float32), rng.normal(100, 1, size=(30, 5)).astype(np.float32)
    exact = np.linalg.norm(pictures[:, None].astype(float) - others[None], axis=-1)
    indices, distances = nearest(pictures, others, 4)
    assert indices.tolist() == np.argsort(exact, axis=1)[:, :4].tolist()
    assert np.allclose(distances, np.sort(exact, axis=1)[:, :4], atol=1e-5)


def test_a_copy_is_at_no_distance() -> None:
    """However far from the origin the features lie."""
    features = np.random.default_rng(0).normal(1000, 1, size=(50, 100)).astype(np.float32)
    indices, distances = nearest(features[::2], features, 1)
    assert indices[:, 0].tolist() == list(range(0, 50, 2)) and distances.max() < 1e-3
