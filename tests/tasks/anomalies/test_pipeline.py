import numpy as np
import pytest
from fixtures_models import DATA

import mediakit
from mediakit.errors import InputError
from mediakit.media.series import Series


@pytest.fixture(scope="module")
def pipeline():
    return mediakit.load(DATA / "tiny_anomalies")


def wave():
    values = np.sin(np.arange(900) / 7) + 0.05 * np.random.default_rng(0).normal(size=900)
    values[800] += 5
    return values


def test_a_list_of_numbers_is_one_series_and_a_list_of_lists_several(pipeline):
    one = pipeline(wave().tolist())
    assert one.channels == ("value",) and 800 in one.alarms
    assert [len(found) for found in pipeline([wave().tolist()[:60], wave()])] == [60, 900]


def test_paths_series_and_arrays_agree(pipeline, tmp_path):
    path = tmp_path / "wave.csv"
    path.write_text("x\n" + "".join(f"{value!r}\n" for value in wave().tolist()))
    found = [pipeline(item).to_dict() for item in (path, str(path), Series("x", wave()), wave()[:, None])]
    assert all(one["scores"] == found[0]["scores"] for one in found)
    assert found[0]["channels"] == ["x"] and found[0]["rows"] == 900


def test_rows_say_what_was_expected_and_why(pipeline):
    found = pipeline(Series("load", wave(), np.datetime64("2024-01-01T00:00:00", "s") + np.arange(900) * np.timedelta64(3600, "s")))
    [row] = found.rows([800])
    assert row["time"] == "2024-02-03T08:00:00" and row["value"] == pytest.approx(wave()[800]) and row["anomaly"]
    assert row["interval"][0] < row["expected"] < row["interval"][1] < row["value"]
    assert row["channel"] == "load" and row["why"] in ("level", "change", "error", "season") and 0.5 <= row["score"] <= 1
    assert next(found.rows([0]))["why"] is None


def test_several_columns_are_judged_together_and_the_unusual_one_is_named(pipeline):
    rng = np.random.default_rng(1)
    table = rng.normal([0, 10, 100], size=(900, 3))
    table[700:, 1] += 6
    found = pipeline(table)
    rows = list(found.rows([720, 800]))
    assert all(row["anomaly"] and row["channel"] == "column 2" for row in rows)
    assert rows[0]["value"].keys() == {"column 1", "column 2", "column 3"} and rows[0]["why"] == "together"
    assert found.found.anomaly[710:].all() and found.found.anomaly[450:700].mean() < 0.1


def test_a_spike_does_not_make_the_next_season_unusual():
    values = 10 * np.sin(np.arange(2000) * 2 * np.pi / 24) + np.random.default_rng(0).normal(size=2000)
    values[1500] += 60
    found = mediakit.load("anomalies")(Series("load", values, np.arange(2000).astype("datetime64[h]")))
    assert found.alarms == [1500]


def test_gaps_have_no_value_and_no_score(pipeline):
    values = wave()
    values[400:420] = np.nan
    [row] = pipeline(values).rows([410])
    assert row["value"] is None and row["score"] == 0 and not row["anomaly"] and np.isfinite(row["expected"])


def test_a_monitor_reads_on_and_is_resumed(pipeline, tmp_path):
    values, path = wave()[:, None], tmp_path / "state.json"
    whole = pipeline.monitor().read(values)
    monitor = pipeline.monitor()
    monitor.read(values[:500])
    path.write_text(monitor.save())
    again = pipeline.resume(path)
    rest = again.read(values[500:])
    assert rest.first == 501 and again.rows == 900
    np.testing.assert_array_equal(rest.found.score, whole.found.score[500:])


def test_a_state_that_does_not_fit_is_refused(pipeline, tmp_path):
    path = tmp_path / "state.json"
    for text, message in (("no json", "holds no state"), ("{}", "holds no state"), ("[1]", "holds no state")):
        path.write_text(text)
        with pytest.raises(InputError, match=message):
            pipeline.resume(path)
    path.write_text(pipeline.monitor(["a"]).save())
    with pytest.raises(InputError, match="state of the columns a, not of b"):
        pipeline.resume(path, ["b"])
    path.write_text(path.read_text().replace('"model": "', '"model": "0'))
    with pytest.raises(InputError, match="another model"):
        pipeline.resume(path)
    with pytest.raises(InputError, match="cannot be read"):
        pipeline.resume(tmp_path / "absent")


@pytest.mark.parametrize(
    ("item", "message"),
    [([1.0, np.inf], "finite"), (np.zeros((2, 2, 2)), "shape"), ([[1, 2], [3]], "sequence of numbers"), ("absent.csv", "absent.csv")],
)
def test_what_cannot_be_judged_is_refused_in_one_line(pipeline, item, message):
    [(_, error)] = pipeline.stream([item])
    assert isinstance(error, InputError) and message in str(error)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"sensitivity": 0}, "sensitivity is 0"), ({"train_part": -1}, "training part is -1"), ({"train_part": 1.5}, "training part is 1.5")],
)
def test_options_out_of_range_are_refused(pipeline, options, message):
    with pytest.raises(InputError, match=message):
        pipeline.stream([], **options)


def test_detections_are_drawn(pipeline):
    assert pipeline(wave()).draw().size == (960, 560)
    assert pipeline(np.stack([wave()] * 12, axis=1)).draw().height == 8 * 220 + 160
    assert pipeline(np.full(30, np.nan)).draw().height == 160
