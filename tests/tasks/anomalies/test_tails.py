import numpy as np
import pytest

from mediakit.tasks.anomalies.averages import Average, Delay
from mediakit.tasks.anomalies.tails import KEPT, Tail, together


def test_the_rarity_of_a_power_tail_is_its_probability():
    rng = np.random.default_rng(0)
    values = rng.pareto(2.0, 50_000) + 1
    tail = Tail()
    tail.follow(values)
    [rarity] = tail.follow(np.array([1000.0]))  # P(X > x) = x^-2
    assert rarity == pytest.approx(6, abs=1.5)


def test_few_values_are_rare_and_none_at_the_start():
    rarity = Tail().follow(np.abs(np.random.default_rng(1).normal(size=20_000)))
    assert not rarity[:30].any() and (rarity >= 0).all()
    assert 0 < np.mean(rarity[5000:] > 3) < 2e-3


def test_the_scale_does_not_matter_and_the_kept_values_are_the_largest():
    values = np.abs(np.random.default_rng(2).standard_t(3, size=4000))
    one, other = Tail(), Tail()
    np.testing.assert_allclose(one.follow(values), other.follow(values * 1e6), atol=1e-6)
    assert len(one.largest) == KEPT and one.largest == sorted(one.largest)
    np.testing.assert_allclose(np.exp(one.largest), np.sort(values)[-KEPT:], rtol=0.02)  # later ones are raised a little


def test_together_is_the_harmonic_mean_of_the_probabilities():
    found = together([np.array([0.0, 3.0]), np.array([2.0, 3.0])])
    np.testing.assert_allclose(found, [-np.log10(2 / (1 + 100)), 3.0])
    assert np.isfinite(together([np.array([1e6]), np.array([0.0])])).all()


def test_averages_and_delays_do_not_depend_on_blocks():
    values = np.random.default_rng(0).normal(size=50)
    whole, first = Average(10).follow(values), Average(10)
    np.testing.assert_allclose(np.concatenate([first.follow(values[:7]), first.follow(values[7:])]), whole)
    np.testing.assert_allclose(whole[:5], np.cumsum(values[:5]) / np.arange(1, 6))
    delay = Delay(3)
    late = np.concatenate([delay.follow(values[:2]), delay.follow(values[2:2]), delay.follow(values[2:])])
    np.testing.assert_array_equal(late, np.concatenate([np.full(3, values[0]), values[:-3]]))
