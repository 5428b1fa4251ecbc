"""What there is to measure of a server, in Prometheus' text format."""

import os
import time
from collections import Counter
from pathlib import Path

BUCKETS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)  # seconds


class Metrics:
    """Counts requests and inputs by task, and how long requests took."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, int]] = Counter()
        self._inputs: Counter[tuple[str, str]] = Counter()
        self._durations: dict[str, list[int]] = {}
        self._seconds: Counter[str] = Counter()
        self._started = time.time()

    def request(self, task: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        self._requests[task, status] += 1
        buckets = self._durations.setdefault(task, [0] * (len(BUCKETS) + 1))
        for number, most in enumerate((*BUCKETS, float("inf"))):
            buckets[number] += seconds <= most
        self._seconds[task] += seconds  # type: ignore[assignment]

    def input(self, task: str, failed: bool) -> None:
        """Count an input that was answered."""
        self._inputs[task, "error" if failed else "ok"] += 1

    def text(self, running: int, waiting: int, models: int) -> str:
        """All of it.

        Args:
            running, waiting: requests that are worked on, and that wait.
            models: how many are loaded.
        """
        lines = _family("mediakit_requests_total", "counter", "Requests by task and status.")
        lines += [f'mediakit_requests_total{{task="{task}",status="{status}"}} {n}' for (task, status), n in self._requests.items()]
        lines += _family("mediakit_inputs_total", "counter", "Inputs by task and outcome.")
        lines += [f'mediakit_inputs_total{{task="{task}",outcome="{outcome}"}} {n}' for (task, outcome), n in self._inputs.items()]
        lines += _family("mediakit_request_seconds", "histogram", "From a request's first byte to its answer's last.")
        for task, counts in self._durations.items():
            for most, count in zip((*map(str, BUCKETS), "+Inf"), counts, strict=True):
                lines.append(f'mediakit_request_seconds_bucket{{task="{task}",le="{most}"}} {count}')
            lines.append(f'mediakit_request_seconds_sum{{task="{task}"}} {self._seconds[task]:.6f}')
            lines.append(f'mediakit_request_seconds_count{{task="{task}"}} {counts[-1]}')
        for name, value, text in (
            ("mediakit_requests_running", running, "Requests that are worked on."),
            ("mediakit_requests_waiting", waiting, "Requests that are read or wait for their turn."),
            ("mediakit_models_loaded", models, "Models that are loaded."),
            ("process_resident_memory_bytes", _memory(), "Memory of the process."),
            ("process_start_time_seconds", round(self._started, 2), "When the process began, in Unix time."),
        ):
            lines += [*_family(name, "gauge", text), f"{name} {value}"]
        return "\n".join(lines) + "\n"


def _family(name: str, kind: str, text: str) -> list[str]:
    return [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]


def _memory() -> int:
    """Bytes of memory that the process holds; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
