"""Evaluations: as dictionaries, tables, text and HTML."""

import json

import pytest

from mediakit.runtime.evaluation import Evaluation

EVALUATION = Evaluation(
    values={"CIDEr": 0.58, "METEOR": 21.04},
    examples=1000,
    options={"beam": 3},
    intervals={"CIDEr": (0.55, 0.61)},
    baselines={"a constant <caption>": {"CIDEr": 0.1}},
    data="flickr8k",
    split="dev",
    date="2026-01-03",
)
# As manifests hold it: these names are a file format.
ENTRY = {
    "data": "flickr8k",
    "split": "dev",
    "date": "2026-01-03",
    "examples": 1000,
    "options": {"beam": 3},
    "values": {"CIDEr": 0.58, "METEOR": 21.04},
    "intervals": {"CIDEr": [0.55, 0.61]},
    "baselines": {"a constant <caption>": {"CIDEr": 0.1}},
}


def test_as_a_dictionary_and_back() -> None:
    assert EVALUATION.to_dict() == ENTRY
    assert Evaluation.from_dict(json.loads(json.dumps(ENTRY))).to_dict() == ENTRY


def test_a_method_is_kept_where_there_is_one() -> None:
    entry = {**ENTRY, "method": "5-fold cross-validation"}
    assert Evaluation.from_dict(entry).to_dict() == entry


def test_an_entry_may_lack_what_was_not_recorded() -> None:
    bare = Evaluation.from_dict({"values": {"F1": 50.0}, "examples": 3})
    assert bare.values == {"F1": 50.0} and bare.intervals == {} and bare.split == ""


def test_table() -> None:
    assert EVALUATION.table().splitlines() == [
        "|                      |                    CIDEr |   METEOR |",
        "| -------------------- | -----------------------: | -------: |",
        "| this model           | **0.580** [0.550, 0.610] | **21.0** |",
        "| a constant <caption> |                    0.100 |          |",
    ]


def test_the_heading_says_where_and_how() -> None:
    assert EVALUATION.heading() == ("Measured on flickr8k dev; beam 3 (1,000 examples, 2026-01-03, 95 % bootstrap interval in brackets)")
    plain = Evaluation({"F1": 50.0}, 3)
    assert plain.heading() == "Measured on the examples (3 examples)"


def test_repr_is_short() -> None:
    assert repr(EVALUATION) == "<Evaluation CIDEr 0.580, METEOR 21.0 (flickr8k dev; beam 3)>"


def test_html_is_escaped() -> None:
    page = EVALUATION._repr_html_()
    assert "<td>a constant &lt;caption&gt;</td><td>0.100</td><td></td>" in page
    assert "<td>0.580 [0.550, 0.610]</td>" in page


@pytest.mark.parametrize("change", [{"split": "test"}, {"data": "mine"}, {"options": {}}, {"method": "cross-validation"}])
def test_another_split_or_way_is_another_measurement(change: dict[str, object]) -> None:
    newer = Evaluation.from_dict({**ENTRY, "date": "2027-01-01", "values": {"CIDEr": 0.6}})
    assert newer.measures_the_same_as(EVALUATION)
    assert not Evaluation.from_dict({**ENTRY, **change}).measures_the_same_as(EVALUATION)
