"""A kitchen, or any other far end of the outbox: a real HTTP server on the loopback that keeps what it was sent."""

from __future__ import annotations

import json
import socket
import threading
import time
from dataclasses import dataclass
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp


@dataclass(frozen=True)
class Post:
    """One request that was taken."""

    key: str
    body: bytes
    headers: dict[str, str]

    @property
    def message(self) -> dict[str, Any]:
        """What it says."""
        told: dict[str, Any] = json.loads(self.body)
        return told


class LoopbackApp:
    """Serves an ASGI app on a free port of the loopback while the context is open."""

    def __init__(self, app: ASGIApp) -> None:
        """Serve nothing yet."""
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        self._server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listening]}, daemon=True)

    def __enter__(self) -> Self:
        """Begin to serve."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._server.should_exit = True
        self._thread.join(10)


class Kitchen(LoopbackApp):
    """Keeps orders; while `failing` it answers 503 and keeps nothing."""

    def __init__(self) -> None:
        """Take orders."""
        super().__init__(Starlette(routes=[Route("/", self._take, methods=["POST"])]))
        self.posts: list[Post] = []
        self.failing = False
        self.refused = 0

    async def _take(self, request: Request) -> Response:
        if self.failing:
            self.refused += 1
            return Response(status_code=503)
        key = request.headers["idempotency-key"]
        if all(post.key != key for post in self.posts):
            self.posts.append(Post(key, await request.body(), dict(request.headers)))
        return Response(status_code=204)

    @property
    def messages(self) -> list[dict[str, Any]]:
        """What was taken, in order."""
        return [post.message for post in self.posts]

    def wait_for(self, count: int, timeout_s: float = 10.0) -> list[dict[str, Any]]:
        """Wait until so many messages were taken."""
        until = time.monotonic() + timeout_s
        while len(self.posts) < count and time.monotonic() < until:
            time.sleep(0.02)
        assert len(self.posts) >= count, f"{len(self.posts)} of {count} messages came"
        return self.messages
