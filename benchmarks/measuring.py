"""Timing whole processes in turn. Imports little, because a child's peak memory is never reported below its parent's."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SUBJECTS = Path(__file__).parent / "subjects"
RECIPE = "mediakit (Keras, TensorFlow)"


@dataclass(frozen=True)
class Run:
    """A finished process: wall seconds, peak resident memory in MB, and its output."""

    seconds: float
    peak_mb: float
    output: str


def run(command: Sequence[str]) -> Run:
    """Run a command to its end. Exits with the command's own messages if it fails."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout, process.stderr:
        # A successful command writes little to standard error, so the pipes can be read one after the other.
        output, errors = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)}: exit code {process.returncode}\n{errors.decode(errors='replace')[-2000:]}")
    scale = 1e6 if sys.platform == "darwin" else 1e3
    return Run(seconds, usage.ru_maxrss / scale, output.decode(errors="replace"))


def in_turn(commands: dict[str, Sequence[str]], times: int) -> dict[str, list[Run]]:
    """Run each command `times` times after a warm-up, interleaved (A B C A B C …), so that drift affects all commands alike."""
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for i in range(times + 1):
        for name, command in commands.items():
            done = run(command)
            print(f"\r{i}/{times} {name:<40}", end="", file=sys.stderr, flush=True)
            if i:
                runs[name].append(done)
    print(f"\r{'':60}\r", end="", file=sys.stderr)
    return runs


def median_seconds(runs: Sequence[Run]) -> float:
    """The median wall time."""
    return statistics.median(done.seconds for done in runs)


def peak_mb(runs: Sequence[Run]) -> float:
    """The largest peak of all runs."""
    return max(done.peak_mb for done in runs)


def ratio(runs: Sequence[Run], others: Sequence[Run]) -> float:
    """The median of the pairwise ratios of wall times."""
    return statistics.median(a.seconds / b.seconds for a, b in zip(runs, others, strict=True))


def beside_torch(name: str, ours: Sequence[str], python: str, others: dict[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """Our command, and the PyTorch scripts in `others` run by `python`, if it has PyTorch."""
    commands: dict[str, Sequence[str]] = {name: ours}
    if can_import(python, "torch"):
        return commands | {other: [python, *command] for other, command in others.items()}
    print("skipping PyTorch: not installed (see --torch-python)", file=sys.stderr)
    return commands


def print_rates(runs: dict[str, list[Run]], title: str, unit: str) -> None:
    """Print a table of rates, each the last word of a run's output, with the ratio of the first row to each."""
    rates = {name: [float(run.output.split()[-1]) for run in done] for name, done in runs.items()}
    first = next(iter(rates.values()))
    rows = [
        [
            name,
            f"{statistics.median(rate):,.{0 if statistics.median(rate) >= 100 else 1}f}",
            f"{statistics.median(a / b for a, b in zip(first, rate, strict=True)):.2f}",
            f"{peak_mb(runs[name]):.0f}",
        ]
        for name, rate in rates.items()
    ]
    print(machine())
    print_table([title, unit, "mediakit / this", "peak MB"], rows)


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a Markdown table."""
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    for row in (header, ["-" * width for width in widths], *rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")


def machine() -> str:
    """One line about the machine."""
    import platform

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{platform.system()} {platform.machine()}, {cores} cores, Python {platform.python_version()}"


def can_import(python: str, *modules: str) -> bool:
    """Whether an interpreter finds these modules, without importing them."""
    code = f"import importlib.util as u, sys; sys.exit(not all(u.find_spec(m) for m in {modules!r}))"
    return subprocess.run([python, "-c", code], capture_output=True).returncode == 0


def mediakit_command() -> str:
    """The `mediakit` command of the current environment."""
    command = Path(sys.executable).with_name("mediakit")
    if not command.exists():
        sys.exit("no mediakit command; run this with the Python of an environment that has mediakit")
    return str(command)
