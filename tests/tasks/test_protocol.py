"""The protocol of `mediakit.runtime.pipeline`, kept by the pipeline of every task: a new task needs a line in CASES and no more."""

import inspect
import json
import pickle
from itertools import islice, repeat
from pathlib import Path

import numpy as np
import pytest

import mediakit
from mediakit import tasks
from mediakit.errors import InputError, MediakitError
from mediakit.runtime.pipeline import Pipeline
from mediakit.runtime.results import Result

DATA = Path(__file__).parents[1] / "data"
PHOTO = np.full((16, 16, 3), 250, np.uint8)
# A task's model, shipped or among the tests' data; an item; and options that make it quick.
CASES = {
    "anomalies": (DATA / "tiny_anomalies", np.sin(np.arange(60) / 3), {}),
    "captioning": (DATA / "tiny_captioning", PHOTO, {}),
    "classification": (DATA / "tiny_classification", PHOTO, {}),
    "detection": (DATA / "tiny_detection", PHOTO, {}),
    "film_genres": ("film_genres", DATA / "films" / "h264.mp4", {"frames": 2}),
    "forecasting": (DATA / "tiny_forecasting", np.sin(np.arange(60) / 3), {"horizon": 2}),
    "image_generation": (DATA / "tiny_style_gan", 7, {}),
    "image_to_image": (DATA / "tiny_colorize", PHOTO, {}),
    "music": ("music/jsb", 7, {"bars": 1}),
    "named_entities": (DATA / "tiny_named_entities", "the Ada Lovelace met Grace", {}),
    "sentiment": (DATA / "tiny_sentiment", "The food was good.", {}),
    "segmentation": (DATA / "tiny_segmentation", PHOTO, {}),
    "speech": (DATA / "tiny_speech", "12", {"pause": 0.0}),
    "traffic": (DATA / "tiny_traffic", 40 + np.arange(56.0).reshape(14, 4) % 17, {}),
    "translation": (DATA / "tiny_translation", "A dog runs.", {}),
}


def test_every_task_has_a_case():
    assert sorted(CASES) == tasks._own_names()


@pytest.fixture(scope="module", params=CASES)
def case(request):
    """A pipeline, an item and options."""
    model, item, options = CASES[request.param]
    return mediakit.load(model, threads=2), item, options


def test_calls_and_streams_agree(case):
    pipeline, item, options = case
    assert isinstance(pipeline, Pipeline) and not isinstance(item, list)
    alone, [among, _] = pipeline(item, **options), pipeline([item, item], **options)
    [(given, streamed)] = pipeline.stream(iter([item]), **options)
    assert given is item and alone.to_dict() == among.to_dict() == streamed.to_dict()
    assert pickle.loads(pickle.dumps(pipeline))(item, **options).to_dict() == alone.to_dict()
    assert pipeline([]) == [] and list(pipeline.stream([])) == []


def test_bad_items_and_errors_keep_their_place(case):
    pipeline, item, options = case
    error = InputError("could not be listed")
    given = [item, None, error, object(), item]
    said = list(pipeline.stream(given, **options))
    assert all(one is other for (one, _), other in zip(said, given, strict=True))
    assert [isinstance(result, MediakitError) for _, result in said] == [False, True, True, True, False]
    assert said[2][1] is error and all("\n" not in str(result) for _, result in said[1:4])
    for wrong in (None, [item, object()], error):
        with pytest.raises(InputError):
            pipeline(wrong, **options)


def test_an_endless_stream_is_read_at_flat_memory(case):
    pipeline, _, options = case
    read = 0

    def bad_items():
        nonlocal read
        for item in repeat(object()):
            read += 1
            yield item

    assert len(list(islice(pipeline.stream(bad_items(), **options), 3))) == 3
    assert read <= 1000


def test_results_are_data(case):
    pipeline, item, options = case
    result = pipeline(item, **options)
    assert isinstance(result, Result) and len(repr(result)) < 1000
    assert json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert tuple(result.to_row()) == pipeline.columns
    with pytest.raises(AttributeError):
        setattr(result, next(iter(vars(result))), None)


def test_options_are_named_and_checked_before_anything_is_read(case):
    pipeline, _, _ = case
    options = list(inspect.signature(pipeline.stream).parameters.values())[1:]
    assert all(option.kind is option.KEYWORD_ONLY and option.default is not option.empty for option in options)
    assert all(f"{option.name}" in inspect.getdoc(type(pipeline).stream) for option in options)
    with pytest.raises(InputError, match="put it in a list"):
        pipeline.stream("abc")
    with pytest.raises(InputError, match="threads is 0"):
        mediakit.load(pipeline.folder.path, threads=0)
