"""A column of texts in CSV."""

import pytest

from mediakit.console.table_input import TextTable, text_column
from mediakit.console.text_input import TextSource
from mediakit.errors import InputError


def table(tmp_path, content: str, column: str = "review") -> TextTable:
    path = tmp_path / "x.csv"
    path.write_text(content, newline="")
    return TextTable(TextSource(str(path)), column)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_rows_and_texts(tmp_path, separator):
    rows = [["id", "review"], ["1", f'good{separator} "really"'], ["2", "two\nlines"]]
    lines = ["id,review", f'1,"good{separator} ""really"""', '2,"two\r\nlines"', ""]
    text = "\r\n".join(line.replace(",", separator, 1) for line in lines)
    found = table(tmp_path, text)
    assert found.header == rows[0] and list(found.rows()) == [(row, row[1]) for row in rows[1:]]
    assert found.line(rows[1]) == f'1{separator}"good{separator} ""really"""'


def test_what_is_wrong_is_one_line(tmp_path):
    with pytest.raises(InputError, match=r"no column 'reviews'; the columns are id, review; did you mean review\?"):
        table(tmp_path, "id,review\n", "reviews")
    with pytest.raises(InputError, match="no column 'review'; the columns are none"):
        table(tmp_path, "")
    rows = table(tmp_path, "id,review\n1,a\n\n2,b,c\n").rows()
    assert next(rows) == (["1", "a"], "a")
    with pytest.raises(InputError, match="line 4 has 3 columns, the first line 2; quote cells with separators"):
        next(rows)


@pytest.mark.parametrize(
    ("content", "column"),
    [
        ("id,review\n1,The food was really good.\n2,It was far too loud.\n", "review"),
        ("name;rating;text\nAda;5;We loved every minute of it\nBo;1;Never again in my life\n", "text"),
        ("review\nGood.\n", "review"),
        ("The food was really good.\nIt was far too loud.\n", None),  # no header
        ("Good, but loud\nWe loved it, she did, and so did I\nBad, sad, and mad\n", None),  # no table
        ("", None),
    ],
)
def test_the_one_column_of_texts(tmp_path, content, column):
    path = tmp_path / "x.CSV"
    path.write_text(content)
    assert text_column(TextSource(str(path))) == column
    assert text_column(TextSource(str(path), content)) is None  # an argument, which is a text whatever it is called


def test_a_table_without_or_with_several_columns_of_texts(tmp_path):
    path = tmp_path / "x.csv"
    for rows in ("1,2\n3,4\n", "What a lovely place,It was far too loud\n"):
        path.write_text(f"title,review\n{rows}")
        with pytest.raises(InputError, match=r"x\.csv: choose its column of texts with --column; the columns are title, review"):
            text_column(TextSource(str(path)))
