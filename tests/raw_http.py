"""Bytes on a socket, for requests that no well-behaved client can be made to send."""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from dataclasses import dataclass

from tests.web_server import WebServer

TIMEOUT_S = 10.0


@dataclass(frozen=True)
class RawAnswer:
    """What came back before the server closed, or fell silent."""

    data: bytes

    @property
    def statuses(self) -> list[int]:
        """The status of every answer."""
        return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", self.data)]


def connect(server: WebServer) -> socket.socket:
    """Open a connection."""
    return socket.create_connection(("127.0.0.1", server.port), timeout=TIMEOUT_S)


def exchange(server: WebServer, *parts: bytes, silent_s: float = TIMEOUT_S) -> RawAnswer:
    """Send bytes and read until the server closes, or for so long says nothing."""
    with connect(server) as connection:
        with suppress(ConnectionError):
            for part in parts:
                connection.sendall(part)
        connection.settimeout(silent_s)
        data = b""
        with suppress(TimeoutError, ConnectionError):
            while received := connection.recv(65536):
                data += received
        return RawAnswer(data)


def request(line: str, *headers: str, body: bytes = b"", host: str | None = "127.0.0.1") -> bytes:
    """Return a request; `Connection: close` makes the server close after its answer."""
    names = [f"Host: {host}"] if host is not None else []
    head = "\r\n".join([line, *names, "Connection: close", *headers])
    return head.encode("latin-1") + b"\r\n\r\n" + body
