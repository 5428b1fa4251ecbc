import json

import numpy as np
import pytest
from fixtures_models import DATA

import mediakit
from mediakit.datasets import anomaly_series
from mediakit.errors import DataError
from mediakit.tasks.anomalies.metrics import evaluate, examples, first_of_events


@pytest.fixture
def nab(tmp_path):
    """A series in NAB's layout with a spike in its window."""
    (tmp_path / "data" / "made").mkdir(parents=True)
    (tmp_path / "labels").mkdir()
    values = np.sin(np.arange(900) / 7) + 0.05 * np.random.default_rng(0).normal(size=900)
    values[700] += 9
    times = np.datetime64("2024-01-01T00:00:00") + np.arange(900) * np.timedelta64(300, "s")
    rows = [f"{str(time).replace('T', ' ')},{value}" for time, value in zip(times, values, strict=True)]
    (tmp_path / "data" / "made" / "spike.csv").write_text("\n".join(["timestamp,value", *rows]) + "\n")
    window = [f"{str(times[i]).replace('T', ' ')}.000000" for i in (690, 720)]
    (tmp_path / anomaly_series.WINDOWS).write_text(json.dumps({"made/spike.csv": [window], "made/absent.csv": []}))
    return tmp_path


@pytest.fixture
def skab(tmp_path):
    """Two runs in SKAB's layout, the second without labels."""
    (tmp_path / "valve1").mkdir()
    rng = np.random.default_rng(0)
    values = rng.normal(size=(800, 2))
    values[600:700] += 9
    labels = ((np.arange(800) >= 600) & (np.arange(800) < 700)).astype(float)
    times = np.datetime64("2020-03-09T10:00:00") + np.arange(800)
    rows = [f"{time};{a};{b};{label};0.0" for time, (a, b), label in zip(times, values, labels, strict=True)]
    (tmp_path / "valve1" / "0.csv").write_text("\n".join(["datetime;a;b;anomaly;changepoint", *rows]) + "\n")
    (tmp_path / "free.csv").write_text("datetime;a;b\n2020-03-09 10:00:00;1;2\n2020-03-09 10:00:01;1;2\n")
    return tmp_path


@pytest.fixture(scope="module")
def pipeline():
    return mediakit.load(DATA / "tiny_anomalies")


def test_the_layout_of_nab_is_read_and_scored(pipeline, nab):
    [one] = examples(nab, "val", {})
    assert one.windows == ((690, 720),) and one.values.shape == (900, 1) and one.anomalous is None
    found = evaluate(pipeline, [one])
    assert found.values["NAB_standard"] > 50 and found.values["window_recall"] == 100
    assert set(found.baselines) == {"moving z-score", "first difference"}


def test_the_layout_of_skab_is_read_and_scored_by_row(pipeline, skab):
    [one] = examples(skab, "val", {})
    assert one.windows == ((600, 699),) and one.values.shape == (800, 2) and one.anomalous.sum() == 100
    found = evaluate(pipeline, [one], options={"train_part": 400})
    assert found.values["F1"] > 0.8 and 0 < found.values["precision"] <= 1


def test_what_is_no_data_set_is_refused(tmp_path, nab):
    with pytest.raises(DataError, match="no split 'test'"):
        examples(nab, "test", {})
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="neither NAB"):
        examples(tmp_path / "empty", "val", {})


def test_alarms_soon_after_one_another_are_one_event():
    assert first_of_events(np.array([3, 4, 23, 24, 60, 80, 81])).tolist() == [3, 24, 60, 81]
