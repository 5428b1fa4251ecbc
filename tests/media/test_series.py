import gzip
import io

import numpy as np
import pytest

from mediakit.errors import InputError
from mediakit.media.seasons import find_season, season_of_step
from mediakit.media.series import read_series
from mediakit.media.timestamps import following, parse_times, regular


def series(text, **options):
    return read_series(io.BytesIO(text if isinstance(text, bytes) else text.encode()), **options)


@pytest.mark.parametrize(
    "text",
    ["value\n1\n2.5\n", "1\n2.5", "date,value\n2020-01-01,1\n2020-01-02,2.5\n", "tag;wert\n31.12.2020;1\n01.01.2021;2,5\n",
     "year\tx\n1999\t1\n2000\t2.5\n", "\ufefft,x,name\n3/25/2020,1,a\n3/26/2020,2.5,b\n", "a|b\n|1\n|2.5\n",
     "x\r\n1\r\n2.5\r\n".encode("utf-16"), gzip.compress(b"x\n1\n2.5\n", mtime=0)],
)  # fmt: skip
def test_dialects_of_csv(text):
    [found] = [one for one in series(text) if not np.isnan(one.values).all()]
    assert found.values.tolist() == [1, 2.5]


def test_blank_lines_are_gaps_of_a_single_column_and_columns_are_chosen_by_name():
    assert np.isnan(series("x\n1\n\n3\n")[0].values).tolist() == [False, True, False]
    assert [one.name for one in series("a,b,c\n1,2,x\n3,4,y\n")] == ["a", "b"]
    assert [one.name for one in series("a,b\n1,2\n", columns=["b"])] == ["b"]
    assert [one.name for one in series("a,a,\n1,2,3\n")] == ["a", "a.2", "column 3"]


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [("", {}, "is empty"), ("a\nb\nc\n", {}, "no column of numbers"), ("x\n1\ninf\n", {}, "row 3"), (b"\x00\x01\x02", {}, "no text"),
     ("sales\n1\n", {"columns": ["sale"]}, "did you mean sales"), ("a,b\n1,x\n", {"columns": ["b"]}, "'x' in row 2"),
     ("a,b\n1,2\n", {"time": "b"}, "no dates")],
)  # fmt: skip
def test_tables_that_cannot_be_used_are_refused(text, options, message):
    with pytest.raises(InputError, match=message):
        series(text, **options)


def test_a_day_above_twelve_tells_day_and_month_apart():
    assert str(parse_times(["13/01/2020", "02/03/2020"])[1]) == "2020-03-02T00:00:00"
    assert str(parse_times(["01/13/2020", "02/03/2020"])[1]) == "2020-02-03T00:00:00"
    assert parse_times(["2020-01-01T00:00:00+02:00"])[0] == np.datetime64("2019-12-31T22:00:00")
    assert parse_times(["12", "x"]) is None and parse_times(["2000", "1999"]) is None


def test_moments_that_are_left_out_become_gaps():
    times = parse_times(["2020-01-01 00:00", "2020-01-01 01:00", "2020-01-01 03:00"])
    all_times, values, step = regular(times, np.array([1.0, 2, 4]), "x")
    assert step == 3600 and np.isnan(values[2]) and str(all_times[2]) == "2020-01-01T02:00:00"


def test_months_are_steps_whatever_their_length():
    ends = parse_times(["2020-01-31", "2020-02-29", "2020-03-31", "2020-05-31"])
    _, values, step = regular(ends, np.arange(4.0), "x")
    assert step == "month" and len(values) == 5
    assert [str(time)[:10] for time in following(ends[-1], step, 2)] == ["2020-06-30", "2020-07-31"]


@pytest.mark.parametrize(
    "cells", [["2020-01-02", "2020-01-01"], ["2020-01-01", "2020-01-01"], ["2020-01-01", "2020-01-02", "2020-01-02T05:00"]]
)
def test_times_in_disorder_are_refused(cells):
    times = np.array([np.datetime64(cell, "s") for cell in cells])
    with pytest.raises(InputError, match=r"sort the rows|irregular"):
        regular(times, np.zeros(len(times)), "x")


def test_seasons_are_found_by_step_and_by_correlation():
    assert season_of_step(3600) == 24 and season_of_step(86_400 * 30.4) == 12 and season_of_step(1.0) == 1
    rng = np.random.default_rng(0)
    wave = np.tile(rng.normal(size=24), 10) + 0.2 * rng.normal(size=240)
    assert find_season(wave) == 24 and find_season(wave + 0.3 * np.arange(240)) == 24
    assert find_season(rng.normal(size=300)) == 1 and find_season(np.full(100, 2.0)) == 1
    assert find_season(wave[:30], 3600.0) != 24  # too short to show it
