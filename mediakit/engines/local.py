"""Parts in processes of this machine."""

from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from threading import local

from mediakit.engines.isolation import Isolated
from mediakit.engines.job import NumberedPart
from mediakit.engines.part import Job, Report, write_part
from mediakit.runtime.workers import processors


def run(job: Job, parts: Iterable[NumberedPart], workers: int | None = None, address: str | None = None) -> Iterator[Report]:
    """Work on parts, and yield a report on each as it is written.

    Args:
        workers: how many processes; by default one per processor.
        address: is for the engines of several machines.
    """
    workers = workers or processors()
    mine, started = local(), list[Isolated]()

    def write(numbered: NumberedPart) -> Report:
        if not hasattr(mine, "isolated"):
            mine.isolated = job.isolated()
            started.append(mine.isolated)
        return write_part(job, *numbered, mine.isolated)

    coming = iter(parts)
    pool = ThreadPoolExecutor(workers)  # each thread waits for a process of its own
    try:
        running: set[Future[Report]] = {pool.submit(write, part) for part in islice(coming, 2 * workers)}
        while running:
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            running |= {pool.submit(write, part) for part in islice(coming, len(finished))}
            for report in finished:
                yield report.result()
    finally:
        for isolated in started:
            isolated.close()
        pool.shutdown(cancel_futures=True)
