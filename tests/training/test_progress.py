"""What a run prints while it trains."""

import pytest

pytest.importorskip("tensorflow", reason="training needs the extra train")

from mediakit.training import progress
from mediakit.training.progress import TIMED, WARM_UP, RunLog
from mediakit.training.recipe import Phase


@pytest.fixture
def clock(monkeypatch):
    """A clock that tests set."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def a_phase(outlook=None):
    return Phase("training", 2, 60, lambda epoch, start: [], list, outlook=outlook)


def test_the_outlook_comes_once_with_the_seconds_of_a_step(tmp_path, clock, capsys):
    log = RunLog(tmp_path, every_seconds=1e9)
    for epoch in range(2):
        log.begin_epoch(a_phase(lambda seconds: f"{seconds:.2f} s for each"), epoch, 0)
        for step in range(60):
            clock[0] += 5.0 if step < WARM_UP else 0.25
            log.add_step(step, {"loss": (1.0, 1.0)})
            assert ("for each" in capsys.readouterr().err) == (epoch == 0 and step == WARM_UP + TIMED - 1)
    log.close()


def test_the_outlook_is_told_the_speed_since_a_resume(tmp_path, clock, capsys):
    log = RunLog(tmp_path, every_seconds=1e9)
    log.begin_epoch(a_phase(lambda seconds: f"{seconds:.2f} s for each"), 1, 10)
    for step in range(10, 60):
        clock[0] += 0.5
        log.add_step(step, {"loss": (1.0, 1.0)})
    log.close()
    assert capsys.readouterr().err == "0.50 s for each\n"


def test_a_phase_without_outlook_says_nothing(tmp_path, clock, capsys):
    log = RunLog(tmp_path, every_seconds=1e9)
    log.begin_epoch(a_phase(), 0, 0)
    for step in range(60):
        log.add_step(step, {"loss": (1.0, 1.0)})
    log.close()
    assert not capsys.readouterr().err
