"""Results as answers: what the thread that works on a request makes of it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mediakit.errors import MediakitError, on_one_line
from mediakit.runtime.results import Result
from mediakit.serve.catalog import Catalog, Offer
from mediakit.serve.inputs import Given, given_inputs
from mediakit.serve.limits import Limits
from mediakit.serve.notes import notes
from mediakit.serve.problems import Problem, problem_of
from mediakit.serve.requests import Asked


@dataclass(frozen=True)
class Answer:
    """The answer to one input.

    Attributes:
        name: of the input.
        content: of the answer: JSON, or the file that was asked for.
        problem: what is wrong with the input, in place of content.
    """

    name: str
    content: dict[str, Any] | bytes
    problem: Problem | None = None

    def line(self) -> bytes:
        """The answer as a line of NDJSON."""
        assert isinstance(self.content, dict)
        return to_json({"input": self.name, **self.content}) + b"\n"


def to_json(content: Any) -> bytes:
    """JSON in UTF-8. Lone surrogates, which a JSON request may hold, are escaped."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(content, allow_nan=False).encode()


class Answering:
    """Answers a request's inputs one after the other, in a thread.

    Args:
        catalog, offer: what is served, and the task.
        asked: the request.
        file: the media type of the file that is asked for; None for JSON.
        folder: for files that pipelines only take by path; made when there is one.
    """

    def __init__(self, catalog: Catalog, offer: Offer, asked: Asked, file: str | None, folder: Path, limits: Limits):
        self._catalog, self._offer, self._asked = catalog, offer, asked
        self._file, self._folder, self._limits = file, folder, limits
        self._read: list[Given] = []  # inputs that the pipeline has taken and not answered

    def __call__(self, check: Callable[[], None]) -> Iterator[Answer]:
        """Yield the answers. `check` raises an exception when nobody waits for them any more."""
        pipeline = self._catalog.pipeline(self._offer, self._asked.model)
        with notes() as told:
            for _, result in pipeline.stream(self._items(check), **self._options(check)):
                check()
                given = self._read.pop(0)
                yield self._answer(given, result, list(told))
                told.clear()

    def _items(self, check: Callable[[], None]) -> Iterator[Any]:
        for given in given_inputs(self._asked.inputs, self._offer.service.input, self._folder, self._limits):
            check()
            self._read.append(given)
            yield given.item

    def _options(self, check: Callable[[], None]) -> dict[str, Any]:
        """The pipeline's options: those asked for, those that views need, and the server's own."""
        options = {name: value.file.read() if hasattr(value, "file") else value for name, value in self._asked.options.items()}
        if self._asked.views:
            options |= self._offer.service.viewed
        if self._offer.takes("max_pixels"):
            options["max_pixels"] = self._limits.pixels
        if self._offer.takes("watch"):  # called while a film is read
            options["watch"] = lambda number, part: check()
        return options

    def _answer(self, given: Given, result: Result | MediakitError, told: list[str]) -> Answer:
        if isinstance(result, MediakitError):
            problem = problem_of(type(result)(given.renamed(str(result))))
            return Answer(given.name, {"error": str(problem)}, problem)
        service = self._offer.service
        if self._file:
            return Answer(given.name, service.files[self._file](result))
        content = result.to_dict()
        if told:
            content["warnings"] = [given.renamed(note) for note in told]
        if self._asked.views:
            content["views"] = [view.to_dict() for view in service.views(result)]
        return Answer(given.name, content)


def error_content(problem: Problem) -> bytes:
    """A problem as JSON."""
    return to_json({"error": on_one_line(str(problem))})


def checked_file(accept: str, offer: Offer, alone: bool) -> str | None:
    """The media type of the file that an Accept header asks for; None for JSON. Raises Problem for what there is not."""
    wanted = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    for kind in wanted:
        if kind in ("", "*/*", "application/*", "application/json", "application/x-ndjson"):
            return None
        if kind in offer.service.files:
            if not alone:
                raise Problem(406, "a file holds one result; ask for application/x-ndjson, or give one input")
            return kind
    known = ", ".join(("application/json", "application/x-ndjson", *offer.service.files))
    raise Problem(406, f"no answer of the type {wanted[0]}; there are {known}")
