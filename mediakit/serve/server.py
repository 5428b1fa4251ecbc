"""Listening for requests, by uvicorn."""

import json
import os
import socket
from dataclasses import asdict, dataclass
from typing import Any

import uvicorn

from mediakit.errors import InputError
from mediakit.serve.app import create_app
from mediakit.serve.limits import Limits
from mediakit.serve.security import LARGEST_HEADERS, Access, App

_SETTINGS = "MEDIAKIT_SERVE"  # the environment variable that hands settings to worker processes
_APP = "mediakit.serve.server:from_environment"
_CONNECTIONS = 1000


@dataclass(frozen=True)
class Settings:
    """What a server is started with; see the command's options."""

    access: Access
    limits: Limits
    tasks: tuple[str, ...] = ()

    def app(self) -> App:
        """The application."""
        return create_app(self.access, self.limits, self.tasks)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises InputError for an address that is taken or not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, OverflowError) as error:
        # `create_server` adds the address to what the system says.
        why = (getattr(error, "strerror", None) or str(error)).partition(" (while")[0]
        raise InputError(f"{host}:{port}: cannot be listened on: {why}; give another --host or --port") from error


def run(settings: Settings, listening: socket.socket, workers: int, access_log: bool) -> None:
    """Answer requests until a signal ends it: SIGTERM or SIGINT, after the answers that are being made.

    Several worker processes share the address; one that dies is replaced.
    """
    os.environ[_SETTINGS] = json.dumps(asdict(settings))
    options: dict[str, Any] = {
        "factory": True,
        "workers": workers,
        "http": "h11",
        "ws": "none",
        "loop": "asyncio",
        "lifespan": "on",
        "log_config": _logging(access_log),
        "access_log": access_log,
        "server_header": False,
        "proxy_headers": False,
        "limit_concurrency": _CONNECTIONS,
        "h11_max_incomplete_event_size": 2 * LARGEST_HEADERS,
        "timeout_graceful_shutdown": int(settings.limits.seconds) + 1,
    }
    if workers == 1:
        uvicorn.Server(uvicorn.Config(_APP, **options)).run(sockets=[listening])
        return
    host, port = listening.getsockname()[:2]
    listening.close()  # the processes' parent opens it again
    uvicorn.run(_APP, host=host, port=port, **options)


def from_environment() -> App:
    """The application with the settings that `run` left in the environment."""
    settings = json.loads(os.environ[_SETTINGS])
    access = Access(settings["access"]["token"], tuple(settings["access"]["hosts"]))
    return Settings(access, Limits(**settings["limits"]), tuple(settings["tasks"])).app()


def _logging(access_log: bool) -> dict[str, object]:
    """Logs on standard error: faults, and every request if it is asked for."""
    handler = {"class": "logging.StreamHandler", "formatter": "plain", "stream": "ext://sys.stderr"}
    level = "INFO" if access_log else "WARNING"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(message)s"}},
        "handlers": {"stderr": handler},
        "loggers": {
            "uvicorn.error": {"handlers": ["stderr"], "level": level, "propagate": False},
            "uvicorn.access": {"handlers": ["stderr"], "level": level, "propagate": False},
        },
    }
