"""The web application: its addresses, and how a request becomes an answer."""

import asyncio
import logging
import secrets
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Route

from mediakit.errors import MediakitError
from mediakit.serve import catalog, openapi, requests
from mediakit.serve.answers import Answer, Answering, checked_file, error_content, to_json
from mediakit.serve.limits import Limits
from mediakit.serve.metrics import Metrics
from mediakit.serve.notes import keep_notes
from mediakit.serve.page_files import PAGE_FILES
from mediakit.serve.problems import Problem, problem_of
from mediakit.serve.security import Access, App, Guard
from mediakit.serve.work import Desk, Job

T = TypeVar("T")
JSON, LINES = "application/json", "application/x-ndjson"
GONE = 499  # the status of a request whose client hung up: nobody sees it but the metrics


def create_app(access: Access, limits: Limits, tasks: tuple[str, ...] = ()) -> App:
    """The application.

    Args:
        access: who may ask.
        limits: what requests may ask for.
        tasks: the names of the tasks to serve; all if empty.
    """
    offers = catalog.Catalog(tasks)
    about, work = Pages(offers, bool(access.token), limits), Answers(offers, limits)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        keep_notes()
        work.desk = Desk(limits)
        yield
        await asyncio.to_thread(work.desk.close)

    routes = [
        *(Route(path, partial(page_file, file)) for path, file in PAGE_FILES.items()),
        Route("/v1/models", about.models),
        Route("/v1/tasks", about.tasks),
        Route("/v1/{task}", work.answer, methods=["POST"]),
        Route("/healthz", healthy),
        Route("/metrics", work.measured),
        Route("/openapi.json", about.openapi),
    ]
    handlers: dict[Any, Any] = {Problem: refuse, HTTPException: refuse_path, ClientDisconnect: forget, Exception: fail}
    return Guard(Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers), access, limits)


async def page_file(file: Path, request: Request) -> Response:
    """A file of the page."""
    return FileResponse(file, headers={"Cache-Control": "no-cache"})


async def healthy(request: Request) -> Response:
    """Says that the server is alive."""
    return _json({"status": "ok"})


class Pages:
    """What there is to know of the server. It is put together when it is first asked for, since pipelines are imported for that."""

    def __init__(self, offers: catalog.Catalog, token: bool, limits: Limits):
        self._offers, self._token, self._limits = offers, token, limits
        self._made: dict[str, bytes] = {}

    async def models(self, request: Request) -> Response:
        """The models, and what was measured of them."""
        return await self._once("models", lambda: {"models": self._offers.models()})

    async def tasks(self, request: Request) -> Response:
        """The tasks with their options."""
        return await self._once("tasks", lambda: openapi.tasks(self._offers, self._limits))

    async def openapi(self, request: Request) -> Response:
        """The OpenAPI document."""
        return await self._once("openapi", lambda: openapi.document(self._offers, self._token))

    async def _once(self, name: str, make: Callable[[], Any]) -> Response:
        if name not in self._made:
            self._made[name] = to_json(await asyncio.to_thread(make))
        return Response(self._made[name], media_type=JSON)


class Answers:
    """Answers the requests to tasks."""

    def __init__(self, offers: catalog.Catalog, limits: Limits):
        self._offers, self._limits = offers, limits
        self._metrics = Metrics()
        self.desk: Desk

    async def measured(self, request: Request) -> Response:
        """The metrics."""
        text = self._metrics.text(self.desk.running, self.desk.waiting, len(self._offers.pipelines))
        return Response(text, media_type="text/plain; version=0.0.4")

    async def answer(self, request: Request) -> Response:
        """Answer a request to a task."""
        began = time.perf_counter()
        offer = self._offers.find(request.path_params["task"])
        count = lambda status: self._metrics.request(offer.name, status, time.perf_counter() - began)  # noqa: E731
        try:
            response = await self._respond(request, offer, count)
        except (Problem, ClientDisconnect, Exception) as error:
            count(error.status if isinstance(error, Problem) else GONE if isinstance(error, ClientDisconnect) else 500)
            raise
        if not isinstance(response, StreamingResponse):
            count(response.status_code)
        return response

    async def _respond(self, request: Request, offer: catalog.Offer, count: Callable[[int], None]) -> Response:
        """The response; `count` is called when the last line of several was sent."""
        job, asked, file = await self._queue(request, offer)
        answers = job.results(self._limits.seconds)
        try:
            first = await _unless_gone(request, self._next(answers))
            if first is None:  # a table without a series is an error, so this is a pipeline that gives nothing
                raise Problem(500, "no result")
            lines = LINES in request.headers.get("accept", "")
            second = await _unless_gone(request, self._next(answers)) if asked.alone and not lines else None
            self._count(offer, first)
            if asked.alone and not lines and second is None:
                if first.problem:
                    raise first.problem
                content = first.content if isinstance(first.content, bytes) else to_json(first.content)
                return Response(content, media_type=file or JSON)
            if file:
                raise Problem(406, "a file holds one result, and the table has several series; ask for application/x-ndjson")
        except BaseException:
            job.stop()
            raise
        return StreamingResponse(self._lines(offer, [first, second], answers, count), media_type=LINES)

    async def _queue(self, request: Request, offer: catalog.Offer) -> tuple[Job[Answer], requests.Asked, str | None]:
        """Read a request and queue its job."""
        with self.desk.reading():
            try:
                async with asyncio.timeout(self._limits.seconds):
                    asked = await requests.read(request, offer, self._limits)
                file = checked_file(request.headers.get("accept", ""), offer, asked.alone)
            except TimeoutError as error:
                raise Problem(408, f"the request did not arrive within {self._limits.seconds:g} s") from error
            except BaseException:
                await request.close()
                raise
            folder = Path(tempfile.gettempdir(), f"mediakit-{secrets.token_hex(16)}")  # made when a file is put there
            uploads = [each for each in (*asked.inputs, *asked.options.values()) if isinstance(each, UploadFile)]

            def close() -> None:
                for upload in uploads:
                    upload.file.close()
                shutil.rmtree(folder, ignore_errors=True)

            job = Job(Answering(self._offers, offer, asked, file, folder, self._limits), close)
            self.desk.submit(job)
        return job, asked, file

    async def _next(self, answers: AsyncIterator[Answer]) -> Answer | None:
        """The next answer; None after the last one. What the pipeline raises of a whole request is a Problem."""
        try:
            return await anext(answers, None)
        except MediakitError as error:
            raise problem_of(error) from error

    async def _lines(
        self, offer: catalog.Offer, begun: list[Answer | None], answers: Any, count: Callable[[int], None]
    ) -> AsyncIterator[bytes]:
        """Answers as lines of JSON. A problem in their midst is the last line."""
        status = GONE
        try:
            async with aclosing(answers):
                for answer in begun:
                    if answer:
                        yield answer.line()
                while answer := await self._next(answers):
                    self._count(offer, answer)
                    yield answer.line()
            status = 200
        except Problem as problem:
            status = problem.status
            yield error_content(problem) + b"\n"
        finally:
            count(status)

    def _count(self, offer: catalog.Offer, answer: Answer) -> None:
        self._metrics.input(offer.name, answer.problem is not None)


async def _unless_gone(request: Request, awaited: Awaitable[T]) -> T:
    """What is awaited. Raises ClientDisconnect when the client hangs up before."""

    async def hang_up() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    work, gone = asyncio.ensure_future(awaited), asyncio.ensure_future(hang_up())
    try:
        await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            raise ClientDisconnect
        return work.result()
    finally:
        work.cancel()
        gone.cancel()


async def refuse(request: Request, problem: Problem) -> Response:
    """The answer to a request that cannot be answered otherwise."""
    return Response(error_content(problem), problem.status, problem.headers, JSON)


async def refuse_path(request: Request, error: HTTPException) -> Response:
    """The answer to a request for an address that there is not, or by another method than it has."""
    if error.status_code == 405:
        message = f"{request.url.path} takes no {request.method}"
    elif error.status_code == 404:
        message = f"no address {request.url.path!r}; /openapi.json lists them"
    else:
        message = str(error.detail)
    return Response(error_content(Problem(error.status_code, message)), error.status_code, dict(error.headers or {}), JSON)


async def forget(request: Request, error: ClientDisconnect) -> Response:
    """The answer that nobody receives."""
    return Response(status_code=GONE)


async def fail(request: Request, error: Exception) -> Response:
    """The answer after a fault of ours, whose details are in the log alone."""
    logging.getLogger("uvicorn.error").error("a fault in %s %s", request.method, request.url.path)
    return Response(error_content(Problem(500, "a fault of the server; its log tells more")), 500, media_type=JSON)


def _json(content: Any) -> Response:
    return Response(to_json(content), media_type=JSON)
