"""The command as a process: how it starts, what it does under load, and how it ends."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from serve_process import COMMAND, serving

DATA = Path(__file__).parents[1] / "data"


def wait_for(condition, what: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.05)


def metrics(address: str) -> str:
    """The metrics of a server."""
    return httpx.get(f"{address}metrics").text


def test_a_signal_ends_it_after_the_answers_that_are_being_made(tmp_path: Path):
    with serving(tmp_path, "--task", "music") as (server, address), ThreadPoolExecutor() as pool:
        asked = pool.submit(httpx.post, f"{address}v1/music", json={"seed": [1, 2], "bars": 4}, timeout=60)
        wait_for(lambda: "mediakit_requests_running 1\n" in metrics(address), "a request that is worked on")
        server.send_signal(signal.SIGTERM)
        answer = asked.result()
        assert answer.status_code == 200 and [json.loads(line)["bars"] for line in answer.text.splitlines()] == [4, 4]
        assert server.wait(30) == 143
        assert server.stderr.read() == ""  # type: ignore[union-attr]
    assert not list(tmp_path.iterdir())


def test_many_clients_get_an_answer_or_are_told_to_come_back(tmp_path: Path):
    film = (DATA / "films" / "vp9.webm").read_bytes()

    def ask(number: int) -> httpx.Response:
        if number % 10 == 0:
            return client.post("v1/film_genres", files={"film": film}, data={"frames": "1"})
        return client.post("v1/translation", json={"text": "A dog runs.", "model": "tiny_translation"})

    with (
        serving(tmp_path, "--concurrent", "2", "--queue", "6") as (_, address),
        httpx.Client(base_url=address, timeout=60, limits=httpx.Limits(max_connections=50)) as client,
        ThreadPoolExecutor(50) as pool,
    ):
        answers = list(pool.map(ask, range(200)))
        statuses = Counter(answer.status_code for answer in answers)
        assert set(statuses) <= {200, 503} and statuses[200] >= 8, statuses
        assert all(answer.headers["retry-after"] == "1" for answer in answers if answer.status_code == 503)
        wait_for(lambda: "mediakit_requests_waiting 0\n" in metrics(address), "an empty queue")
        assert ask(0).status_code == 200 and not list(tmp_path.iterdir())


def test_a_client_that_hangs_up_gives_its_place_to_others(tmp_path: Path):
    with serving(tmp_path, "--task", "music", "--concurrent", "1", "--queue", "1") as (_, address):
        port = int(address.rpartition(":")[2].rstrip("/"))
        body = json.dumps({"seed": list(range(500)), "bars": 8}).encode()
        head = f"POST /v1/music HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", port)) as impatient:
            impatient.sendall(head.encode() + body)
            wait_for(lambda: "mediakit_requests_running 1\n" in metrics(address), "a request that is worked on")
        wait_for(lambda: "mediakit_requests_running 0\n" in metrics(address), "the end of its work")


def test_huge_headers_and_slow_bodies_do_not_stop_others(tmp_path: Path):
    with serving(tmp_path, "--task", "translation", "--timeout", "1") as (_, address):
        port = int(address.rpartition(":")[2].rstrip("/"))
        huge = httpx.get(f"{address}healthz", headers={"x": "y" * 100_000})
        assert huge.status_code in (400, 431)
        with socket.create_connection(("127.0.0.1", port), 30) as slow:
            slow.sendall(
                b"POST /v1/translation HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"
            )
            assert httpx.get(f"{address}healthz").status_code == 200
            assert slow.recv(4096).startswith(b"HTTP/1.1 408")


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc to find worker processes")
def test_a_worker_that_dies_is_replaced(tmp_path: Path):
    def alive() -> bool:
        try:
            return httpx.get(f"{address}healthz").status_code == 200
        except httpx.HTTPError:
            return False

    def workers() -> set[int]:
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        return {int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()}

    with serving(tmp_path, "--task", "translation", "--workers", "2") as (server, address):
        wait_for(alive, "the first answer")
        wait_for(lambda: len(workers()) == 2, "two workers")
        before = workers()
        os.kill(min(before), signal.SIGKILL)
        wait_for(lambda: len(workers() - before) == 1, "another worker")
        wait_for(alive, "an answer")
        server.send_signal(signal.SIGTERM)
        server.wait(60)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--host", "0.0.0.0"], 2, "give a token"),
        (["--host", "192.0.2.1", "--token", "x"], 1, "cannot be listened on: Cannot assign requested address; give"),
        (["--task", "captionin"], 2, "did you mean captioning?"),
        (["--port", "99999"], 2, "not in the range"),
    ],
)
def test_what_cannot_be_served_is_said(arguments: list[str], code: int, message: str):
    environment = {name: value for name, value in os.environ.items() if name != "MEDIAKIT_TOKEN"}
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == code and message in done.stderr and "Traceback" not in done.stderr


def test_a_taken_port_and_a_missing_extra_are_said_in_one_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run([*COMMAND[:-1], port], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and f"127.0.0.1:{port}: cannot be listened on" in done.stderr
    code = "import sys; sys.modules['starlette'] = None; sys.argv = ['mediakit', 'serve']; from mediakit.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and 'pip install ".[serve]"' in done.stderr
