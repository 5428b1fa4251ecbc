"""`mediakit serve`: the tasks as a page and an API."""

import ipaddress
import os
from typing import TYPE_CHECKING

import click

from mediakit.console import options
from mediakit.errors import MissingExtra, did_you_mean

if TYPE_CHECKING:
    from mediakit.serve.server import Settings

TOKEN = "MEDIAKIT_TOKEN"  # the environment variable


@click.command("serve", short_help="Open a page with all tasks in the browser, and an API for programs.")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Listen on this address; others need a token.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, metavar="N", help="0 takes a free one.")
@click.option("--token", metavar="TOKEN", help=f"Require this token in every request. It is safer in the environment variable {TOKEN}.")
@click.option("--allow-host", "hosts", multiple=True, metavar="NAME", help="A name by which the server is called, repeatable.")
@click.option("--task", "tasks", multiple=True, metavar="TASK", help="Serve only this task, repeatable.  [default: all]")
@click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True, metavar="N", help="Processes, each with its own models."
)
@click.option("--concurrent", type=click.IntRange(1, 256), metavar="N", help="Requests worked on at a time.  [default: one per processor]")
@click.option("--queue", type=click.IntRange(0, 10_000), metavar="N", help="Requests that may wait; more get a 503.  [default: 32]")
@click.option("--timeout", type=options.Number(1, 3600), metavar="SECONDS", help="Time limit of each input.  [default: 60]")
@click.option("--max-body", type=click.IntRange(1), metavar="MB", help="Size limit of a request.  [default: 64]")
@click.option("--max-pixels", type=click.IntRange(1), metavar="N", help="Of an image.  [default: 64000000]")
@click.option("--max-film", type=options.Number(1), metavar="SECONDS", help="Of a film.  [default: 1800]")
@click.option("--max-characters", type=click.IntRange(1), metavar="N", help="Of a text.  [default: 20000]")
@click.option("--access-log", is_flag=True, help="Log every request on standard error.")
def command(
    host: str,
    port: int,
    token: str | None,
    hosts: tuple[str, ...],
    tasks: tuple[str, ...],
    workers: int,
    access_log: bool,
    **limits: float | None,
) -> None:
    """Serve all tasks: a page for the browser, and an HTTP API.

    The page needs no network. Only this machine can reach it, unless --host names another address, which needs a token. The API
    is described at /openapi.json, its metrics for Prometheus are at /metrics. Each model is loaded when it is first used. SIGTERM
    ends the server after the answers that are being made.

    \b
    mediakit serve
    curl -F photo=@photo.jpg localhost:8000/v1/captioning
    curl --json '{"text": "How are you?", "model": "en-fr"}' localhost:8000/v1/translation
    MEDIAKIT_TOKEN=secret mediakit serve --host 0.0.0.0
    """
    token = token or os.environ.get(TOKEN, "")
    if not token and not _is_local(host):
        raise click.UsageError(f"--host {host} lets other machines in: give a token too, in the environment variable {TOKEN} or by --token")
    try:
        from mediakit.serve.server import listen, run
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in ("starlette", "uvicorn", "python_multipart", "anyio", "h11"):
            raise
        raise MissingExtra.of("serve", str(error.name)) from error
    _check_tasks(tasks)
    settings = _settings(token, hosts, tasks, **limits)
    listening = listen(host, port)
    address = f"[{host}]" if ":" in host else host
    click.echo(f"mediakit: serving http://{address}:{listening.getsockname()[1]}/ (Ctrl-C stops it)", err=True)
    run(settings, listening, workers, access_log)


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_tasks(tasks: tuple[str, ...]) -> None:
    """Raise a usage error for a task that no installed package serves."""
    from mediakit.tasks import installed_tasks

    known = sorted(service.name or task.name for task in installed_tasks() for service in task.services)
    for task in tasks:
        if task not in known:
            raise click.UsageError(f"--task {task}: {', '.join(known)} can be served{did_you_mean(task, known)}")


def _settings(token: str, hosts: tuple[str, ...], tasks: tuple[str, ...], **given: float | None) -> "Settings":
    """What the server is started with; limits that were not given have their defaults."""
    from mediakit.serve.limits import MEGABYTE, Limits
    from mediakit.serve.security import Access
    from mediakit.serve.server import Settings

    names = {
        "concurrent": "concurrent",
        "queue": "waiting",
        "timeout": "seconds",
        "max_body": "body",
        "max_pixels": "pixels",
        "max_film": "film_seconds",
        "max_characters": "characters",
    }
    chosen = {names[option]: value for option, value in given.items() if value is not None}
    if "body" in chosen:
        chosen["body"] = int(chosen["body"]) * MEGABYTE
    return Settings(Access(token, tuple(name.lower() for name in hosts)), Limits(**chosen), tasks)  # type: ignore[arg-type]
