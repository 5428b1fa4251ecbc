"""What a run reports: a progress line with the time left on standard error, metrics.jsonl, TensorBoard events."""

import json
import math
import os
import sys
import time
from collections import defaultdict
from pathlib import Path

import tensorflow as tf

from mediakit.errors import MediakitError
from mediakit.training.recipe import Phase

WARM_UP = 16  # steps before those that are timed for a phase's outlook: the first ones compile
TIMED = 32  # two periods of the penalties that GANs compute every 16 steps


class RunLog:
    """Collects a run's metrics and writes them; `write=False` for workers that are not the chief."""

    def __init__(self, run: Path, write: bool = True, every_seconds: float = 20):
        self._run, self._write, self._every = run, write, every_seconds
        self._events = tf.summary.create_file_writer(os.fsencode(run / "tensorboard")) if write else None
        self._saved = time.monotonic()
        self._terminal = sys.stderr.isatty()
        self._outlook_shown = False

    def begin_epoch(self, phase: Phase, epoch: int, step: int) -> None:
        """Start an epoch at a step (not 0 after a resume)."""
        self._phase, self._epoch, self._first, self._step = phase, epoch, step, step
        self._began = self._shown = time.monotonic()
        self._sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])

    def add_step(self, step: int, totals: dict[str, tuple[float, float]]) -> None:
        """Add a step's sums and weights. A loss that is not a number ends the run with the step named."""
        self._step = step + 1
        for name, (total, weight) in totals.items():
            if not math.isfinite(total):
                raise MediakitError(
                    f"{name} is {total} in phase {self._phase.name}, epoch {self._epoch + 1}, step {step + 1}: try a lower learning rate"
                )
            self._sums[name][0] += total
            self._sums[name][1] += weight
        self._show_outlook()
        if time.monotonic() - self._shown > (1 if self._terminal else self._every):
            self._shown = time.monotonic()
            self._print(self._line(), end="\r" if self._terminal else "\n")

    def end_epoch(self, metrics: dict[str, float]) -> None:
        """Write the epoch's means and the validation metrics everywhere."""
        now = time.monotonic()
        row = {
            "phase": self._phase.name,
            "epoch": self._epoch + 1,
            "seconds": round(now - self._began, 1),
            **self._means(),
            **{f"validation_{k}": v for k, v in metrics.items()},
        }
        self._print(self._line() + "".join(f"  {name} {value:.4f}" for name, value in metrics.items()), end="\n")
        if self._write:
            with open(self._run / "metrics.jsonl", "a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
        if self._events:
            with self._events.as_default():
                for name, value in row.items():
                    if isinstance(value, float):
                        tf.summary.scalar(f"{self._phase.name}/{name}", value, step=self._epoch + 1)
            self._events.flush()

    def saved(self) -> None:
        """Note that a checkpoint was written."""
        self._saved = time.monotonic()

    def seconds_since_save(self) -> float:
        """Seconds since the last checkpoint, or since the start."""
        return time.monotonic() - self._saved

    def close(self) -> None:
        """End the files."""
        if self._events:
            self._events.close()

    def _show_outlook(self) -> None:
        """Time some steps, then print what the phase expects of such a speed, once a run."""
        done = self._step - self._first
        if done == WARM_UP:
            self._timed_from = time.monotonic()
        elif done == WARM_UP + TIMED and self._phase.outlook and not self._outlook_shown:
            self._outlook_shown = True
            self._print(self._phase.outlook((time.monotonic() - self._timed_from) / TIMED), end="\n")

    def _means(self) -> dict[str, float]:
        return {name: total / max(weight, 1e-8) for name, (total, weight) in self._sums.items()}

    def _line(self) -> str:
        seconds = time.monotonic() - self._began
        done = self._step - self._first
        per_step = seconds / max(done, 1)
        left = per_step * (self._phase.steps - self._step + (self._phase.epochs - self._epoch - 1) * self._phase.steps)
        means = "  ".join(f"{name} {value:.4f}" for name, value in self._means().items())
        place = f"{self._phase.name}: epoch {self._epoch + 1}/{self._phase.epochs}  step {self._step}/{self._phase.steps}"
        return f"{place}  {means}  {per_step:.3f} s/step  {_clock(left)} left"

    def _print(self, text: str, end: str) -> None:
        if self._write:
            print(text, end=end, file=sys.stderr, flush=True)


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
