"""What every request passes before it is looked at, and every answer before it leaves.

Plain ASGI, so that streams stream.
"""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kiosk.web.errors import ApiError

MAX_BODY_BYTES = 64 * 1024
_ADDRESSES = 4096
_LOCAL = (".local", ".localhost", ".internal", ".home.arpa")

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), payment=(), usb=(), microphone=(self)",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class SecurityHeaders:
    """Adds the headers that keep a browser from doing more with our pages than we want."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/api/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, sending if scope["type"] == "http" else send)


class KnownHostOnly:
    """Refuses requests for a public name that is not ours.

    A page elsewhere may let its own name point to this machine, and to the visitor's browser we are that site then.
    Such a name comes from the public DNS; addresses, names without a dot and names of local networks do not.
    """

    def __init__(self, app: ASGIApp, names: Iterable[str]) -> None:
        """Wrap an app that answers to these public names."""
        self._app = app
        self._names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 421."""
        if scope["type"] == "http" and not self._is_ours(Headers(scope=scope).getlist("host")):
            message = "host: not a name of this server; set KIOSK_ALLOWED_HOSTS if it is one"
            await ApiError(421, "unknown_host", message).response()(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_ours(self, hosts: list[str]) -> bool:
        if len(hosts) != 1:
            # HTTP/1.0 knows no such header; two of them mean that two servers read this request differently.
            return not hosts
        try:
            name = urlsplit(f"//{hosts[0]}").hostname or ""
        except ValueError:
            return False
        return name in self._names or "." not in name.rstrip(".") or _is_address(name) or name.endswith(_LOCAL)


class OwnOriginOnly:
    """Refuses what another site's page sends in a visitor's name: the browser says from where it comes."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403."""
        if scope["type"] == "http" and scope["method"] not in ("GET", "HEAD"):
            headers = Headers(scope=scope)
            origin = headers.get("origin")
            if origin is not None and urlsplit(origin).netloc != headers.get("host"):
                refusal = ApiError(403, "foreign_origin", "origin: requests from other sites' pages are not taken")
                await refusal.response()(scope, receive, send)
                return
        await self._app(scope, receive, send)


class BodyLimit:
    """Refuses bodies above a size, whatever their headers claim."""

    def __init__(self, app: ASGIApp, max_bytes: int = MAX_BODY_BYTES) -> None:
        """Wrap an app."""
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body of a request up to the limit and pass it on, or answer 413."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "0")
        body = None if declared.isdigit() and int(declared) > self._max_bytes else await self._read(receive)
        if body is None:
            refusal = ApiError(413, "body_too_large", f"body: larger than {self._max_bytes} bytes; send less")
            await refusal.response()(scope, receive, send)
            return
        unread: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receiving() -> Message:
            return unread.pop() if unread else await receive()

        await self._app(scope, receiving, send)

    async def _read(self, receive: Receive) -> bytes | None:
        chunks, size, more = list[bytes](), 0, True
        while more:
            message = await receive()
            chunk, more = message.get("body", b""), message.get("more_body", False)
            size += len(chunk)
            if size > self._max_bytes:
                return None
            chunks.append(chunk)
        return b"".join(chunks)


class RateLimit:
    """Gives every address a number of API requests that fills up again over a minute."""

    def __init__(self, app: ASGIApp, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Wrap an app."""
        self._app = app
        self._per_minute = per_minute
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 429 with the time after which one more is allowed."""
        if scope["type"] == "http" and scope["path"].startswith("/api/"):
            wait_s = self._wait_s((scope.get("client") or ("",))[0])
            if wait_s > 0:
                message = f"more than {self._per_minute} requests a minute; come back later"
                await ApiError(429, "rate_limited", message, int(wait_s) + 1).response()(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _wait_s(self, address: str) -> float:
        """Take one request of an address's share; the seconds until there is one where none is left."""
        now, per_second = self._clock(), self._per_minute / 60
        left, since = self._left.pop(address, (float(self._per_minute), now))
        left = min(float(self._per_minute), left + (now - since) * per_second)
        allowed = left >= 1
        self._left[address] = (left - 1 if allowed else left, now)
        if len(self._left) > _ADDRESSES:
            self._left.popitem(last=False)
        return 0.0 if allowed else (1 - left) / per_second
