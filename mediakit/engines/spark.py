"""Parts as Spark tasks: on the machines of a cluster, or in processes of this one."""

import os
import shutil
import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

from mediakit.engines import RETRIES
from mediakit.engines.job import NumberedPart
from mediakit.engines.part import Job, Report, write_part_here
from mediakit.errors import InputError, MediakitError, MissingExtra
from mediakit.native_messages import stderr_without
from mediakit.runtime.workers import in_order, processors

_WAVE = 4  # parts per processor in one Spark job; two jobs run side by side, so that no processor waits for the end of one
# Jobs started here take minutes and little memory, and the models work elsewhere: less compiling, and one collector of garbage.
_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
_STARTING = rb"WARN|log4j|[Ll]og(ging)? level|require_minimum"  # what Spark prints as it starts


def run(job: Job, parts: Iterable[NumberedPart], workers: int | None = None, address: str | None = None) -> Iterator[Report]:
    """Work on parts, and yield a report on each after those that were handed over with it.

    Args:
        workers: how many processes, where Spark is started here; by default one per processor. A cluster's own settings decide there.
        address: Spark's master, such as spark://head:7077, yarn or k8s://…; by default Spark is started here for this job alone.

    A session that is active already is used as it is. Raises MissingExtra without Spark, InputError without Java, and the
    MediakitError of a part.
    """
    session, started = _session(workers, address)
    context, coming = session.sparkContext, iter(parts)
    shared = context.broadcast(job)

    def write(wave: list[NumberedPart]) -> list[Report]:
        return context.parallelize(wave, len(wave)).map(lambda part: _attempt(shared.value, part)).collect()

    waves = iter(lambda: list(islice(coming, _WAVE * context.defaultParallelism)), [])
    try:
        for _, reports in in_order(write, waves, threads=2):
            for report in reports:
                if isinstance(report, MediakitError):
                    raise report
                yield report
    finally:
        if started:
            with suppress(Exception):  # where Ctrl-C or another signal has ended Spark itself
                session.stop()


def _attempt(job: Job, part: NumberedPart) -> Report | MediakitError:
    """The report on a part, or its error, which Spark would otherwise retry and show as a traceback in a string."""
    try:
        return write_part_here(job, *part)
    except MediakitError as error:
        return error


def _session(workers: int | None, address: str | None) -> tuple[Any, bool]:
    """A Spark session, and whether it was started here."""
    try:
        with warnings.catch_warnings(action="ignore", category=FutureWarning):  # of versions of pandas, which is not used here
            from pyspark.sql import SparkSession
    except ImportError as error:
        raise MissingExtra.of("spark", "pyspark") from error
    active = SparkSession.getActiveSession()
    if active:
        return active, False
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise InputError("--engine spark needs Java 17 or later: install it, or set JAVA_HOME")
    if not address:
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("mediakit").master(address or f"local[{workers or processors()},{RETRIES}]")
    if not address:
        builder = builder.config("spark.driver.extraJavaOptions", _JAVA)
    builder = builder.config("spark.task.maxFailures", RETRIES).config("spark.log.level", "ERROR")
    builder = builder.config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false")
    noise = rb"$." if os.environ.get("MEDIAKIT_DEBUG") == "1" else _STARTING
    with warnings.catch_warnings(action="ignore", category=FutureWarning), stderr_without(noise):
        return builder.getOrCreate(), True
