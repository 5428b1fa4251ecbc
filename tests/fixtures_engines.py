"""A model for the engines' tests that does on a name what broken libraries do on a file. Worker processes import it from here."""

import json
import os
import re
import signal
import time
from contextlib import suppress
from pathlib import Path
from threading import Thread

from mediakit.engines.inputs import FileList
from mediakit.engines.job import Engine, Plan, run
from mediakit.engines.part import Job, MapRows
from mediakit.errors import InputError


class Fragile:
    """A Mapper whose result is an item's length, except for names that say otherwise.

    Args:
        calls: a file that receives a line for each row that is worked on.
    """

    column = "path"

    def __init__(self, calls: Path):
        self.calls = calls

    def __call__(self, columns: dict[str, list]) -> dict[str, list]:
        """The columns, a length for each, and an error."""
        lengths = list(map(self.length, columns["path"]))
        return {**columns, "length": lengths, "error": [None if length else "bad: is bad" for length in lengths]}

    def length(self, path: str) -> int | None:
        """The length, or None for what is bad."""
        if "slow" in path:  # who is at work is known before the work is; a test may read it at any moment
            process = Path(f"{self.calls}.{os.getpid()}")
            process.write_text(str(os.getpid()))
            process.replace(f"{self.calls}.process")
        with open(self.calls, "a") as calls:
            print(path, file=calls, flush=True)
        if "slow" in path:
            time.sleep(0.02)
        if "poison" in path:
            os._exit(3)
        if "killer" in path:
            os.kill(os.getpid(), signal.SIGSEGV)
        if "hungry" in path:
            os.kill(os.getpid(), signal.SIGKILL)  # as Linux does when memory runs out
        if "refused" in path:
            raise InputError("an option is refused")
        if "fault" in path:
            raise ValueError("a fault of ours")
        return None if "bad" in path else len(path)


def fragile_job(folder: Path, *, parquet: bool = False) -> Job:
    """A job of a Fragile that writes its parts into folder/out."""
    (folder / "out").mkdir(exist_ok=True)
    return Job(MapRows(Fragile(folder / "calls"), files=True), str(folder / "out"), parquet, str(folder))


def files(*paths: str) -> FileList:
    """Inputs that are files of these names."""
    return FileList({"path": list(paths)}, "path")


def plan(inputs: FileList, part_rows: int = 5) -> Plan:
    """A plan with so many rows in a part."""
    return Plan("fragile", {}, {}, False, inputs.count, part_rows, inputs.fingerprint())


def written(folder: Path) -> list[dict]:
    """The rows of all parts in folder/out, in order."""
    return [json.loads(line) for part in sorted((folder / "out").glob("part-*.jsonl")) for line in part.read_text().splitlines()]


def check_faults(folder: Path, engine: Engine, worker: bytes) -> None:
    """Run a job with a poisoned file while workers of the engine, known by their command line, are killed."""
    paths = [f"slow{i}" for i in range(40)]
    paths[7], paths[21] = "poison", "bad"
    inputs = files(*paths)
    killer = Thread(target=_kill_workers, args=(folder / "calls", 3, worker))
    killer.start()
    reports = sorted(run(fragile_job(folder), inputs, plan(inputs), engine))
    killer.join()
    assert [report.number for report in reports] == list(range(8)) and sum(report.failed for report in reports) == 2
    rows = written(folder)
    assert [row["path"] for row in rows] == paths
    assert {row["path"] for row in rows if "error" in row} == {"poison", "bad"}


def _kill_workers(calls: Path, kills: int, worker: bytes) -> None:
    """Kill the worker whose process is at work, each time some more rows have been begun."""
    seen = 0
    while kills:
        time.sleep(0.01)
        with suppress(OSError, ValueError):  # not begun yet, or ended meanwhile
            now = calls.read_text().count("\n")
            process = int(Path(f"{calls}.process").read_text())
            parent = int(Path(f"/proc/{process}/stat").read_text().split()[3])
            if now >= seen + 6 and worker in Path(f"/proc/{parent}/cmdline").read_bytes():
                os.kill(parent, signal.SIGKILL)
                seen, kills = now, kills - 1


def python_blocks(page: Path) -> list[str]:
    """The blocks of Python on a page of the documentation."""
    return re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
