import numpy as np
import pytest
from fixtures_models import DATA

import mediakit
from mediakit.errors import InputError, InputWarning
from mediakit.media.series import Series

SEASON = np.array([3.0, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8])


@pytest.fixture(scope="module")
def pipeline():
    return mediakit.load(DATA / "tiny_forecasting")


def test_a_list_of_numbers_is_one_series_and_a_list_of_lists_several(pipeline):
    values = np.tile(SEASON, 6).tolist()
    one = pipeline(values, horizon=3, method="lstm", season=12)
    np.testing.assert_allclose(one.mean, SEASON[:3], atol=0.5)
    assert [made.horizon for made in pipeline([values, values], horizon=2)] == [2, 2]


def test_the_same_seed_gives_the_same_intervals_and_paths_agree_with_them(pipeline):
    values = np.tile(SEASON, 6) + np.random.default_rng(0).normal(size=72)
    first, again = (pipeline(values, method="lstm", season=12, seed=3).to_dict() for _ in range(2))
    other = pipeline(values, method="lstm", season=12, seed=4).to_dict()
    assert first == again != other
    paths = pipeline.paths(values, season=12, horizon=12, count=400, seed=3)
    assert paths.shape == (400, 12)
    np.testing.assert_allclose(np.median(paths, axis=0), first["mean"], rtol=1e-5)


def test_auto_compares_methods_and_says_how(pipeline):
    walk = np.cumsum(np.random.default_rng(5).normal(size=300))
    made = pipeline(walk, season=1, horizon=5)
    assert made.method == min(made.errors, key=made.errors.get) and set(made.errors) == {"naive", "ar", "lstm"}


def test_times_go_on_by_calendar_months_and_gaps_are_filled(pipeline):
    months = np.arange(np.datetime64("2020-01"), np.datetime64("2024-01")).astype("datetime64[s]")
    values = np.tile(SEASON, 4)
    values[7] = np.nan
    with pytest.warns(InputWarning, match="1 of 48 values are missing"):
        made = pipeline(Series("x", values, months), horizon=2)
    assert made.season == 12 and [str(time)[:10] for time in made.times] == ["2024-01-01", "2024-02-01"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([], "no values"),
        ([1.0], "1 value;"),
        ([np.nan] * 30, "no values"),
        ([1.0, np.nan, np.nan] * 10 + [2.0], "20 of 31 values are missing; resample"),
        ([1.0, np.inf, 2, 3, 4], "infinite"),
        (np.zeros((3, 2)), "one dimension"),
        ("absent.csv", "absent.csv"),
    ],
)
def test_what_cannot_be_forecast_is_refused_in_one_line(pipeline, values, message):
    with pytest.raises(InputError, match=message):
        pipeline(np.array(values) if isinstance(values, list) else values, horizon=3)


@pytest.mark.parametrize("options", [{"horizon": 0}, {"method": "arima"}, {"season": 0}, {"levels": (120,)}])
def test_options_out_of_range_are_refused(pipeline, options):
    with pytest.raises(InputError):
        pipeline(SEASON, **options)


def test_a_constant_series_goes_on(pipeline):
    for method in ("auto", "ar", "lstm"):
        made = pipeline([5.0] * 60, horizon=3, method=method)
        np.testing.assert_allclose(made.mean, 5, atol=0.01)
