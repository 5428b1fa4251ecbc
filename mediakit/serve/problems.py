"""What can be wrong with a request: one line, and the status that fits it."""

from mediakit.errors import InputError, MediakitError, MissingExtra, on_one_line

RETRY_AFTER = 1  # seconds


class Problem(Exception):
    """A request that gets no result. The message is one line."""

    def __init__(self, status: int, message: str):
        super().__init__(on_one_line(message))
        self.status = status

    @property
    def headers(self) -> dict[str, str]:
        """Of the answer."""
        if self.status == 503:
            return {"Retry-After": str(RETRY_AFTER)}
        return {"WWW-Authenticate": "Bearer"} if self.status == 401 else {}


class TooLarge(InputError):
    """An input past a limit of the server."""


def problem_of(error: MediakitError) -> Problem:
    """The problem that an input's error stands for: a limit (413), the input (422), a missing package (501), the server (500)."""
    if isinstance(error, InputError):
        return Problem(413 if isinstance(error, TooLarge) else 422, str(error))
    return Problem(501 if isinstance(error, MissingExtra) else 500, str(error))
