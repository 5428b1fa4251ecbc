"""Work in threads beside the event loop: so many jobs at a time, and a bounded queue before them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import Event, Semaphore
from typing import Generic, TypeVar

from mediakit.serve.limits import Limits
from mediakit.serve.problems import Problem

T = TypeVar("T")
AHEAD = 8  # results that may wait for a slow client
PATIENCE = 0.5  # seconds after which a thread that waits for a slow client looks whether it is still there


class Stopped(Exception):
    """Nobody waits for the results any more."""


class Job(Generic[T]):
    """Results that a thread makes one after the other, and that a coroutine takes.

    Args:
        make: yields the results, in a thread. It is given the job's `check`, to be called now and then.
        close: called once, after the last result, or when it is certain that no thread begins. Removes temporary files.
    """

    def __init__(self, make: Callable[[Callable[[], None]], Iterator[T]], close: Callable[[], None]):
        self._make, self._close = make, close
        self._loop = asyncio.get_running_loop()
        self._results: asyncio.Queue[T | BaseException | None] = asyncio.Queue()
        self._free = Semaphore(AHEAD)
        self._stopped = Event()
        self.started = False
        self.future: Future[None] | None = None

    def run(self) -> None:
        """Make the results. Called in a thread."""
        self.started = True
        end: BaseException | None = None
        try:
            for result in self._make(self.check):
                self._hand_over(result)
        except BaseException as error:  # whatever it is: the coroutine must not wait for ever
            end = error
        self._close()  # before the coroutine learns of the end, so that an answer leaves nothing behind
        if not isinstance(end, Stopped):
            with suppress(Stopped):
                self._hand_over(end)

    def ended(self) -> None:
        """Tidy up if no thread did."""
        if not self.started:
            self._close()

    def check(self) -> None:
        """Raise Stopped if nobody waits for the results any more."""
        if self._stopped.is_set():
            raise Stopped

    def stop(self) -> None:
        """Have the thread stop at its next `check`, or never begin."""
        self._stopped.set()
        if self.future:
            self.future.cancel()

    async def results(self, seconds: float) -> AsyncIterator[T]:
        """The results. Raises what the thread raises, and Problem where one takes longer than `seconds`."""
        try:
            while True:
                try:
                    async with asyncio.timeout(seconds):
                        result = await self._results.get()
                except TimeoutError:
                    if self.started:
                        raise Problem(504, f"took longer than {seconds:g} s") from None
                    raise Problem(503, f"its turn did not come within {seconds:g} s; try again") from None
                self._free.release()
                if result is None:
                    return
                if isinstance(result, BaseException):
                    raise result
                yield result
        finally:
            self.stop()

    def _hand_over(self, result: T | BaseException | None) -> None:
        while not self._free.acquire(timeout=PATIENCE):
            self.check()
        self.check()
        self._loop.call_soon_threadsafe(self._results.put_nowait, result)


class Desk:
    """Where requests are read and wait for their turn. Used in the event loop only."""

    def __init__(self, limits: Limits):
        self._places = limits.concurrent + limits.waiting
        self._pool = ThreadPoolExecutor(limits.concurrent, thread_name_prefix="mediakit")
        self._jobs: set[Job] = set()
        self._reading = 0

    @property
    def running(self) -> int:
        """How many jobs are worked on, also those that nobody waits for any more."""
        return sum(job.started for job in self._jobs)

    @property
    def waiting(self) -> int:
        """How many requests are read or wait for their turn."""
        return self._reading + len(self._jobs) - self.running

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Count a request while it is read. Raises Problem when too many are there already."""
        if self._reading + len(self._jobs) >= self._places:
            raise Problem(503, f"busy with {self._places} requests; try again")
        self._reading += 1
        try:
            yield
        finally:
            self._reading -= 1

    def submit(self, job: Job) -> None:
        """Queue a job."""
        loop = asyncio.get_running_loop()

        def ended(future: "Future[None]") -> None:
            job.ended()
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(self._jobs.discard, job)

        self._jobs.add(job)
        job.future = self._pool.submit(job.run)
        job.future.add_done_callback(ended)

    def close(self) -> None:
        """Stop all jobs, and wait for those that are worked on."""
        for job in self._jobs:
            job.stop()
        self._pool.shutdown()
