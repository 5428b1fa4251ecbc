"""Downloads from a local server: cut short, resumed, checked."""

import hashlib
import http.server
import threading

import pytest

from mediakit.datasets.fetching import Download, fetch
from mediakit.errors import DataError

CONTENT = bytes(range(256)) * 4000


class Server(http.server.BaseHTTPRequestHandler):
    """Serves CONTENT and honours Range; `asked` records the ranges."""

    asked: list

    def do_GET(self):
        self.asked.append(self.headers.get("Range"))
        start = int(self.headers["Range"].removeprefix("bytes=").rstrip("-")) if self.headers.get("Range") else 0
        if self.path != "/set.zip":
            self.send_error(404)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        self.wfile.write(CONTENT[start:])

    def log_message(self, *_):
        pass


@pytest.fixture
def url():
    Server.asked = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/set.zip"
    server.shutdown()


def test_an_interrupted_download_resumes(url, tmp_path):
    (tmp_path / "set.zip.part").write_bytes(CONTENT[:1000])
    path = fetch(Download(url, hashlib.sha256(CONTENT).hexdigest()), tmp_path)
    assert path.read_bytes() == CONTENT
    assert Server.asked == ["bytes=1000-"]
    fetch(Download(url, hashlib.sha256(CONTENT).hexdigest()), tmp_path)
    assert len(Server.asked) == 1, "an intact file was fetched again"


def test_wrong_content_is_refused_and_deleted(url, tmp_path):
    with pytest.raises(DataError, match="expected 00"):
        fetch(Download(url, "00"), tmp_path)
    assert not list(tmp_path.glob("set.zip*"))


def test_the_first_sha256_is_recorded(url, tmp_path):
    path = fetch(Download(url), tmp_path)
    path.write_bytes(b"damaged")
    with pytest.raises(DataError, match="damaged"):
        fetch(Download(url), tmp_path)


def test_errors_are_one_line(url, tmp_path):
    with pytest.raises(DataError, match="404"):
        fetch(Download(url.replace("set.zip", "other.zip")), tmp_path)
    with pytest.raises(DataError, match="cannot be reached"):
        fetch(Download("http://127.0.0.1:9/x.zip"), tmp_path)
