"""The real server on a free port of the loopback, in a thread, for tests that talk to it over HTTP."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx
import uvicorn
from fastapi import FastAPI

from kiosk.settings import Settings
from kiosk.web import create_app
from kiosk.web.listening import server_for

START_S = 20


@dataclass(frozen=True)
class Event:
    """One server-sent event."""

    name: str
    data: Any


def events(lines: Iterator[str]) -> Iterator[Event]:
    """Read a stream of server-sent events."""
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        else:
            yield Event(fields["event"], json.loads(fields["data"]))
            fields = {}


class WebServer:
    """Serves an app while the context is open; it can be stopped and started again on the same database."""

    def __init__(self, settings: Settings) -> None:
        """Serve nothing yet."""
        self.settings = settings
        self.app: FastAPI | None = None
        self.url = ""
        self.port = 0
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._clients: list[httpx.Client] = []

    def __enter__(self) -> Self:
        """Start on a free port."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    def start(self) -> None:
        """Start, on the port of before if there was one."""
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self.port))
        self.port = listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.app = create_app(self.settings)
        self._server = server_for(self.app)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listening]}, daemon=True)
        self._thread.start()
        until = time.monotonic() + START_S
        while not self._server.started and time.monotonic() < until:
            time.sleep(0.01)
        assert self._server.started, "the server did not start"

    def begin_to_stop(self) -> None:
        """Ask the server to stop, and return at once."""
        assert self._server is not None
        self._server.should_exit = True

    def stop(self) -> None:
        """Stop as a signal would, and wait for the end."""
        assert self._thread is not None
        for client in self._clients:
            client.close()
        self._clients.clear()
        self.begin_to_stop()
        self._thread.join(START_S)
        assert not self._thread.is_alive(), "the server did not stop"

    def client(self, **headers: str) -> httpx.Client:
        """Return a client of this server."""
        client = httpx.Client(base_url=self.url, headers=headers, timeout=START_S)
        self._clients.append(client)
        return client


class Customer:
    """One customer's requests."""

    def __init__(self, client: httpx.Client, thread_id: str | None = None) -> None:
        """Begin a conversation, or take one up."""
        self.client = client
        self.thread_id = thread_id

    def say(self, message: str, **body: Any) -> list[Event]:
        """Say something and return all events."""
        sent: Mapping[str, Any] = {"message": message, "thread_id": self.thread_id, **body}
        with self.client.stream("POST", "/api/chat", json=sent) as answer:
            assert answer.status_code == 200, answer.read()
            heard = list(events(answer.iter_lines()))
        self.thread_id = self.thread_id or heard[-1].data["thread_id"]
        return heard

    def view(self, message: str, **body: Any) -> Any:
        """Say something and return the view after it."""
        last = self.say(message, **body)[-1]
        assert last.name == "done", last
        return last.data

    def touch(self, *actions: Mapping[str, Any], **body: Any) -> httpx.Response:
        """Tap."""
        return self.client.post(f"/api/orders/{self.thread_id}/actions", json={"actions": list(actions), **body})

    def pay(self, decision: str, payment: Mapping[str, Any], **headers: str) -> httpx.Response:
        """Answer for the terminal."""
        body = {"decision": decision, "order_id": payment["order_id"], "revision": payment["revision"]}
        return self.client.post(f"/api/orders/{self.thread_id}/payment", json=body, headers=headers)


def lines_of(view: Any) -> list[tuple[str, int, dict[str, Any]]]:
    """Return item, quantity and options of each line."""
    return [(line["item"], line["quantity"], line["options"]) for line in view["order"]["lines"]]
