"""A function in a process of its own, so that an input that kills the process kills nothing else."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from mediakit.errors import MediakitError

_STARTS = 5  # attempts to start a process that dies before it is ready; the machine may be short of memory for a while


class ProcessDied(Exception):
    """The process ended before it answered. The message says how.

    Args:
        code: as of `multiprocessing.Process.exitcode`.
    """

    def __init__(self, code: int):
        super().__init__(f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}")
        self.from_outside = -code in (signal.SIGKILL, signal.SIGTERM)  # by a person, or by a system that is short of memory


class Closed(Exception):
    """The process was closed while it worked, since the job is being stopped."""


class UnexpectedError(Exception):
    """The function raised an error that is no MediakitError."""


class Isolated:
    """Calls a function in another process, which is started at the first call and again after it died.

    Args:
        function: can be pickled.
        first: an argument for a first call, which shows that the process can work at all.
        folder: the working folder, where it exists: relative paths are seen from there.
    """

    def __init__(self, function: Callable[[Any], Any], first: Any, folder: str):
        self._function, self._first, self._folder = function, first, folder
        self._process: Any = None
        self._connection: Connection | None = None
        self._closed = False

    def __call__(self, argument: Any) -> Any:
        """The function's result. Raises its MediakitError, UnexpectedError for any other one, ProcessDied, and Closed."""
        if self._connection is None:
            self._start()
        return self._ask(argument)

    def close(self) -> None:
        """End the process, and a call that waits for it in another thread, for good."""
        self._closed = True
        if self._process is not None and self._process.pid is not None:
            self._process.kill()

    def _start(self) -> None:
        for _ in range(_STARTS):
            context = multiprocessing.get_context("spawn")  # a fork would copy locks that threads of this process hold
            self._connection, theirs = context.Pipe()
            self._process = context.Process(target=_serve, args=(theirs, self._function, self._folder), daemon=True)
            self._process.start()
            theirs.close()  # the process holds the only other end: when it dies, this end learns of it, and the other way round
            try:
                self._ask(self._first)
                return
            except ProcessDied as error:
                how = str(error)
        raise MediakitError(f"a process that loads the model {how}, {_STARTS} times in a row; is there enough memory?")

    def _ask(self, argument: Any) -> Any:
        assert self._connection is not None
        try:
            self._connection.send(argument)
            answer = self._connection.recv()
        except (EOFError, OSError):
            code = self._end()
            raise Closed if self._closed else ProcessDied(code) from None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _end(self) -> int:
        """Forget the process, which is dead or dying. Returns its exit code."""
        assert self._connection is not None
        self._connection.close()
        self._connection = None
        self._process.join()
        return self._process.exitcode


def _serve(connection: Connection, function: Callable[[Any], Any], folder: str) -> None:
    """Answer until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that is asked to stop; it closes the connection
    with suppress(OSError):
        os.chdir(folder)
    with suppress(EOFError, OSError):
        while True:
            connection.send(_answer(function, connection.recv()))


def _answer(function: Callable[[Any], Any], argument: Any) -> Any:
    try:
        return function(argument)
    except MediakitError as error:
        return error
    except Exception as error:  # a fault of ours; it may be impossible to pickle
        return UnexpectedError(f"{type(error).__name__}: {error}")
