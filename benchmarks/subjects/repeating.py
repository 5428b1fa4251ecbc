"""Timing a task once everything is loaded."""

import statistics
import time
from collections.abc import Callable


def run_repeatedly(task: Callable[[], object], repeat: int) -> None:
    """Run a task once, then `repeat` more times, and print the median seconds of those."""
    task()
    seconds = []
    for _ in range(repeat):
        began = time.perf_counter()
        task()
        seconds.append(time.perf_counter() - began)
    if seconds:
        print(statistics.median(seconds))
