"""Captions through `mediakit serve` beside other servers, in one run: the first answer, and captions per second.

    python benchmarks/compare_servers.py [--transformers PYTHON] [--bentoml PYTHON] [--photos 40] [--rounds 5]

- transformers: a plain FastAPI server of BLIP-base's architecture with random weights. Needs an interpreter with torch, transformers,
  fastapi, uvicorn and python-multipart.
- BentoML: our own pipeline in a BentoML service, which shows what the two servers cost. Needs one with bentoml and mediakit.

One client at a time, each server with one thread. What is not installed is left out. Of BLIP, only as many photos are asked for as
take about as long as ours.
"""

import argparse
import http.client
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from measuring import SUBJECTS, can_import, machine, mediakit_command, print_table

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
BOUNDARY = "photo-boundary"
SLOW = 3  # photos of a round for a slow server


@dataclass
class Server:
    """A server under test: its command, which gets the port, and the photos that it is given in a round.

    Attributes:
        alive: an address that answers as soon as the server does.
        first: seconds from the command to the first answer.
        caption: seconds from the command to the first caption.
        rates: captions per second, by round.
    """

    command: Sequence[str]
    photos: int
    alive: str = "/healthz"
    first: float = 0.0
    caption: float = 0.0
    rates: list[float] = field(default_factory=list)
    port: int = 0

    def start(self) -> subprocess.Popen:
        """Start it, and wait for its first caption."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        began = time.perf_counter()
        environment = {**os.environ, "PYTHONPATH": str(SUBJECTS), "OMP_NUM_THREADS": "1", "BENTOML_DO_NOT_TRACK": "1"}
        command = [part.replace("PORT", str(self.port)) for part in self.command]
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, cwd=SUBJECTS, start_new_session=True
        )
        while True:
            try:
                self._ask("GET", self.alive)
                break
            except OSError:
                if process.poll() is not None:
                    sys.exit(f"{' '.join(command)}: exit code {process.returncode}")
                time.sleep(0.01)
        self.first = time.perf_counter() - began
        self.post(next(SAMPLES.glob("*.jpg")).read_bytes())
        self.caption = time.perf_counter() - began
        return process

    def post(self, photo: bytes) -> None:
        """Ask for a photo's caption."""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="photo"; filename="photo.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
        body = head.encode() + photo + f"\r\n--{BOUNDARY}--\r\n".encode()
        status = self._ask("POST", "/v1/captioning", body, {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"})
        if status != 200:
            sys.exit(f"{self.command[0]}: status {status}")

    def round(self, photos: Sequence[bytes]) -> None:
        """Ask for the captions of its photos, one after the other."""
        began = time.perf_counter()
        for photo in photos[: self.photos]:
            self.post(photo)
        self.rates.append(self.photos / (time.perf_counter() - began))

    def _ask(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        response.read()
        connection.close()
        return response.status


def servers(args: argparse.Namespace, scratch: Path) -> dict[str, Server]:
    """The servers that are installed."""
    found = {"mediakit serve": Server([mediakit_command(), "serve", "--port", "PORT", "--concurrent", "1"], args.photos)}
    if can_import(args.bentoml, "bentoml", "mediakit"):
        command = [args.bentoml, "-m", "bentoml", "serve", "serve_bentoml:Captions", "--port", "PORT"]
        found["BentoML, the same pipeline"] = Server(command, args.photos)
    else:
        print("left out: BentoML, not installed (see --bentoml)", file=sys.stderr)
    if can_import(args.transformers, "torch", "transformers", "fastapi"):
        subprocess.run([args.transformers, str(SUBJECTS / "blip_base.py"), "make", str(scratch / "blip")], check=True)
        command = [args.transformers, str(SUBJECTS / "serve_blip.py"), str(scratch / "blip"), "PORT"]
        found["transformers + FastAPI, BLIP-base"] = Server(command, SLOW)
    else:
        print("left out: transformers, not installed (see --transformers)", file=sys.stderr)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--transformers", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--bentoml", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--photos", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    photos = [path.read_bytes() for path in sorted(SAMPLES.glob("*.jpg"))]
    photos = (photos * (args.photos // len(photos) + 1))[: args.photos]
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as ending:
        found = servers(args, Path(scratch))
        for server in found.values():
            process = server.start()
            ending.callback(process.wait)
            ending.callback(os.killpg, process.pid, signal.SIGTERM)
        for _ in range(args.rounds):  # in turn, so that drift affects all alike
            for server in found.values():
                server.round(photos)
    ours = next(iter(found.values()))
    rows = []
    for name, server in found.items():
        ratio = statistics.median(a / b for a, b in zip(ours.rates, server.rates, strict=True))
        rate = f"{statistics.median(server.rates):.3g}"
        rows.append([name, f"{server.first:.2f}", f"{server.caption:.2f}", rate, f"{ratio:.3g}"])
    print(machine())
    print_table(["server", "s to the first answer", "s to the first caption", "captions per second", "mediakit / this"], rows)


if __name__ == "__main__":
    main()
