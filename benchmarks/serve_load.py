"""`mediakit serve`: how soon it answers, how fast beside the pipeline in one process, and what many clients do to it.

python benchmarks/serve_load.py                     start, and captions per second
python benchmarks/serve_load.py --clients 50        the same, and then as many clients for a minute
"""

import argparse
import http.client
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import local
from typing import Any
from urllib.request import urlopen

from measuring import machine, mediakit_command, print_table

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
ROUNDS = 5  # in turn, so that drift affects both sides alike
BOUNDARY = "photo-boundary"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=60, help="in each round")
    parser.add_argument("--clients", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    photos = [path.read_bytes() for path in sorted(SAMPLES.glob("*.jpg"))]
    photos = (photos * (options.photos // len(photos) + 1))[: options.photos]
    print(machine())
    with tempfile.TemporaryDirectory() as temporary, serving(temporary) as (port, begun, pid):
        client = Client(port, pid)
        client.get("/healthz")
        started = time.perf_counter() - begun
        client.post(photos[0])
        print_table(
            ["from the command to", "s"],
            [["the first answer", f"{started:.2f}"], ["the first caption", f"{time.perf_counter() - begun:.2f}"]],
        )
        compare(client, photos)
        if options.clients:
            load(client, photos, options.clients, options.seconds, Path(temporary))


@contextmanager
def serving(temporary: str) -> Any:
    """A server's port, when its command was given, and its process."""
    begun = time.perf_counter()
    command = [mediakit_command(), "serve", "--port", "0"]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": temporary})
    assert server.stderr
    found = re.search(r":(\d+)/", server.stderr.readline())
    if not found:
        sys.exit(server.stderr.read())
    try:
        yield int(found.group(1)), begun, server.pid
    finally:
        server.terminate()
        server.wait()


class Client:
    """Asks the server; a connection for each thread."""

    def __init__(self, port: int, pid: int):
        self._port, self._pid, self._local = port, pid, local()

    def post(self, photo: bytes) -> int:
        """Ask for a photo's caption. Returns the status."""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="photo"; filename="photo.jpg"\r\n\r\n'
        body = head.encode() + photo + f"\r\n--{BOUNDARY}--\r\n".encode()
        if not hasattr(self._local, "connection"):
            self._local.connection = http.client.HTTPConnection("localhost", self._port, timeout=120)
        self._local.connection.request("POST", "/v1/captioning", body, {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"})
        response = self._local.connection.getresponse()
        response.read()
        return response.status

    def get(self, path: str) -> str:
        """What an address says."""
        with urlopen(f"http://localhost:{self._port}{path}") as response:
            return response.read().decode()

    def cpu(self) -> float:
        """CPU seconds that the server has used. Needs Linux."""
        fields = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """The server's memory in MB."""
        found = re.search(r"^process_resident_memory_bytes (\d+)", self.get("/metrics"), re.MULTILINE)
        assert found
        return int(found.group(1)) / 1e6


def compare(client: Client, photos: list[bytes]) -> None:
    """Captions per second through the API and in this process, in turn, and what one takes of a processor: on a busy machine, that says
    more."""
    import mediakit

    pipeline = mediakit.load("captioning")
    threads = min(len(os.sched_getaffinity(0)), 4) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

    def through_the_api() -> None:
        with ThreadPoolExecutor(threads + 1) as pool:
            assert set(pool.map(client.post, photos)) == {200}

    def in_this_process() -> None:
        assert all(not isinstance(result, Exception) for _, result in pipeline.stream(photos))

    rates: dict[str, list[float]] = {"in process": [], "through the API": []}
    used: dict[str, list[float]] = {name: [] for name in rates}
    sides = (("in process", in_this_process, time.process_time), ("through the API", through_the_api, client.cpu))
    for number in range(ROUNDS + 1):
        for name, work, cpu in sides:
            began, before = time.perf_counter(), cpu()
            work()
            if number:  # the first round warms up
                rates[name].append(len(photos) / (time.perf_counter() - began))
                used[name].append(1000 * (cpu() - before) / len(photos))
    rows = []
    for name in rates:
        speed = statistics.median(api / own for own, api in zip(rates["in process"], rates[name], strict=True))
        cost = statistics.median(own / api for own, api in zip(used["in process"], used[name], strict=True))
        rows.append([name, f"{statistics.median(rates[name]):.1f}", f"{speed:.2f}", f"{statistics.median(used[name]):.1f}", f"{cost:.2f}"])
    print_table(["captions", "per second", "beside in process", "CPU ms a caption", "in process / this"], rows)


def load(client: Client, photos: list[bytes], clients: int, seconds: float, temporary: Path) -> None:
    """Many clients at once: statuses, memory and what is left in the temporary folder."""
    before, end, statuses = client.memory(), time.perf_counter() + seconds, Counter[int]()
    memory: list[float] = []

    def ask(number: int) -> Counter[int]:
        own: Counter[int] = Counter()
        while time.perf_counter() < end:
            status = client.post(photos[number % len(photos)])
            own[status] += 1
            if status == 503:
                time.sleep(0.2)
            if number == 0:
                memory.append(client.memory())
        return own

    with ThreadPoolExecutor(clients) as pool:
        for own in pool.map(ask, range(clients)):
            statuses += own
    half = memory[len(memory) // 2]
    print_table(
        [f"{clients} clients, {seconds:g} s", ""],
        [
            ["answers by status", ", ".join(f"{status}: {count:,}" for status, count in sorted(statuses.items()))],
            ["memory before, half-way, at the end", f"{before:.0f}, {half:.0f}, {client.memory():.0f} MB"],
            ["files left in the temporary folder", str(len(list(temporary.iterdir())))],
        ],
    )


if __name__ == "__main__":
    main()
