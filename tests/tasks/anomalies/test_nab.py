import numpy as np
import pytest

from mediakit.tasks.anomalies.nab import probation, raw_score, scaled, scored_windows, weight

ROWS, WINDOWS = 1000, [(400, 499), (700, 799)]


def score(*alarms):
    return scaled(raw_score(np.array(alarms, int), ROWS, WINDOWS), len(WINDOWS))


def test_no_alarm_is_0_and_one_at_each_begin_is_100():
    assert score() == 0 and score(400, 700) == pytest.approx(100)


def test_only_the_earliest_alarm_of_a_window_counts_and_early_ones_count_more():
    assert score(450, 460, 470, 700) == score(450, 700)
    assert score(400, 700) > score(450, 700) > score(495, 700) > score(700)


def test_false_alarms_cost_a_little_and_less_just_behind_a_window():
    far, near = score(300, 400, 700), score(400, 502, 700)
    assert 100 - far == pytest.approx(100 * 0.11 / 4) and far < near < 100


def test_the_first_part_is_not_scored():
    assert probation(1000) == 150 and probation(100_000) == 750
    assert score(20, 400, 700) == score(400, 700)
    assert scored_windows(1000, [(10, 100), (120, 160)]) == [(120, 160)]


def test_weights_are_the_benchmark_s():
    assert weight(-1.0) == pytest.approx(0.98661, abs=1e-5) and weight(0.0) == 0 and weight(3.1) == -1
