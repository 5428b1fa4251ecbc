"""Academic degrees."""

import pytest

from mediakit.tasks.named_entities.degrees import is_degree, without_degrees


@pytest.mark.parametrize("text", ["Ph.D.", "PhD", "M.Sc", "M.Phil", "D. Phil", "M. Sc .", "M.D.", "LL.B", "D.", "B.A."])
def test_degrees(text):
    assert is_degree(text.split())


@pytest.mark.parametrize("text", ["MA", "JD", "J. Roe", "Ma", "D", "U.S.", "Ada", "Phil"])
def test_names_that_are_none(text):
    assert not is_degree(text.split())


def test_degrees_leave_the_end_of_a_name():
    for text, name in (
        ("Amina Diallo M.D.", "Amina Diallo"), ("Ada Roe D. Phil Ph.D.", "Ada Roe"), ("M.Phil", ""), ("Yo-Yo Ma", "Yo-Yo Ma"),
        ("Malcolm X.", "Malcolm X."), ("R. K. Narayan", "R. K. Narayan"),
    ):  # fmt: skip
        assert " ".join(without_degrees(text.split())) == name
