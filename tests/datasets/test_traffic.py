import numpy as np
import pytest

from mediakit.datasets import traffic
from mediakit.errors import DataError


def write(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)


def test_los_loop_begins_on_a_thursday_at_midnight(tmp_path):
    write(tmp_path, los_speed="773869,767541\n60,50\n61,51\n", los_adj="1,0.5\n0.5,1\n")
    found = traffic.read(tmp_path)
    assert found.speeds.names == ["773869", "767541"] and found.graph.tolist() == [[1, 0.5], [0.5, 1]]
    assert found.speeds.times.tolist() == [np.datetime64("2012-03-01T00:00").item(), np.datetime64("2012-03-01T00:05").item()]


def test_other_tables_keep_their_own_times_or_none(tmp_path):
    write(tmp_path, speeds="a,b\n60,50\n", adjacency="1,0\n0,1\n", positions="name,x,y\na,0,0\nb,1,1\n")
    assert traffic.read(tmp_path).speeds.times is None


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "it has no table"),
        ({"speeds": "60,50\n"}, "needs one table of speeds and one adjacency matrix"),
        ({"speeds": "60,50\n", "more": "60,50\n", "adjacency": "1,0\n0,1\n"}, "needs one table"),
        ({"speeds": "60,50\n", "adjacency": "1\n"}, "joins 1 roads, but there are speeds of 2"),
        ({"speeds": "a,b\n60,fast\n", "adjacency": "1,0\n0,1\n"}, "no number"),
    ],
)
def test_what_is_missing_is_said_in_one_line(files, message, tmp_path):
    write(tmp_path, **files)
    with pytest.raises(DataError, match=message):
        traffic.read(tmp_path)


def test_a_file_is_no_folder(tmp_path):
    write(tmp_path, speeds="60,50\n")
    with pytest.raises(DataError, match="is no folder"):
        traffic.read(tmp_path / "speeds.csv")
