"""Uploads that mean harm: each gets an error, none an answer of a server that fell over, and nothing is left behind."""

import gzip
import io
import json
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from starlette.testclient import TestClient

from mediakit.serve.app import create_app
from mediakit.serve.limits import Limits
from mediakit.serve.security import Access

DATA = Path(__file__).parents[1] / "data"
FILMS = DATA / "films"
NAMES = ("../../../etc/passwd", "C:\\Windows\\win.ini", "a/b/c.png", "\0", "x" * 5000, "-rf", "\u202egnp.exe", "", "..", "/dev/zero")


def png(width: int, height: int, content: bytes = b"") -> bytes:
    """A PNG whose header promises a size, whatever follows."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", content) + chunk(b"IEND", b"")


def jpeg() -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(file, "JPEG")
    return file.getvalue()


HOSTILE = {
    "empty": b"",
    "zeros": bytes(100_000),
    "bomb": png(60_000, 60_000, zlib.compress(bytes(1_000_000))),
    "largest": png(2**31 - 1, 2**31 - 1),
    "broken": png(100, 100, b"no deflate"),
    "cut": jpeg()[:400],
    "html": b"<html><script>alert(1)</script>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file\n",
    "playlist": b"#EXTM3U\n#EXTINF:5,\n/etc/passwd\n#EXT-X-ENDLIST\n",
    "script": b"ffconcat version 1.0\nfile /etc/passwd\n",
    "manifest": b'<?xml version="1.0"?><MPD><Period><BaseURL>file:///etc/passwd</BaseURL></Period></MPD>',
    "gzip": gzip.compress(b"1\n" * 1_000_000),
    "film": (FILMS / "h264.mp4").read_bytes()[:-500],
}


@pytest.fixture(autouse=True)
def _nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    yield
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("field", ["photo", "film", "series"])
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused(client: TestClient, field: str, name: str):
    task, model = {
        "photo": ("captioning", {"model": "tiny_captioning"}),
        "film": ("film_genres", {"frames": "2"}),
        "series": ("forecasting", {"method": "naive"}),
    }[field]
    answer = client.post(f"/v1/{task}", files={field: (f"{name}.bin", HOSTILE[name])}, data=model)
    if name == "film" and field == "film":  # what is missing at its end is told
        assert answer.status_code in (200, 422)
        return
    assert answer.status_code in (413, 422), answer.text
    assert "root:" not in answer.text and "/tmp" not in answer.text and len(answer.text) < 1000


def test_a_film_may_not_name_files_of_the_server(client: TestClient, tmp_path: Path):
    secret = tmp_path / "secret.mp4"
    secret.write_bytes((FILMS / "h264.mp4").read_bytes())
    for script in (
        f"ffconcat version 1.0\nfile {secret}\n",
        "ffconcat version 1.0\nfile ../secret.mp4\n",
        f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:4,\n{secret}\n#EXT-X-ENDLIST\n",
    ):
        answer = client.post("/v1/film_genres", files={"film": ("film.mp4", script)}, data={"frames": "2"})
        assert answer.status_code == 422, answer.text
    secret.unlink()


@pytest.mark.parametrize("name", NAMES)
def test_names_of_files_are_only_names(client: TestClient, name: str):
    files = [("photo", (name, jpeg())), ("photo", (name, b"bad"))]
    answer = client.post("/v1/captioning", files=files, data={"model": "tiny_captioning"})
    assert answer.status_code in (200, 400, 422), answer.text
    for line in answer.text.splitlines():
        assert not {"/", "\\", "\n"} & set(json.loads(line).get("input", "")) or json.loads(line)["input"].startswith("\\")


def test_limits(client: TestClient):
    photo = png(1001, 1000, zlib.compress(bytes(3004 * 1000)))
    refused = client.post("/v1/captioning", files={"photo": ("large.png", photo)})
    assert refused.status_code == 422 and "more than the limit of 1,000,000" in refused.json()["error"]
    body = b"x" * 2_000_001
    assert client.post("/v1/captioning", files={"photo": ("a.png", body)}).status_code == 413

    def parts():
        for _ in range(300):
            yield b"x" * 10_000

    headers = {"content-type": "multipart/form-data; boundary=b"}
    assert client.post("/v1/captioning", content=parts(), headers=headers).status_code in (400, 413)
    with TestClient(create_app(Access(), Limits(film_seconds=2), ("film_genres",)), "http://localhost:8000") as short:
        film = short.post("/v1/film_genres", files={"film": ("a.mp4", (FILMS / "h264.mp4").read_bytes())})
    assert film.status_code == 413 and "the limit is 2 s" in film.json()["error"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.one_of(
        st.binary(max_size=300),
        st.lists(
            st.sampled_from(
                [
                    b"--b\r\n",
                    b"--b--\r\n",
                    b"\r\n",
                    b"\r\n\r\n",
                    b'Content-Disposition: form-data; name="photo"',
                    b"; filename=x",
                    b"a" * 99,
                ]
            ),
            max_size=12,
        ).map(b"".join),
    )
)
def test_garbage_in_a_form_is_the_sender_s_fault(client: TestClient, body: bytes):
    headers = {"content-type": "multipart/form-data; boundary=b"}
    assert client.post("/v1/captioning", content=body, headers=headers).status_code in (400, 413, 422)


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\xff", "json", ""]
)
def test_odd_types_are_refused(client: TestClient, kind: str):
    answer = client.post("/v1/captioning", content=b"--b\r\n", headers={"content-type": kind.encode("latin-1")})
    assert answer.status_code in (400, 415)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    fields=st.dictionaries(
        st.sampled_from(["text", "model", "beam", "n_best", "views", "x"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
            max_leaves=4,
        ),
    )
)
def test_any_json_gets_an_answer_or_an_error(client: TestClient, fields: dict):
    fields = {"model": "tiny_translation", **fields}
    answer = client.post("/v1/translation", json=fields)
    assert answer.status_code in (200, 400, 413, 422), answer.text
    for line in answer.text.splitlines():
        assert isinstance(json.loads(line), dict)


def test_surrogates_in_json_are_no_fault(client: TestClient):
    answer = client.post(
        "/v1/translation", content=b'{"text": "\\ud800", "model": "tiny_translation"}', headers={"content-type": "application/json"}
    )
    assert answer.status_code in (200, 422) and isinstance(answer.json(), dict)
