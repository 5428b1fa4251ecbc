"""Dates on an axis: at beginnings, few, and written no longer than needed."""

import numpy as np
import pytest

from mediakit.media.date_ticks import date_ticks


def times(first, count, step, unit):
    return (np.datetime64(first) + np.arange(count) * np.timedelta64(step, unit)).astype("datetime64[s]")


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (times("2024-03-14T00:00", 96, 1, "h"), {24: "2024-03-15", 48: "2024-03-16", 72: "2024-03-17"}),
        (times("2024-03-14T09:00", 20, 15, "m"), {4 * i: f"2024-03-14 {9 + i:02}:00" for i in range(1, 5)}),
        (times("2024-03-01", 28, 1, "D"), {3: "2024-03-04", 10: "2024-03-11", 17: "2024-03-18", 24: "2024-03-25"}),
        (times("1955-01", 60, 1, "M"), {12: "1956", 24: "1957", 36: "1958", 48: "1959"}),
        (times("1700", 300, 1, "Y"), {50 * i: str(1700 + 50 * i) for i in range(1, 6)}),
    ],
    ids=["hours", "quarters of an hour", "days", "months", "years"],
)
def test_ticks_are_at_beginnings(given, wanted):
    assert date_ticks(given) == wanted


def test_there_are_never_many():
    for count in (2, 3, 10, 100, 1000):
        for step, unit in ((1, "s"), (7, "m"), (5, "h"), (1, "D"), (9, "D"), (1, "M"), (1, "Y")):
            found = date_ticks(times("1999" if unit in "MY" else "1999-12-31", count, step, unit))
            assert 1 <= len(found) <= 6 and all(0 <= place < count for place in found)


def test_without_beginnings_both_ends_are_named():
    assert date_ticks(times("2024-03-14T09:00:01", 2, 1, "s")) == {0: "2024-03-14 09:00", 1: "2024-03-14 09:00"}
