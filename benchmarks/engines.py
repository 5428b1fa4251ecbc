"""CPU seconds per photo of `mediakit caption`: one process, and two workers of each engine. Needs Linux.

    python benchmarks/engines.py --photos FOLDER [--count 20000] [--few 200] [--times 1]

Each runs on few photos and on many, in turn. What a photo costs is the difference; the rest is the start, which does not grow. All
processes that a command starts are counted, by a variable in their environment. CPU seconds, unlike wall time, hardly depend on
what else the machine does; but Ray's servers use some as long as they run, so they are told apart from the workers: the ratio counts
them for the time that the work takes where each worker has a core for itself. Spark's Java counts as a worker, since what it does
grows with the work. Photos are made smaller first, so that the engines' part is as large as it gets.
"""

import argparse
import importlib.util
import os
import shutil
import statistics
import subprocess
import tempfile
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import measuring
from caption_throughput import SUFFIXES
from PIL import Image

SIZE = 96  # pixels of the longer side
WORKERS = 2
_MARK = "MEDIAKIT_BENCHMARK"
_WORKING = (b"mediakit", b"spawn_main", b"ray::write_part", b"ray::IDLE", b"pyspark.daemon")  # in their command lines
_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Cost:
    """Seconds of wall time, of CPU time of workers and of an engine's servers, and the most memory of all at once, in MB."""

    wall: float
    cpu: float
    servers: float
    peak_mb: float


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--few", type=int, default=200)
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--engines", nargs="+", choices=["local", "ray", "spark"], default=["local", "ray", "spark"])
    return parser.parse_args()


def fill(folder: Path, photos: list[Path], count: int) -> Path:
    """A folder of small photos, repeated if there are too few."""
    folder.mkdir()
    for i in range(count):
        target = folder / f"{i:06d}.jpg"
        if i < len(photos):
            image = Image.open(photos[i]).convert("RGB")
            image.thumbnail((SIZE, SIZE))
            image.save(target, quality=90)
        else:
            shutil.copyfile(folder / f"{i - len(photos):06d}.jpg", target)
    return folder


def cost(command: list[str]) -> Cost:
    """Run a command to its end, and look at its processes four times a second."""
    mark = uuid.uuid4().hex
    ticks: dict[int, int] = {}
    workers: set[int] = set()
    peak, began = 0, time.perf_counter()
    process = subprocess.Popen(command, env={**os.environ, _MARK: mark}, stdout=subprocess.DEVNULL)
    while process.poll() is None:
        resident = 0
        for pid in _processes(f"{_MARK}={mark}".encode(), set(ticks)):
            try:
                if any(name in Path(f"/proc/{pid}/cmdline").read_bytes() for name in _WORKING):
                    workers.add(pid)
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except OSError:  # it has ended
                continue
            ticks[pid] = int(fields[11]) + int(fields[12])
            resident += int(fields[21]) * _PAGE
        peak = max(peak, resident)
        time.sleep(0.25)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}")
    seconds = {True: 0.0, False: 0.0}
    for pid, used in ticks.items():
        seconds[pid in workers] += used / _TICK
    return Cost(time.perf_counter() - began, seconds[True], seconds[False], peak / 1e6)


def _processes(mark: bytes, known: set[int]) -> list[int]:
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                if int(entry) in known or mark in Path(f"/proc/{entry}/environ").read_bytes():
                    found.append(int(entry))
            except OSError:
                continue
    return found


def main() -> None:
    """Measure and print."""
    args = arguments()
    photos = sorted(path for path in args.photos.iterdir() if path.suffix.lower() in SUFFIXES)
    engines = [name for name in args.engines if importlib.util.find_spec({"local": "mediakit", "spark": "pyspark"}.get(name, name))]
    costs: dict[tuple[str, int], list[Cost]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        many = fill(Path(scratch) / "photos", photos, args.count)
        few = Path(scratch) / "few"
        few.mkdir()
        for path in sorted(many.iterdir())[: args.few]:
            os.link(path, few / path.name)
        for turn in range(args.times):
            for name in ("one process", *engines):
                for folder, count in ((few, args.few), (many, args.count)):
                    out = Path(scratch) / f"{name} {turn} {count}"
                    options = ["--threads", "1", "--json"] if name == "one process" else ["--engine", name, "--workers", str(WORKERS)]
                    command = [measuring.mediakit_command(), "caption", str(folder), "-q", "-o", str(out), *options]
                    costs.setdefault((name, count), []).append(cost(command))
                    print(name, count, costs[name, count][-1], flush=True)
    report(args, ["one process", *engines], costs)


def report(args: argparse.Namespace, names: list[str], costs: dict[tuple[str, int], list[Cost]]) -> None:
    """Print the table: a photo's cost, the start's, that of the servers, and memory."""
    per_photo = {
        name: [(b.cpu - a.cpu) / (args.count - args.few) for a, b in zip(costs[name, args.few], costs[name, args.count], strict=True)]
        for name in names
    }
    rows = []
    for name in names:
        both = list(zip(costs[name, args.few], costs[name, args.count], per_photo[name], strict=True))
        start = statistics.median(few.cpu + few.servers - args.few * each for few, _, each in both)
        servers = statistics.median((many.servers - few.servers) / (many.wall - few.wall) for few, many, _ in both)
        peak = max(each.peak_mb for each in costs[name, args.count])
        workers = 1 if name == "one process" else WORKERS
        ratios = [(1 + servers / workers) * ours / one for ours, one in zip(per_photo[name], per_photo["one process"], strict=True)]
        photo = f"{1000 * statistics.median(per_photo[name]):.1f}"
        spread = f"{statistics.median(ratios):.3f} ({min(ratios):.3f}-{max(ratios):.3f})"
        rows.append([name, photo, spread, f"{start:.1f}", f"{100 * servers:.1f}", f"{peak:.0f}"])
    print(measuring.machine())
    head = ["CPU ms a photo", "beside one process, servers included", "CPU s to start", "servers, % of a core", "peak MB"]
    measuring.print_table([f"{args.count:,} photos", *head], rows)


if __name__ == "__main__":
    main()
