"""The API: what a request may look like, and what answers it."""

import base64
import io
import json
import time
from pathlib import Path

import pytest
from PIL import Image
from starlette.testclient import TestClient

import mediakit

DATA = Path(__file__).parents[1] / "data"
CAPTIONING = {"model": "tiny_captioning"}


def photo(color: str = "red", size: tuple[int, int] = (40, 40), form: str = "PNG") -> bytes:
    """An image file of one colour."""
    file = io.BytesIO()
    Image.new("RGB", size, color).save(file, form)
    return file.getvalue()


def lines(response) -> list[dict]:
    assert response.headers["content-type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in response.text.splitlines()]


def test_a_photo_in_a_form_and_in_json_gets_what_the_pipeline_says(client: TestClient):
    expected = mediakit.load(DATA / "tiny_captioning")(photo()).to_dict()
    form = client.post("/v1/captioning", files={"photo": ("a.png", photo())}, data=CAPTIONING)
    as_json = client.post("/v1/captioning", json={"photo": base64.b64encode(photo()).decode(), **CAPTIONING})
    assert form.status_code == as_json.status_code == 200
    assert form.json() == as_json.json() == expected


def test_several_inputs_get_a_line_each_in_order_and_bad_ones_an_error(client: TestClient):
    files = [("photo", ("red.png", photo())), ("photo", ("../../bad.png", b"nothing")), ("photo", ("blue.png", photo("blue")))]
    answered = lines(client.post("/v1/captioning", files=files, data=CAPTIONING))
    assert [each["input"] for each in answered] == ["red.png", "bad.png", "blue.png"]
    assert answered[0]["caption"] == "a red picture" and answered[2]["caption"] == "a blue picture"
    assert set(answered[1]) == {"input", "error"} and "not an image" in answered[1]["error"]


def test_one_input_gets_a_line_where_lines_are_asked_for(client: TestClient):
    accept = {"accept": "application/x-ndjson"}
    [one] = lines(client.post("/v1/translation", json={"text": "A dog runs.", "model": "tiny_translation"}, headers=accept))
    assert one["input"] == "0" and one["source"] == "A dog runs."


def test_a_film_is_kept_only_while_it_is_read(client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    film = (DATA / "films" / "h264.mp4").read_bytes()
    answered = client.post("/v1/film_genres", files={"film": ("trailer.mp4", film)}, data={"frames": "2"})
    assert answered.status_code == 200 and answered.json()["frames"] == 2
    broken = client.post("/v1/film_genres", files={"film": ("trailer.mp4", film[:3000])}, data={"frames": "2"})
    assert broken.status_code == 422 and broken.json()["error"].startswith("trailer.mp4: ")
    assert str(tmp_path) not in broken.text and not list(tmp_path.iterdir())


def test_what_a_film_shows_over_time(client: TestClient):
    film = (DATA / "films" / "h264.mp4").read_bytes()
    asked = {"model": "tiny_classification", "threshold": "0.1", "views": "true"}
    answer = client.post("/v1/gesture", files={"film": ("signs.mp4", film)}, data=asked).json()
    assert answer["events"] and answer["seconds"] == pytest.approx(4, abs=0.5)
    [timeline] = answer["views"]
    assert len(timeline["stretches"]) == len(answer["events"]) and len(timeline["curves"][0]["values"]) == len(timeline["times"])


def test_documents_are_translated_in_place(client: TestClient):
    srt = b"1\r\n00:00:01,000 --> 00:00:02,000\r\n<b>A dog runs.</b>\r\n"
    asked = {"model": "tiny_translation"}
    answer = client.post("/v1/translate_document", files={"document": ("film.srt", srt)}, data=asked)
    assert answer.status_code == 200 and answer.json()["format"] == "SubRip subtitles" and answer.json()["lines"] == 1
    kept = client.post(
        "/v1/translate_document", files={"document": ("film.srt", srt)}, data=asked, headers={"accept": "application/octet-stream"}
    )
    assert kept.content.decode() == answer.json()["text"] and kept.content.startswith(srt[:34]) and kept.content.endswith(b"</b>\r\n")
    lines = client.post("/v1/translate_document", json={"document": base64.b64encode(b"A dog runs.\n\nHi\n").decode(), **asked}).json()
    assert lines["format"] == "plain text" and lines["text"].count("\n") == 3
    wrong = client.post("/v1/translate_document", files={"document": ("a.json", b"{")}, data=asked)
    assert wrong.status_code == 422 and wrong.json()["error"].startswith("a.json: ")
    large = client.post("/v1/translate_document", files={"document": ("a.txt", b"a" * 1_000_001)}, data=asked)
    assert large.status_code == 413


def test_series_come_as_lists_and_as_tables(client: TestClient):
    values = [float(i % 4) for i in range(40)]
    one = client.post("/v1/forecasting", json={"series": values, "horizon": 3, "model": "tiny_forecasting", "method": "ar"})
    assert one.status_code == 200 and len(one.json()["mean"]) == 3
    two = lines(client.post("/v1/forecasting", json={"series": [values, [*values, None]], "method": "naive"}))
    assert len(two) == 2 and all(each["method"] == "naive" for each in two)
    table = "a,b\n" + "".join(f"{value},{value + 1}\n" for value in values)
    columns = lines(client.post("/v1/forecasting", files={"series": ("t.csv", table)}, data={"method": "naive"}))
    assert [each["series"] for each in columns] == ["a", "b"] == [each["input"] for each in columns]
    gap = client.post("/v1/forecasting", json={"series": [*values, None, 1.0], "method": "naive"}).json()
    assert "1 of 42 values are missing" in gap["warnings"][0]


def test_a_seed_always_gives_the_same_and_files_come_by_accept(client: TestClient):
    asked = {"seed": 7, "model": "tiny_style_gan"}
    assert client.post("/v1/image_generation", json=asked).json()["seed"] == 7
    png = client.post("/v1/image_generation", json=asked, headers={"accept": "image/png"})
    assert png.headers["content-type"] == "image/png" and Image.open(io.BytesIO(png.content)).size
    assert png.content == client.post("/v1/image_generation", json=asked, headers={"accept": "image/png"}).content
    wav = client.post("/v1/music", json={"seed": 1, "bars": 1}, headers={"accept": "audio/wav"})
    assert wav.headers["content-type"] == "audio/wav" and wav.content.startswith(b"RIFF")
    assert client.post("/v1/image_generation", json={**asked, "seed": [1, 2]}, headers={"accept": "image/png"}).status_code == 406
    assert client.post("/v1/image_generation", json=asked, headers={"accept": "text/html"}).status_code == 406


def test_views_are_added_where_they_are_asked_for(client: TestClient):
    asked = {"text": "Ada Lovelace met Grace", "model": "tiny_named_entities"}
    assert "views" not in client.post("/v1/named_entities", json=asked).json()
    [view] = client.post("/v1/named_entities", json={**asked, "views": True}).json()["views"]
    assert view["kind"] == "spans" and view["text"] == asked["text"] and view["spans"]


def test_a_midi_file_is_an_option(client: TestClient):
    midi = client.post("/v1/music", json={"seed": 1, "bars": 1}, headers={"accept": "audio/midi"}).content
    longer = client.post("/v1/music", files={"primer": ("start.mid", midi)}, data={"seed": "2", "bars": "2"})
    assert longer.status_code == 200 and longer.json()["bars"] == 2
    assert client.post("/v1/music", json={"seed": 2, "primer": base64.b64encode(b"no").decode()}).status_code == 422


@pytest.mark.parametrize(
    ("task", "asked", "status", "message"),
    [
        ("captionin", {}, 404, "did you mean captioning?"),
        ("captioning", {}, 400, "field photo is missing"),
        ("captioning", {"photo": []}, 400, "empty list"),
        ("captioning", {"photo": "no Base64"}, 422, "no Base64"),
        ("captioning", {"photo": "AAAA"}, 422, "not an image"),
        ("captioning", {"photo": 7}, 422, "a photo is a file, not a number"),
        ("captioning", {"photo": "AAAA", "beem": 2}, 422, "did you mean beam?"),
        ("captioning", {"photo": "AAAA", "beam": 99}, 422, "beam is 99; it must be from 1 to 16"),
        ("captioning", {"photo": "AAAA", "beam": 1.5}, 422, "whole number"),
        ("captioning", {"photo": "AAAA", "beam": True}, 422, "must be a number"),
        ("captioning", {"photo": "AAAA", "sample": "yes"}, 422, "true or false"),
        ("captioning", {"photo": "AAAA", "model": "/etc"}, 422, "no model '/etc'"),
        ("captioning", {"photo": "AAAA", "model": "../tiny_captioning"}, 422, "no model"),
        ("captioning", {"photo": "AAAA", "model": "music/jsb"}, 422, "no model"),
        ("captioning", {"photo": "AAAA", "model": 3}, 422, "no text"),
        ("translation", {"text": "A" * 501}, 413, "501 characters"),
        ("translation", {"text": ["A"] * 21}, 413, "21 inputs"),
        ("forecasting", {"series": [1, "2"]}, 422, "is a text"),
        ("forecasting", {"series": [1, 2]}, 422, "a forecast needs at least"),
        ("forecasting", {"series": [1.0] * 30, "method": "arr"}, 422, "did you mean ar?"),
        ("image_generation", {"seed": -1}, 422, "seed"),
        ("image_generation", {"seed": 1.5}, 422, "whole number"),
        ("image_generation", {"seed": 1, "label": "nothing like it"}, 422, "the classes of style_gan/emoji are"),
        ("music", {"seed": 1, "key": "H"}, 422, "key"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(client: TestClient, task: str, asked: dict, status: int, message: str):
    answered = client.post(f"/v1/{task}", json=asked)
    assert answered.status_code == status, answered.text
    assert list(answered.json()) == ["error"] and message in answered.json()["error"] and "\n" not in answered.json()["error"]


def test_other_bodies_and_addresses_are_refused(client: TestClient):
    assert client.post("/v1/captioning", content=photo(), headers={"content-type": "image/png"}).status_code == 415
    assert client.post("/v1/captioning").status_code == 415
    assert client.post("/v1/captioning", data={"photo": "x"}).status_code == 415  # a form without files, as HTML sends it
    assert client.get("/v1/captioning").status_code == 405
    assert client.post("/v1").status_code == 404
    for body in (b"", b"[1]", b"{", b'{"photo": NaN}', b"[" * 100_000, b'{"seed": ' + b"9" * 5000 + b"}", b"\xff"):
        answered = client.post("/v1/music", content=body, headers={"content-type": "application/json"})
        assert answered.status_code == 400 and "\n" not in answered.json()["error"]


def test_what_there_is_to_know(client: TestClient):
    assert client.get("/healthz").json() == {"status": "ok"}
    models = {model["name"] for model in client.get("/v1/models").json()["models"]}
    assert {"captioning", "tiny_captioning", "translation/en-de"} <= models
    tasks = {task["name"]: task for task in client.get("/v1/tasks").json()["tasks"]}
    assert tasks["captioning"]["input"] == "photo" and tasks["captioning"]["options"]["beam"]["maximum"] == 16
    document = client.get("/openapi.json").json()
    assert document["openapi"] == "3.1.0" and {f"/v1/{task}" for task in tasks} <= set(document["paths"])


def test_metrics_count(client: TestClient):
    client.post("/v1/captioning", files={"photo": ("a.png", photo())}, data=CAPTIONING)
    client.post("/v1/captioning", json={})
    for _ in range(100):  # a thread ends a moment after its answer
        text = client.get("/metrics").text
        if "mediakit_requests_running 0\n" in text:
            break
        time.sleep(0.05)
    assert 'mediakit_requests_total{task="captioning",status="200"}' in text
    assert 'mediakit_requests_total{task="captioning",status="400"}' in text
    assert "mediakit_requests_running 0\n" in text and "mediakit_requests_waiting 0\n" in text
    names = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
    assert len(names) == len(set(names))


def test_the_columns_of_a_table_are_judged_together(client: TestClient):
    table = "a,b\n" + "".join(f"{i % 4},{i % 7}\n" for i in range(300)) + "50,60\n"
    answer = client.post("/v1/anomalies", files={"table": ("t.csv", table)}, data={"model": "tiny_anomalies"})
    assert answer.status_code == 200 and answer.json()["channels"] == ["a", "b"]
    assert answer.json()["anomalies"][-1]["time"] == 301


def test_the_roads_of_a_table_of_speeds_are_joined_by_a_second_file(client: TestClient):
    table = "a,b,c\n" + "60,50,40\n" * 13
    alone = client.post("/v1/traffic", files={"table": ("t.csv", table)})
    assert alone.status_code == 422 and "roads: 3, but the model knows" in alone.json()["error"]
    joined = {"table": ("t.csv", table), "roads": ("r.csv", "1,0.5,0\n0.5,1,0.5\n0,0.5,1\n")}
    answer = client.post("/v1/traffic", files=joined, data={"views": "true"}).json()
    assert len(answer["forecast"]) == 12 and answer["forecast"][0] == pytest.approx([60, 50, 40], rel=0.05)
    assert "not from these" in answer["warnings"][0]
    [picture, speed, slowest] = answer["views"]
    assert Image.open(io.BytesIO(base64.b64decode(picture["png"]))).size[0] > 500
    assert speed["lines"][0]["values"][0] == 50 and slowest["rows"][0][0] in "abc" and len(slowest["head"]) == 7
    wrong = client.post("/v1/traffic", files={**joined, "roads": ("r.csv", "1,0.5\n0.5,1\n")})
    assert wrong.status_code == 422 and wrong.json()["error"].startswith("the adjacency matrix: joins 2 roads")
