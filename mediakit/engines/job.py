"""The plan of a job, and the folder that receives its parts.

The plan divides the rows into parts, always the same way for the same inputs, and is written before the first part. A job that was
interrupted is gone on with by its plan: parts that are there are kept. `_plan.json` begins with an underscore, as what readers of
Parquet folders pass over.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from mediakit.engines import storage
from mediakit.engines.inputs import Inputs, Rows, TableRows, open_table
from mediakit.engines.part import Job, Report, parquet_file
from mediakit.errors import InputError
from mediakit.runtime.model_folder import ModelFolder

PLAN = "_plan.json"
_PARTS = 64  # wanted, so that many processes have work and few wait for the last
_FEWEST, _MOST = 20, 1000  # rows of a part

NumberedPart = tuple[int, Rows | TableRows]
Engine = Callable[[Job, Iterable[NumberedPart]], Iterator[Report]]


@dataclass(frozen=True)
class Plan:
    """What decides the content of every part.

    Args:
        model: its name.
        networks: digests of its networks.
        options: of the pipeline.
        parquet: whether the parts are Parquet.
        rows: of all parts together.
        part_rows: the most rows of a part.
        fingerprint: of the inputs.
    """

    model: str
    networks: dict[str, str]
    options: dict[str, Any]
    parquet: bool
    rows: int
    part_rows: int
    fingerprint: str


def make_plan(folder: ModelFolder, options: dict[str, Any], parquet: bool, inputs: Inputs) -> Plan:
    """The plan for a model's work on inputs. Only they decide it, so that it is the same on any number of machines."""
    networks = {name: entry["sha256"] for name, entry in folder.manifest["networks"].items()}
    part_rows = min(_MOST, max(_FEWEST, -(-inputs.count // _PARTS)))
    return Plan(folder.name, networks, options, parquet, inputs.count, part_rows, inputs.fingerprint())


def begin(output: str, plan: Plan, resume: bool) -> None:
    """Write the plan into the output folder, or check that the one there is the same.

    Raises InputError for a folder of another job's results, and for results without `resume`.
    """
    storage.make(output)
    there = storage.names(output)
    if PLAN not in there:
        if any(name.startswith("part-") for name in there):
            raise InputError(f"{output}: holds parts without {PLAN}; name another folder")
        storage.write(storage.join(output, PLAN), (json.dumps(asdict(plan), indent=1) + "\n").encode())
        return
    earlier = json.loads(storage.read(storage.join(output, PLAN)))
    differing = [name for name, value in json.loads(json.dumps(asdict(plan))).items() if earlier.get(name) != value]
    if differing:
        raise InputError(f"{output}: {_what_differs(differing, earlier, plan)}; name another folder, or repeat what was given")
    if not resume:
        raise InputError(f"{output}: holds results of this job; --resume goes on with them")


def _what_differs(differing: list[str], earlier: dict[str, Any], plan: Plan) -> str:
    if {"rows", "fingerprint"} & set(differing):
        return f"was begun with other inputs ({earlier.get('rows'):,} rows, now {plan.rows:,})"
    name = differing[0]
    return f"was begun with another {name}" if name in ("model", "networks") else f"was begun with other options ({name})"


def run(job: Job, inputs: Inputs, plan: Plan, engine: Engine) -> Iterator[Report]:
    """Work on the parts that are not there yet. Yields a report on every part, first on those that are; the others in any order."""
    there = storage.names(job.output)
    done = {number for number, _ in numbered_parts(inputs, plan) if job.name(number) in there}
    for number in sorted(done):
        yield _report(job, number)
    yield from engine(job, (part for part in numbered_parts(inputs, plan) if part[0] not in done))
    storage.remove_leftovers(job.output)
    if job.parquet:
        _unify_schemas([job.file(number) for number, _ in numbered_parts(inputs, plan)])


def numbered_parts(inputs: Inputs, plan: Plan) -> Iterator[NumberedPart]:
    """All parts of a plan, with their numbers from 0."""
    parts: Iterator[Rows | TableRows] = inputs.parts(plan.part_rows)
    return enumerate(parts)


def _report(job: Job, number: int) -> Report:
    """The report on a part that was written earlier."""
    if job.parquet:
        with open_table(job.file(number)) as table:
            errors = table.read(columns=["error"])["error"]
        return Report(number, len(errors), len(errors) - errors.null_count)
    rows = storage.read(job.file(number)).splitlines()
    return Report(number, len(rows), sum("error" in json.loads(row) for row in rows))


def _unify_schemas(files: list[str]) -> None:
    """Give all Parquet parts one schema. A part of which each row failed, or has an empty list, does not know what type it lacks."""
    import pyarrow as pa

    schemas = []
    for file in files:
        with open_table(file) as table:
            schemas.append(table.schema_arrow)
    whole = pa.unify_schemas(sorted(schemas, key=len, reverse=True), promote_options="permissive")
    for file, schema in zip(files, schemas, strict=True):
        if schema != whole:
            with open_table(file) as opened:
                table = opened.read()
            lacking = [field for field in whole if field.name not in table.column_names]
            for field in lacking:
                table = table.append_column(field, pa.nulls(len(table), field.type))
            storage.write(file, parquet_file(table.select(whole.names).cast(whole)))
