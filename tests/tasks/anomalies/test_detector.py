import json

import numpy as np
import pytest
from fixtures_models import DATA

import mediakit
from mediakit.tasks.anomalies.detector import QUIET, Detector
from mediakit.tasks.anomalies.reference import Reference
from mediakit.tasks.anomalies.saved_state import plain, restored


@pytest.fixture(scope="module")
def network():
    return mediakit.load(DATA / "tiny_anomalies").folder.network("block")


def noisy_wave(rows=1500, channels=1, seed=0):
    rng = np.random.default_rng(seed)
    phases = np.arange(channels)
    return np.sin(np.arange(rows)[:, None] / 8 + phases) + 0.1 * rng.normal(size=(rows, channels))


def parts_of(found):
    return [np.asarray(part, float) for part in vars(found).values()]


@pytest.mark.parametrize("channels", [1, 3])
def test_scores_of_a_prefix_are_the_prefix_of_the_scores_however_rows_are_cut(network, channels):
    values, times = noisy_wave(channels=channels), np.arange(1500) * 3600.0
    values[[0, 1, 300, 301, 900], 0] = np.nan
    values[1000:1200, 0] = np.nan
    whole = Detector.of(channels).follow(network, values, times)
    prefix = Detector.of(channels).follow(network, values[:777], times[:777])
    for all_rows, some in zip(parts_of(whole), parts_of(prefix), strict=True):
        np.testing.assert_array_equal(all_rows[:777], some)
    pieces, detector, rng, begin = [], Detector.of(channels), np.random.default_rng(1), 0
    while begin < len(values):
        end = begin + int(rng.integers(1, 90))
        pieces.append(detector.follow(network, values[begin:end], times[begin:end]))
        begin = end
    for all_rows, cut in zip(parts_of(whole), zip(*map(parts_of, pieces), strict=True), strict=True):
        np.testing.assert_allclose(all_rows, np.concatenate(cut), rtol=1e-6, atol=1e-9)


def test_a_stream_goes_on_from_its_saved_state(network):
    values = noisy_wave(channels=2)
    whole = Detector.of(2).follow(network, values)
    detector = Detector.of(2)
    detector.follow(network, values[:650])
    later = restored(Detector, json.loads(json.dumps(plain(detector)))).follow(network, values[650:])
    for all_rows, rest in zip(parts_of(whole), parts_of(later), strict=True):
        np.testing.assert_array_equal(all_rows[650:], rest)


def test_the_state_does_not_grow(network):
    detector = Detector.of(1)
    sizes = []
    for _ in range(4):
        detector.follow(network, noisy_wave(3000))
        sizes.append(len(json.dumps(plain(detector))))
    assert max(sizes[1:]) < 1.1 * sizes[1]


def test_a_spike_scores_highest_and_gives_one_alarm(network):
    values = noisy_wave()
    values[1200:1205] += 6
    found = Detector.of(1).follow(network, values)
    assert found.score.argmax() == 1200 and found.anomaly[1200]
    assert not found.anomaly[1201 : 1201 + QUIET].any() and found.score[1201 : 1201 + QUIET].max() < 0.5
    assert found.score.min() >= 0 and found.score.max() <= 1


def test_a_step_of_the_level_and_a_season_that_fails_are_found(network):
    step = noisy_wave()
    step[1200:] += 4
    assert Detector.of(1).follow(network, step).anomaly[1200:1205].any()
    times = np.arange(1500) * 3600.0
    rng = np.random.default_rng(0)
    daily = np.where(np.arange(1500) % 24 < 8, 5.0, 0.0)[:, None] + 0.1 * rng.normal(size=(1500, 1))
    daily[1200:1208] -= 5
    found = Detector.of(1).follow(network, daily, times)
    assert found.anomaly[1200:1210].any()


def test_sensitivity_and_the_training_part_move_alarms(network):
    values = np.random.default_rng(3).standard_t(2, size=(3000, 1))
    few, usual, many = (Detector.of(1, sensitivity).follow(network, values).anomaly.sum() for sensitivity in (0.1, 1, 10))
    assert few < usual < many
    values[100] = 5e4
    assert Detector.of(1).follow(network, values).anomaly[80:101].any()
    trained = Detector.of(1, train=200).follow(network, values)
    assert not trained.anomaly[:200].any() and trained.score[:200].max() == 0


@pytest.mark.parametrize("values", [np.full(700, 5.0), np.zeros(700), np.full(700, np.nan), np.array([1e150, -1e150] * 350), [3.0]])
def test_degenerate_series_have_finite_scores_and_no_alarm_where_nothing_changes(network, values):
    values = np.asarray(values, float)[:, None]
    for channels in (1, 2):
        found = Detector.of(channels).follow(network, np.repeat(values, channels, axis=1))
        assert np.isfinite(found.score).all() and np.isfinite(found.expected[2:]).all() != np.isnan(values).all()
        if np.ptp(np.nan_to_num(values)) == 0:
            assert not found.anomaly.any() and found.score.max() < 0.1


def test_a_channel_that_begins_late_is_read_as_if_it_began_there(network):
    values = noisy_wave(900)
    late = np.concatenate([np.full((70, 1), np.nan), values])
    found, alone = Detector.of(1).follow(network, late), Detector.of(1).follow(network, values)
    assert np.isnan(found.expected[:71]).all() and not found.score[:70].any()
    np.testing.assert_allclose(found.expected[70:570], alone.expected[:500], rtol=1e-5)  # until a season is looked for
    np.testing.assert_allclose(found.score[70:570], alone.score[:500], atol=1e-6)


def test_columns_that_begin_late_or_hold_nothing_give_no_alarm_of_the_others(network):
    values = noisy_wave(900, 3)
    values[:, 1] += 50
    values[:450, 1] = np.nan
    values[:, 2] = np.nan
    found = Detector.of(3).follow(network, values)
    assert not found.anomaly.any() and not (found.channel == 2).any() and np.isnan(found.expected[:, 2]).all()
    values[700:720, 0] += 9
    assert Detector.of(3).follow(network, values).anomaly[700:703].any()


def test_intervals_widen_in_a_gap_and_its_end_gives_no_alarm(network):
    values = np.cumsum(np.random.default_rng(0).normal(size=(900, 1)), axis=0)
    values[500:700] = np.nan
    found = Detector.of(1).follow(network, values)
    width = found.expected[:, 0, 2] - found.expected[:, 0, 1]
    assert (np.diff(width[500:520]) > 0).all() and width[530:700].max() == pytest.approx(5 * width[499])
    assert not found.anomaly[500:].any()
    assert width[710:].mean() < 2 * width[400:500].mean()


def test_a_constant_that_changes_is_an_anomaly(network):
    values = np.full((700, 1), 5.0)
    values[600:] = 5.001
    assert Detector.of(1).follow(network, values).anomaly[600]


def test_the_reference_is_the_mahalanobis_distance_of_steady_channels():
    rng = np.random.default_rng(0)
    mixed = rng.normal(size=(1200, 2)) @ np.array([[1.0, 0.9], [0.0, 0.5]])
    mixed[800:] += [1.5, -1.5]  # against their correlation
    distance, farthest = Reference(2).follow(mixed)
    assert distance[:50].max() == 0 and 0.5 < distance[450:800].mean() < 1.4 and distance[820:].min() > 3
    assert set(farthest) <= {0, 1}


def test_a_channel_that_wanders_within_the_reference_counts_for_less():
    rng = np.random.default_rng(0)
    steady = rng.normal(size=(800, 2))
    wandering = steady + 2 * np.sin(np.arange(800)[:, None] / 50) * [0, 1]
    wandering[600:] += [0, 4]
    steady[600:] += [0, 4]
    assert Reference(2).follow(wandering)[0][650:].mean() < Reference(2).follow(steady)[0][650:].mean()
