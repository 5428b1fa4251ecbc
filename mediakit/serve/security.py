"""Who may ask, and how answers are shielded in a browser. Pure ASGI, before anything is routed."""

import asyncio
import hmac
import ipaddress
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response

from mediakit.serve.answers import error_content
from mediakit.serve.limits import Limits
from mediakit.serve.page_files import PAGE_FILES
from mediakit.serve.problems import Problem

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# What anybody may see: the page without anything in it, and whether the server is alive.
OPEN = (*PAGE_FILES, "/healthz")
LARGEST_HEADERS = 16_384  # bytes
PATIENCE = 2.0  # seconds to wait for the rest of a body that nobody needs
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src blob:; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@dataclass(frozen=True)
class Access:
    """Who may ask.

    Attributes:
        token: that requests must bear; none if empty.
        hosts: names by which the server may be called, besides `localhost` and addresses in numbers. A page that rebinds its own
            name to this server's address is refused by that.
    """

    token: str = ""
    hosts: tuple[str, ...] = ()

    def check(self, method: str, path: str, headers: Headers) -> None:
        """Raise Problem for a request that may not be answered."""
        if sum(len(name) + len(value) for name, value in headers.raw) > LARGEST_HEADERS:
            raise Problem(431, f"the headers have more than {LARGEST_HEADERS:,} bytes")
        if not self._is_ours(headers.get("host", "")):
            raise Problem(403, f"the host {headers.get('host', '')!r} is not this server's; start it with --allow-host if it is")
        if method not in ("GET", "HEAD", "OPTIONS"):
            self._check_origin(headers)
        if self.token and path not in OPEN and not self._bears_token(headers):
            raise Problem(401, "the token is missing or wrong; send the header Authorization: Bearer TOKEN")

    def _is_ours(self, host: str) -> bool:
        try:
            name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        except ValueError:
            return False
        return name == "localhost" or name in self.hosts or _is_address(name)

    def _check_origin(self, headers: Headers) -> None:
        """Refuse what another site's page sends. Other programs than browsers send no Origin."""
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower():
            raise Problem(403, f"requests from the pages of {origin[:100]!r} are not answered")
        if origin is None and headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            raise Problem(403, "requests from the pages of another site are not answered")

    def _bears_token(self, headers: Headers) -> bool:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), self.token.encode())


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return True


class Guard:
    """Checks every request, limits its body, and adds headers to every answer."""

    def __init__(self, app: App, access: Access, limits: Limits):
        self._app, self._access, self._limits = app, access, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _Body(receive, self._limits.body)

        async def shielded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
                # A client that still sends would lose the answer, were the connection closed before its body is read.
                await body.discard_rest()
            await send(message)

        headers = Headers(scope=scope)
        try:
            self._access.check(scope["method"], scope["path"], headers)
            if int(headers.get("content-length", 0)) > self._limits.body:
                raise body.too_large
        except Problem as problem:
            response = Response(error_content(problem), problem.status, problem.headers, "application/json")
            await response(scope, receive, shielded)
            return
        await self._app(scope, body.receive, shielded)


class _Body:
    """The body of a request as it is received. More than `limit` bytes are a Problem."""

    def __init__(self, receive: Receive, limit: int):
        self._receive, self._limit, self._size, self._ended = receive, limit, 0, False
        self.too_large = Problem(413, f"the body has more than {limit:,} bytes")

    async def receive(self) -> Message:
        """The next part."""
        message = await self._receive()
        if message["type"] == "http.request":
            self._size += len(message.get("body", b""))
            self._ended = not message.get("more_body", False)
            if self._size > self._limit:
                raise self.too_large
        else:
            self._ended = True
        return message

    async def discard_rest(self) -> None:
        """Read on to the end of the body, or to a limit of size or time."""
        with suppress(Problem, TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while not self._ended:
                    await self.receive()
