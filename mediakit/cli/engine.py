"""Task commands with `--engine`: their inputs are listed here, worked on by many processes, and written as parts."""

import importlib
import os
from functools import partial
from inspect import signature
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from mediakit.console.engine import Spread
from mediakit.console.models import model_for
from mediakit.console.output import progress
from mediakit.media.photo_files import is_address
from mediakit.tasks import installed_tasks

if TYPE_CHECKING:
    from mediakit.engines.inputs import Inputs
    from mediakit.engines.job import Plan
    from mediakit.engines.part import Job
    from mediakit.runtime.model_folder import ModelFolder

# Parameters that choose the inputs, the model, the place of the results and the processes. Others have to be options of the pipeline.
_SHARED = {"paths", "texts", "recursive", "as_json", "output", "resume", "model", "source", "target", "threads", "quiet"}
_SPREAD = {"engine", "address", "workers", "column", "parquet"}


def run(context: click.Context, spread: Spread) -> None:
    """Do what a task's command was asked for, by many processes. Ends with exit code 1 if a row is an error."""
    from mediakit.engines.inputs import list_inputs
    from mediakit.engines.job import begin, make_plan
    from mediakit.engines.part import Job, MapRows
    from mediakit.mapper import Mapper

    given = context.params
    if given["output"] is None:
        raise click.UsageError("--engine writes a folder of parts: name it with --output")
    if spread.engine == "local" and spread.address:
        raise click.UsageError("--address is for --engine ray and --engine spark")
    task = next(task for task in installed_tasks() if task.command_name == context.info_name)
    folder = _model(task.name, given)
    pipeline = task.load(folder, threads=1)
    options = _options(context, pipeline.stream)
    pipeline.stream([], **options)  # raises for an option out of range, before any process is started
    inputs = list_inputs(given.get("paths") or given.get("texts") or (), spread.kind, given.get("recursive", False), spread.column)
    output = given["output"] if is_address(str(given["output"])) else os.path.abspath(given["output"])
    mapper = Mapper(_name(folder), inputs.item, threads=given.get("threads") or 1, **options)
    job = Job(MapRows(mapper, files=spread.kind != "texts"), output, spread.parquet, os.getcwd())
    plan = make_plan(folder, options, spread.parquet, inputs)
    begin(output, plan, given["resume"])
    if inputs.left_out and not given["quiet"]:
        click.echo(f"mediakit: {inputs.left_out}", err=True)
    _work(job, inputs, plan, spread, given["quiet"])


def _work(job: "Job", inputs: "Inputs", plan: "Plan", spread: Spread, quiet: bool) -> None:
    """Have all parts written, and tell how many rows failed."""
    from mediakit.engines import job as jobs

    engine = partial(importlib.import_module(f"mediakit.engines.{spread.engine}").run, workers=spread.workers, address=spread.address)
    parts = sum(1 for _ in jobs.numbered_parts(inputs, plan))
    failed = sum(report.failed for report in progress(jobs.run(job, inputs, plan, engine), parts, "part", quiet))
    if failed:
        if not quiet:
            click.echo(f"mediakit: {failed:,} of {inputs.count:,} rows failed; their field `error` says why", err=True)
        raise click.exceptions.Exit(1)


def _model(task: str, given: dict[str, Any]) -> "ModelFolder":
    """The model that was named, or else the one for the languages that were."""
    if given["model"]:
        return model_for(task, given["model"])
    from mediakit.runtime.model_folder import choose

    folder, _ = choose(task, {name: given[name].lower() for name in ("source", "target") if given.get(name)})
    return folder


def _name(folder: "ModelFolder") -> str:
    """What every machine knows a model by: a shipped one's name, another one's path."""
    from mediakit.runtime.model_folder import shipped

    return next((name for name, path in shipped().items() if path == folder.path), os.path.abspath(folder.path))


def _options(context: click.Context, stream: Any) -> dict[str, Any]:
    """The command's options that are the pipeline's. Raises a usage error for one that was given and is not."""
    names = [str(parameter.name) for parameter in context.command.params]
    known = set(signature(stream).parameters) & set(names) - _SHARED
    for name, parameter in zip(names, context.command.params, strict=True):
        was_given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if was_given and name not in known | _SHARED | _SPREAD:
            raise click.UsageError(f"{parameter.opts[0]} and --engine cannot be combined: parts hold the model's results, and no more")
    return {name: context.params[name] for name in names if name in known}
