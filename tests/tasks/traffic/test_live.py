import numpy as np
import pytest
from fixtures_models import DATA

import mediakit
from mediakit.errors import InputError
from mediakit.tasks.traffic.live import follow

SPEEDS = np.random.default_rng(0).uniform(30, 60, (15, 4))


@pytest.fixture(scope="module")
def pipeline():
    return mediakit.load(DATA / "tiny_traffic")


def lines(times=False, head=""):
    start = np.datetime64("2024-05-06T10:00")
    yield from [head] if head else []
    for i, row in enumerate(SPEEDS):
        yield ",".join([*([str(start + 5 * i)] if times else []), *map(str, row)])


@pytest.mark.parametrize("options", [{}, {"times": True}, {"head": "a,b,c,d"}, {"times": True, "head": "time,a,b,c,d"}])
def test_rows_are_forecast_as_they_arrive_like_those_of_a_file(pipeline, options):
    rolled = dict(pipeline.rolling(SPEEDS))
    given = iter(lines(**options))
    for row, made in follow(pipeline, given):
        np.testing.assert_allclose(made.speeds, rolled[row].speeds, rtol=1e-5)
        if row == 11:  # no row is read ahead
            assert len(list(given)) == 3
            break
    else:
        pytest.fail("nothing was forecast")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("1,2,3", "row 2 has 3 cells; wanted 4"),
        ("1,2,3,x", "'x' is no number"),
        ("now,1,2,3,4", "'now', which is no time"),
        ("1,2,3,-4", "no speed"),
    ],
)
def test_what_is_no_row_is_said_with_its_number(pipeline, row, message):
    with pytest.raises(InputError, match=message):
        list(follow(pipeline, ["50,50,50,50", row]))
