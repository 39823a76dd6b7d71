"""Two servers, and a balancer before them that sends each request to the next one."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence

import httpx


class RoundRobin(httpx.BaseTransport):
    """Sends requests to servers in turn, as a balancer without affinity does."""

    def __init__(self, servers: Sequence[str]) -> None:
        """Begin with the first."""
        self._transport = httpx.HTTPTransport()
        self._lock = threading.Lock()
        self._next = itertools.cycle(httpx.URL(server) for server in servers)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a request on."""
        with self._lock:
            server = next(self._next)
        request.url = request.url.copy_with(host=server.host, port=server.port)
        return self._transport.handle_request(request)

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()


def balanced(servers: Sequence[str]) -> httpx.Client:
    """Return a client that finds another server behind each request."""
    return httpx.Client(transport=RoundRobin(servers), base_url="http://kiosk.local", timeout=30)
