"""Batches of columns through a pipeline, as Ray Data and Spark give them."""

import json
import os
import pickle
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from fixtures_models import COLOURS, colour_photo
from PIL import Image

import mediakit
from mediakit import mapper
from mediakit.errors import InputError, ModelError


@pytest.fixture
def batch(tmp_path):
    for colour in COLOURS:
        Image.fromarray(colour_photo(colour)).save(tmp_path / f"{colour}.png")
    paths = [str(tmp_path / f"{name}.png") for name in ("red", "absent", "blue")]
    return {"path": paths, "id": [1, 2, 3]}


@pytest.mark.parametrize("kind", [list, np.array, lambda column: np.array(column, object)])
def test_results_are_added_as_columns(tiny_model, batch, kind):
    given = {name: kind(column) for name, column in batch.items()}
    got = mediakit.Mapper(tiny_model, column="path")(given)
    assert list(got) == ["path", "id", "caption", "log_probability", "score", "concepts", "alternatives", "error"]
    assert got["path"] is given["path"] and got["id"] is given["id"]
    assert got["caption"] == ["a red picture", None, "a blue picture"]
    assert [error is None for error in got["error"]] == [True, False, True] and "no such file" in got["error"][1]
    assert got["log_probability"][1] is None and json.dumps([got["log_probability"], got["alternatives"]])


def test_what_is_missing_is_an_error_of_its_row(tiny_model, batch):
    got = mediakit.Mapper(tiny_model, column="path")({"path": [None, float("nan"), batch["path"][0]]})
    assert [error is None for error in got["error"]] == [False, False, True]
    assert mediakit.Mapper(tiny_model, column="path")({"path": []}) == {
        name: [] for name in ("path", "caption", "log_probability", "score", "concepts", "alternatives", "error")
    }


def test_columns_are_the_same_when_all_rows_fail(tiny_model):
    got = mediakit.Mapper(tiny_model, column="path")({"path": ["absent"]})
    assert got["caption"] == [None] and "caption" in got


def test_options_reach_the_pipeline(tiny_model, batch):
    got = mediakit.Mapper(tiny_model, "path", beam=3, n_best=2)(batch)
    assert [row and len(row) for row in got["alternatives"]] == [1, None, 1]
    for option, nearest in (("bem", "beam"), ("thread", "threads"), ("prefx", "prefix")):
        with pytest.raises(InputError, match=f"no option '{option}'; the options are beam, .*; did you mean {nearest}"):
            mediakit.Mapper(tiny_model, "path", **{option: 3})
    with pytest.raises(InputError, match="beam is 0"):
        mediakit.Mapper(tiny_model, "path", beam=0)(batch)


def test_columns_that_clash_or_are_not_there(tiny_model, batch):
    describe = mediakit.Mapper(tiny_model, column="path")
    with pytest.raises(InputError, match="a column 'caption' already; give a prefix"):
        describe({**batch, "caption": ["mine"] * 3})
    assert "model_caption" in mediakit.Mapper(tiny_model, column="path", prefix="model_")({**batch, "caption": ["mine"] * 3})
    with pytest.raises(InputError, match="no column 'path'; it has file, id"):
        describe({"file": [], "id": []})
    with pytest.raises(ModelError, match="no model 'nothing'"):
        mediakit.Mapper("nothing", column="path")


def test_it_is_loaded_once_per_process(tiny_model, batch, monkeypatch):
    loaded = []

    def load(model, threads):
        loaded.append(model)
        return SimpleNamespace(columns=("n",), stream=lambda items: [(item, SimpleNamespace(to_row=lambda: {"n": 1})) for item in items])

    monkeypatch.setattr(mediakit, "load", load)
    mapper._load.cache_clear()
    try:
        for describe in (mediakit.Mapper(tiny_model, "path"), pickle.loads(pickle.dumps(mediakit.Mapper(tiny_model, "path")))):
            assert describe(batch)["n"] == describe(batch)["n"] == [1, 1, 1]
    finally:
        mapper._load.cache_clear()
    assert loaded == [os.fspath(tiny_model)]


def test_a_worker_process_needs_the_pickle_alone(tiny_model, batch):
    work = pickle.dumps((mediakit.Mapper(tiny_model, column="path"), batch))
    assert len(work) < 1000
    code = "import pickle, sys; describe, batch = pickle.load(sys.stdin.buffer); print(describe(batch)['caption'][2])"
    done = subprocess.run([sys.executable, "-c", code], input=work, capture_output=True, check=True)
    assert done.stdout.decode().strip() == "a blue picture"


@pytest.mark.parametrize(
    ("fixture", "items", "columns"),
    [
        ("tiny_entities", ["met Ada", None], ["entities"]),
        ("tiny_translation", ["A dog", None], ["translation", "score", "log_probability", "normalized_log_probability", "alternatives"]),
        ("tiny_style_gan", np.array([3, -1]), ["seed", "label", "truncation", "fine", "crossover", "png"]),
    ],
)
def test_every_kind_of_item(request, fixture, items, columns):
    got = mediakit.Mapper(request.getfixturevalue(fixture), column="item")({"item": items})
    assert list(got) == ["item", *columns, "error"]
    assert [error is None for error in got["error"]] == [True, False]
    assert got[columns[0]][0] and got[columns[0]][1] is None
