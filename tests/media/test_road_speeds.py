import gzip
import io

import numpy as np
import pytest

from mediakit.errors import InputError
from mediakit.media.road_speeds import FASTEST, is_header, read_graph, read_positions, read_speeds


def speeds_of(text):
    return read_speeds(io.BytesIO(text if isinstance(text, bytes) else text.encode()))


@pytest.mark.parametrize(
    ("head", "names"),
    [
        ("", ["road 1", "road 2", "road 3"]),
        ("north,south,ring\n", ["north", "south", "ring"]),
        ("773869,767541,717447\n", ["773869", "767541", "717447"]),
        ("0,1,2\n", ["0", "1", "2"]),
    ],
)
def test_the_first_row_may_name_the_roads(head, names):
    found = speeds_of(head + "60,55.5,30\n61,0,31\n62,,32\n")
    assert found.names == names and found.times is None
    np.testing.assert_array_equal(found.speeds, [[60, 55.5, 30], [61, np.nan, 31], [62, np.nan, 32]])


def test_readings_that_look_like_names_are_readings():
    assert not is_header(["60", "61", "59"]) and not is_header(["60.5", "61", "62"]) and not is_header(["", "0", "0"])
    assert is_header(["", "a", "b"]) and is_header([str(FASTEST + 1).removesuffix(".0")])


@pytest.mark.parametrize("head", ["time,a,b\n", "time,773869,767541\n", ""])
def test_times_may_come_first_and_rows_that_are_left_out_are_missing(head):
    found = speeds_of(head + "2012-03-01 00:00,60,50\n2012-03-01 00:05,61,51\n2012-03-01 00:15,63,53\n2012-03-01 00:20,64,54\n")
    assert found.minutes == 5 and len(found.names) == 2 and str(found.times[2]) == "2012-03-01T00:10:00"
    np.testing.assert_array_equal(found.speeds[:, 0], [60, 61, np.nan, 63, 64])


@pytest.mark.parametrize(
    "text", ["a;b\r\n60,5;50\r\n", "a\tb\n60.5\t50\n", "\ufeffa,b\n60.5,50\n".encode(), gzip.compress(b"a,b\n60.5,50\n", mtime=0)]
)
def test_dialects(text):
    found = speeds_of(text)
    assert found.names == ["a", "b"] and found.speeds.tolist() == [[60.5, 50.0]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("a,b\n", "no row of readings"),
        ("a,b\n60,50\n61\n", "row 3 has 1 cells, the first has 2"),
        ("a,b\n60,fast\n", "row 2, reading 2: 'fast' is no number"),
        ("a,b\n60,-3\n", "row 2, reading 2: -3 is no speed"),
        ("a,b\n60,inf\n", "inf is no speed"),
        ("a,b\n60,1e9\n", "1e9 is no speed"),
        ("time,a\n2012-03-01 00:05,60\n2012-03-01 00:00,61\n", "earlier"),
        (b"\x00\x01\x02", "is no text"),
    ],
)
def test_what_is_no_table_of_speeds_is_refused_in_one_line(text, message):
    with pytest.raises(InputError, match=message) as caught:
        speeds_of(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["1,0.5\n0.5,1\n", "a,b\n1,0.5\n0.5,1\n", "a,1,0.5\nb,0.5,1\n", ",a,b\na,1,0.5\nb,0.5,1\n"])
def test_an_adjacency_matrix_may_have_names_on_either_side(text, tmp_path):
    path = tmp_path / "adjacency.csv"
    path.write_text(text)
    assert read_graph(path).tolist() == [[1, 0.5], [0.5, 1]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,0,0\n0,1,0\n0,0,1\n", "joins 3 roads, but there are speeds of 2"),
        ("1,0,1,1\n0,1,1,1\n", "no adjacency matrix but 2 rows of 4 cells"),
        ("1,x\n0,1\n", "no number"),
        ("1,-1\n0,1\n", "negative"),
        ("1,nan\n0,1\n", "not finite"),
    ],
)
def test_what_is_no_adjacency_matrix_is_refused(text, message, tmp_path):
    path = tmp_path / "adjacency.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_graph(path, 2)


def test_positions_are_found_by_name_and_degrees_shrink_with_latitude(tmp_path):
    path = tmp_path / "positions.csv"
    path.write_text("index,sensor_id,latitude,longitude\n0,b,60,20\n1,a,60,10\n")
    np.testing.assert_allclose(read_positions(path, ["a", "b"]), [[5, 60], [10, 60]])
    path.write_text("name,x,y\na,1,2\n")
    assert read_positions(path, ["a"]).tolist() == [[1, 2]]
    with pytest.raises(InputError, match="no position of b"):
        read_positions(path, ["a", "b"])
    path.write_text("name,where\na,1\n")
    with pytest.raises(InputError, match="first row must name"):
        read_positions(path, ["a"])
