"""Parts as Ray tasks: on the machines of a cluster, or in processes of this one."""

import logging
import os
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from mediakit.engines import RETRIES
from mediakit.engines.job import NumberedPart
from mediakit.engines.part import Job, Report, write_part_here
from mediakit.errors import InputError, MediakitError, MissingExtra
from mediakit.runtime.workers import processors

_STORE = 100_000_000  # bytes of shared memory on this machine; parts name files and hold no photos


def run(job: Job, parts: Iterable[NumberedPart], workers: int | None = None, address: str | None = None) -> Iterator[Report]:
    """Work on parts, and yield a report on each as it is written.

    Args:
        workers: how many parts at a time; by default one per processor of the cluster.
        address: of a Ray cluster, `auto` for one that this machine belongs to. By default Ray is started here for this job alone.

    Raises MissingExtra without Ray, InputError if there is no cluster at the address, and the MediakitError of a part.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # reports to nobody
    try:
        import ray
    except ImportError as error:
        raise MissingExtra.of("ray", "ray") from error

    started = not ray.is_initialized()
    if started:
        here: dict[str, Any] = {"num_cpus": workers or processors(), "object_store_memory": _STORE, "include_dashboard": False}
        try:
            ray.init(address or "local", log_to_driver=False, logging_level=logging.ERROR, **({} if address else here))
        except ConnectionError as error:
            raise InputError(f"--address {address}: no Ray cluster answers there") from error
    write = ray.remote(num_cpus=1, max_retries=RETRIES)(write_part_here)
    shared, coming = ray.put(job), iter(parts)
    limit = workers or int(ray.cluster_resources().get("CPU", 1))
    try:
        running = [write.remote(shared, *part) for part in islice(coming, 2 * limit)]
        while running:
            finished, running = ray.wait(running)
            running += [write.remote(shared, *part) for part in islice(coming, len(finished))]
            yield from ray.get(finished)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, MediakitError):
            raise error.cause from None
        raise
    finally:
        if started:
            ray.shutdown()
