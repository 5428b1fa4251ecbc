"""Jobs on the local engine, whose inputs and processes go wrong."""

import os
import shutil
import signal
import subprocess
import sys
import time
from functools import partial

import numpy as np
import pytest
from fixtures_engines import files, fragile_job, plan, written

from mediakit.engines import job as jobs
from mediakit.engines import local
from mediakit.engines.inputs import open_table
from mediakit.errors import InputError, MediakitError

PATHS = [f"{'x' * (i % 7 + 1)}{i}" for i in range(23)]


def run(job, inputs, engine=partial(local.run, workers=2)):  # noqa: B008
    return sorted(jobs.run(job, inputs, plan(inputs), engine))


def test_order_and_count_are_kept(tmp_path):
    reports = run(fragile_job(tmp_path), files(*PATHS))
    assert [tuple(report) for report in reports] == [(0, 5, 0), (1, 5, 0), (2, 5, 0), (3, 5, 0), (4, 3, 0)]
    assert written(tmp_path) == [{"path": path, "length": len(path)} for path in PATHS]


def test_an_input_that_ends_its_process_is_a_row_with_an_error(tmp_path):
    paths = [*PATHS[:3], "poison", "bad", "killer", *PATHS[3:6], "fault", "hungry"]
    reports = run(fragile_job(tmp_path), files(*paths))
    rows = written(tmp_path)
    assert [row["path"] for row in rows] == paths and sum(report.failed for report in reports) == 5
    assert {row["path"]: row["error"] for row in rows if "error" in row} == {
        "poison": "the process that worked on it ended with exit code 3",
        "bad": "is bad",
        "killer": f"the process that worked on it was ended by signal {int(signal.SIGSEGV)}",
        "fault": "ValueError: a fault of ours",
        "hungry": f"the process that worked on it was ended by signal {int(signal.SIGKILL)}",
    }
    calls = (tmp_path / "calls").read_text().split()
    assert calls.count("poison") == 3, "once in its part, twice alone"
    assert calls.count("hungry") == 6, "once in its part, five times alone: it may not have been its fault"


def test_parts_that_are_there_are_kept(tmp_path):
    job, inputs = fragile_job(tmp_path), files("bad", *PATHS)
    first = run(job, inputs)
    whole = written(tmp_path)
    os.remove(job.file(1))
    (tmp_path / "out" / ".part-000001.jsonl.1234").write_text('{"path": "')  # a process was killed
    (tmp_path / "calls").unlink()
    assert run(job, inputs) == first and written(tmp_path) == whole
    assert (tmp_path / "calls").read_text().split() == inputs.columns["path"][5:10]
    assert not list((tmp_path / "out").glob(".part*"))


def test_a_plan_refuses_what_would_mix(tmp_path):
    output, inputs = str(tmp_path / "out"), files(*PATHS)
    jobs.begin(output, plan(inputs), resume=False)
    jobs.begin(output, plan(inputs), resume=True)
    with pytest.raises(InputError, match="holds results of this job; --resume"):
        jobs.begin(output, plan(inputs), resume=False)
    with pytest.raises(InputError, match=r"other inputs \(23 rows, now 22\)"):
        jobs.begin(output, plan(files(*PATHS[1:])), resume=True)
    with pytest.raises(InputError, match=r"other options \(part_rows\)"):
        jobs.begin(output, plan(inputs, part_rows=6), resume=True)
    shutil.copy(tmp_path / "out" / jobs.PLAN, tmp_path / "out" / "part-000000.jsonl")
    os.remove(tmp_path / "out" / jobs.PLAN)
    with pytest.raises(InputError, match=r"parts without _plan\.json"):
        jobs.begin(output, plan(inputs), resume=True)


def test_what_concerns_every_row_ends_the_job(tmp_path):
    with pytest.raises(MediakitError, match="an option is refused"):
        run(fragile_job(tmp_path), files("refused", *PATHS))


def test_a_job_that_is_stopped_writes_no_errors(tmp_path):
    inputs = files(*PATHS, *["slow"] * 5000)
    reports = jobs.run(fragile_job(tmp_path), inputs, plan(inputs, part_rows=len(PATHS)), partial(local.run, workers=2))
    next(reports)
    reports.close()  # as Ctrl-C does
    assert {row.get("error") for row in written(tmp_path)} == {None}


def test_parquet_parts_have_one_schema(tmp_path):
    pytest.importorskip("pyarrow", reason="Parquet needs the extra parquet")
    import pyarrow.parquet as parquet

    paths = [*PATHS, "bad", "bad"]
    job, inputs = fragile_job(tmp_path, parquet=True), files(*["bad"] * 5, *paths)
    assert [report.failed for report in run(job, inputs)] == [5, 0, 0, 0, 0, 2]
    assert [report.failed for report in run(job, inputs)] == [5, 0, 0, 0, 0, 2], "as read from the parts"
    with open_table(job.file(0)) as first, open_table(job.file(1)) as second:
        assert first.schema_arrow == second.schema_arrow
    table = parquet.read_table(tmp_path / "out").to_pydict()
    assert table["path"] == inputs.columns["path"] and table["length"][4:6] == [None, len(PATHS[0])]


SLOW = [f"slow{i}" for i in range(40)]
SCRIPT = """
import sys
from functools import partial
from pathlib import Path
from fixtures_engines import files, fragile_job, plan
from mediakit.engines import job as jobs, local

if __name__ == "__main__":
    inputs = files(*sys.argv[2:])
    list(jobs.run(fragile_job(Path(sys.argv[1])), inputs, plan(inputs), partial(local.run, workers=1)))
"""


@pytest.mark.skipif(os.name != "posix", reason="kills processes by signals")
@pytest.mark.parametrize("victim", ["command", "worker"])
def test_processes_killed_at_any_moment_lose_nothing(tmp_path, victim):
    """The command is started again after each kill, as with --resume; a worker is replaced by the command itself."""
    script, calls, moments = tmp_path / "job.py", tmp_path / "calls", np.random.default_rng(0)
    script.write_text(SCRIPT)
    command = [sys.executable, str(script), str(tmp_path), *SLOW]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process, seen, kills = subprocess.Popen(command, env=environment), 0, 0
    while kills < 5 or process.poll() is None:
        if process.poll() is not None:
            break
        now = calls.read_text().count("\n") if calls.exists() else 0
        if kills == 5 or now < seen + 3:
            time.sleep(0.01)
            continue
        time.sleep(moments.uniform(0, 0.05))
        if victim == "command":
            process.kill()
            process.wait()
            process = subprocess.Popen(command, env=environment)
        else:
            os.kill(int((tmp_path / "calls.process").read_text()), signal.SIGKILL)
        seen, kills = calls.read_text().count("\n"), kills + 1
    assert process.returncode == 0 and kills == 5
    assert written(tmp_path) == [{"path": path, "length": len(path)} for path in SLOW]
