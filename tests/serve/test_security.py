"""Who is answered, and how answers are shielded."""

import re

import pytest
from starlette.datastructures import Headers
from starlette.testclient import TestClient

from mediakit.serve.app import create_app
from mediakit.serve.limits import Limits
from mediakit.serve.page_files import PAGE
from mediakit.serve.problems import Problem
from mediakit.serve.security import OPEN, Access

ADDRESS = "http://localhost:8000"
TEXT = {"text": "A dog runs.", "model": "tiny_translation"}


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000", "192.168.1.7", "lab.example:80"])
def test_own_hosts_are_answered(host: str):
    Access(hosts=("lab.example",)).check("GET", "/", Headers({"host": host}))


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "[", "localhost@evil.example"])
def test_rebound_hosts_are_refused(host: str):
    with pytest.raises(Problem, match="host") as problem:
        Access().check("GET", "/", Headers({"host": host}))
    assert problem.value.status == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:9000"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_other_sites_may_not_post(client: TestClient, headers: dict[str, str]):
    assert client.post("/v1/translation", json=TEXT, headers=headers).status_code == 403


@pytest.mark.parametrize("headers", [{"origin": ADDRESS}, {"sec-fetch-site": "same-origin", "origin": ADDRESS}, {}])
def test_the_own_page_and_programs_may_post(client: TestClient, headers: dict[str, str]):
    assert client.post("/v1/translation", json=TEXT, headers=headers).status_code == 200


def test_a_token_opens_all_but_the_empty_page():
    with TestClient(create_app(Access("sesame"), Limits(), ("translation",)), ADDRESS) as client:
        for path in OPEN:
            assert client.get(path).status_code == 200
        for path in ("/v1/tasks", "/v1/models", "/metrics", "/openapi.json", "/nothing"):
            refused = client.get(path)
            assert refused.status_code == 401 and refused.headers["www-authenticate"] == "Bearer"
        for token in ("Bearer sesam", "Bearer", "sesame", "Basic sesame", "Bearer séame"):
            assert client.post("/v1/translation", json=TEXT, headers={"authorization": token.encode()}).status_code == 401
        assert client.post("/v1/translation", json=TEXT, headers={"authorization": "Bearer sesame"}).status_code == 200


def test_every_answer_has_the_headers(client: TestClient):
    answers = [
        client.get("/"),
        client.get("/nothing"),
        client.post("/v1/translation", json={}),
        client.get("/", headers={"host": "evil.example"}),
        client.post("/v1/translation", json=TEXT),
    ]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff" and answer.headers["x-frame-options"] == "DENY"
        assert "server" not in answer.headers


def test_a_fault_tells_nothing_of_the_inside(monkeypatch: pytest.MonkeyPatch):
    def explode(*given: object, **options: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("mediakit.serve.catalog.Catalog.pipeline", explode)
    with TestClient(create_app(Access(), Limits(), ("translation",)), ADDRESS, raise_server_exceptions=False) as client:
        answer = client.post("/v1/translation", json=TEXT)
    assert answer.status_code == 500 and "secret" not in answer.text and answer.json()["error"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_page_runs_no_inline_code_and_needs_no_other_server():
    html = (PAGE / "index.html").read_text(encoding="utf-8")
    assert " style=" not in html and not re.search(r"<[^>]* on[a-z]+=", html)
    assert re.findall("<script[^>]*>", html) == ['<script src="/page.js" type="module">']
    for file in PAGE.iterdir():
        text = file.read_text(encoding="utf-8")
        links = re.findall(r"(?:https?:)?//[a-z0-9-]+\.[^\s\"')]*", text)
        assert all(link == "http://www.w3.org/2000/svg" for link in links), links
