import numpy as np
import pytest
from fixtures_models import DATA

import mediakit
from mediakit.errors import InputError, InputWarning
from mediakit.media.road_speeds import RoadSpeeds
from mediakit.tasks.traffic.windows import HORIZON

FREE_FLOW = np.array([60.0, 60, 60, 30])
CHAIN = np.eye(4) + np.eye(4, k=1) + np.eye(4, k=-1)


@pytest.fixture(scope="module")
def pipeline():
    return mediakit.load(DATA / "tiny_traffic")


def readings(rows=14, seed=0):
    return np.random.default_rng(seed).uniform(0.5, 1.0, (rows, 4)) * FREE_FLOW


def test_the_tiny_model_goes_halfway_to_the_neighbours(pipeline):
    speeds = readings()
    relative = speeds[-1] / FREE_FLOW
    neighbours = np.array([relative[1], (relative[0] + relative[2]) / 2, (relative[1] + relative[3]) / 2, relative[2]])
    made = pipeline(speeds)
    assert made.known and made.roads == ["road 1", "road 2", "road 3", "road 4"]
    np.testing.assert_allclose(made.speeds, np.tile((relative + neighbours) / 2 * FREE_FLOW, (HORIZON, 1)), rtol=2e-3)
    np.testing.assert_allclose(made.usual, np.tile(0.9 * FREE_FLOW, (HORIZON, 1)), rtol=1e-3)


def test_other_roads_are_forecast_too_and_said_to_be_others(pipeline):
    graph = np.ones((3, 3))
    with pytest.warns(InputWarning, match="4 roads of one city, not from these"):
        made = pipeline(readings()[:, :3], roads=graph)
    assert not made.known and made.speeds.shape == (HORIZON, 3) and np.isfinite(made.speeds).all()


def test_rolling_forecasts_know_no_later_row(pipeline):
    speeds = readings(30)
    whole = {row: made.speeds for row, made in pipeline.rolling(speeds)}
    assert sorted(whole) == list(range(11, 30))
    for rows in (12, 20):
        np.testing.assert_allclose(pipeline(speeds[:rows]).speeds, whole[rows - 1], rtol=1e-5)
        *_, (_, last) = pipeline.rolling(speeds[:rows])
        np.testing.assert_allclose(last.speeds, whole[rows - 1], rtol=1e-5)


@pytest.mark.filterwarnings("ignore:the model has learned from")
def test_rolling_forecasts_of_other_roads_know_no_later_row(pipeline):
    speeds, graph = readings(320)[:, :3], np.ones((3, 3))
    whole = {row: made.speeds for row, made in pipeline.rolling(speeds, graph)}
    for rows in (12, 29, 300):
        *_, (_, last) = pipeline.rolling(speeds[:rows], graph)
        np.testing.assert_allclose(last.speeds, whole[rows - 1], rtol=1e-5)


def test_missing_readings_leave_no_gap_in_the_forecast(pipeline):
    speeds = readings()
    speeds[:, 1] = np.nan
    speeds[-3:, 2] = 0
    made = pipeline(speeds)
    assert np.isfinite(made.speeds).all() and made.last[1] == pytest.approx(54, rel=1e-3) and made.last[2] == pytest.approx(speeds[-4, 2])


def test_times_go_on(pipeline):
    times = np.datetime64("2024-05-06T10:00:00") + np.arange(14) * np.timedelta64(300, "s")
    made = pipeline(RoadSpeeds(["a", "b", "c", "d"], readings(), times, 5))
    assert made.to_dict()["times"][::11] == ["2024-05-06T11:10:00", "2024-05-06T12:05:00"]


@pytest.mark.parametrize(
    ("table", "roads", "message"),
    [
        (readings(11), None, "11 rows of readings are too few; a forecast needs 12"),
        (readings()[:, :3], None, "roads: 3, but the model knows 4 others"),
        (readings(), np.ones((3, 3)), "but there are speeds of 4 roads"),
        (readings(), -CHAIN, "negative"),
        (np.zeros((14, 4)), None, "the last 12 rows hold no reading"),
        (-readings(), None, "negative"),
        (np.full((14, 4), np.inf), None, "infinite"),
        (np.zeros(4), None, "rows and roads"),
        ("absent.csv", None, "absent.csv"),
        (RoadSpeeds(list("abcd"), readings(), None, 15), None, "15 minutes apart, but the model reads steps of 5"),
    ],
)
def test_what_cannot_be_forecast_is_refused_in_one_line(pipeline, table, roads, message):
    with pytest.raises(InputError, match=message) as caught:
        pipeline(table, roads=roads)
    assert "\n" not in str(caught.value)


def test_influence_by_weights_and_by_occlusion(pipeline):
    found = pipeline.influence(readings(40))
    np.testing.assert_allclose(found.by_weights, [0.5, 1.5, 1.5, 0.5], rtol=1e-3)
    one = pipeline.influence(speeds := readings(12))
    usual, now = 0.9, speeds[-1] / FREE_FLOW  # a hidden road shows what is usual; its neighbours' forecasts take half of their mean
    shares = np.array([[0, 0.5, 0, 0], [1, 0, 0.5, 0], [0, 0.5, 0, 1], [0, 0, 0.5, 0]])  # of road i in its neighbours j
    expected = 0.5 * np.abs(usual - now) * (shares @ FREE_FLOW)
    np.testing.assert_allclose(one.by_occlusion, expected, rtol=0.01)
    assert -1 <= found.agreement <= 1 and found.shared(4) == 4 and sorted(rank for rank, _ in found.ranks()) == [1, 2, 3, 4]


def test_unusual_roads_and_broken_detectors_are_found(pipeline):
    rng = np.random.default_rng(0)
    speeds = 0.9 * FREE_FLOW * (1 + 0.01 * rng.normal(size=(60, 4)))
    assert pipeline.unusual(speeds) == []
    speeds[-8:, 1] = 20
    speeds[-12:, 2] = 54.0
    speeds[-12:, 3] = np.nan
    found = {one.road: one for one in pipeline.unusual(speeds)}
    assert {name: one.what for name, one in found.items()} == {"road 2": "slower", "road 3": "stuck", "road 4": "silent"}
    assert found["road 2"].read == pytest.approx(20) and found["road 2"].expected == pytest.approx(54, abs=1)
    with pytest.raises(InputError, match="24 rows of readings are too few"):
        pipeline.unusual(speeds[:24])


@pytest.mark.parametrize("rows", [6, 12, 20])
def test_a_jam_stays_unusual_while_it_lasts(pipeline, rows):
    speeds = 0.9 * FREE_FLOW * (1 + 0.01 * np.random.default_rng(0).normal(size=(80, 4)))
    speeds[-rows:, :3] = 20 + np.random.default_rng(1).normal(size=(rows, 3))
    [found] = [one for one in pipeline.unusual(speeds) if one.road == "road 1"]
    assert found.what == "slower" and found.expected == pytest.approx(54, abs=1)
    assert rows < 20 or found.reference == "usual"  # forecasts have followed the jam by then


def test_a_forecast_draws_itself(pipeline):
    assert pipeline(readings()).draw().size == (1200, 900)
