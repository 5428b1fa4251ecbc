import gzip
import io
import os
import threading

import numpy as np
import pytest

from mediakit.errors import InputError
from mediakit.media.row_stream import LONGEST_ROW, RowStream, count_rows


def rows(text, **options):
    stream = RowStream(io.BufferedReader(io.BytesIO(text if isinstance(text, bytes) else text.encode())), **options)
    blocks = list(stream)
    times = None if blocks[0].times is None else [time for block in blocks for time in block.times]
    return stream.channels, np.concatenate([block.values for block in blocks]), times


@pytest.mark.parametrize(
    "text",
    ["value\n1\n2.5\n", "1\n2.5", "date,value\n2020-01-01,1\n2020-01-02,2.5\n", "tag;wert\n31.12.2020;1\n01.01.2021;2,5\n",
     "\ufefft,x,name\n3/25/2020,1,a\n3/26/2020,2.5,b\n", "x\r\n1\r\n2.5\r\n", "x\r\n1\r\n2.5\r\n".encode("utf-16"),
     gzip.compress(b"x\n1\n2.5\n", mtime=0), "Temp\xe9rature\n1\n2.5\n".encode("latin-1")],
)  # fmt: skip
def test_dialects_of_csv(text):
    _, values, _ = rows(text)
    assert values[~np.isnan(values)].tolist() == [1, 2.5]


def test_columns_are_chosen_by_what_they_hold_or_by_name():
    text = "when,a,note,b\n2020-01-01,1,x,\n2020-01-02,,y,4\n"
    channels, values, times = rows(text)
    assert channels == ["a", "b"] and times == ["2020-01-01", "2020-01-02"]
    np.testing.assert_array_equal(values, [[1, np.nan], [np.nan, 4]])
    assert rows(text, columns=["b"])[0] == ["b"]


def test_short_rows_have_gaps_and_long_ones_another_column():
    channels, values, _ = rows("a,b\n1,2\n3\n4,5,6\n")
    assert channels == ["a", "b", "column 3"]
    np.testing.assert_array_equal(values, [[1, 2, np.nan], [3, np.nan, np.nan], [4, 5, 6]])


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("", {}, "is empty"),
        ("a\nb\nc\n", {}, "no column of numbers"),
        ("a,b\n1,2\n", {"columns": ["c"]}, "no column 'c'; the columns are a, b"),
        ("a,b\n1,2\n", {"time": "a"}, "'a' holds no dates or times"),
        ("x\n1\ninf\n2\n", {}, "column 'x' holds 'inf' in row 3; values must be finite"),
        ("x\n1\n1e300\n2\n", {}, "'1e300' in row 3"),
        (b"\x89PNG\x00\x00\x00", {}, "is no text"),
        (b"\x1f\x8b broken", {}, "cannot be read"),
        (b"x" * (LONGEST_ROW + 70_000), {}, "no line break"),
    ],
)
def test_what_is_no_table_is_refused_in_one_line(text, options, message):
    with pytest.raises(InputError, match=message):
        rows(text, **options)


def test_a_later_row_that_is_no_number_is_named():
    text = "x\n" + "1\n" * 50_000 + "oops\n"
    with pytest.raises(InputError, match="column 'x' holds 'oops' in row 50002, which is no number"):
        rows(text)


def test_rows_of_a_pipe_come_at_once():
    reader, writer = os.pipe()
    with open(reader, "rb") as source, open(writer, "wb", buffering=0) as end:
        blocks = iter(RowStream(source))
        end.write(b"x\n1\n")
        assert next(blocks).values.tolist() == [[1.0]]
        end.write(b"2\n3\n")
        assert next(blocks).values.tolist() == [[2.0], [3.0]]
        end.write(b"4")
        threading.Timer(0.05, end.close).start()
        assert next(blocks).values.tolist() == [[4.0]]
        assert list(blocks) == []


def test_rows_are_counted(tmp_path):
    for name, opened in (("a.csv", open), ("a.csv.gz", gzip.open)):
        with opened(tmp_path / name, "wb") as file:
            file.write(b"x\n" + b"1\n" * 5)
        assert count_rows(tmp_path / name) == 6
