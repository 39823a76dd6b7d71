"""Turns in flight and shortly after: a turn goes on whoever listens, and can be followed again."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from kiosk.web.errors import ApiError, reported
from kiosk.web.schemas import View

KEPT = 2048
KEPT_S = 600.0


@dataclass(frozen=True)
class Event:
    """One server-sent event."""

    name: str
    data: dict[str, Any]


class Run:
    """A turn: its events so far, and in the end its view or why it has none."""

    def __init__(self, fingerprint: bytes) -> None:
        """Start without events; the fingerprint tells whether the same was asked."""
        self.fingerprint = fingerprint
        self.started = time.monotonic()
        self.view: View | None = None
        self.error: ApiError | None = None
        self._events: list[Event] = []
        self._ended = False
        self._news = asyncio.Event()

    def publish(self, name: str, data: dict[str, Any]) -> None:
        """Tell whoever follows."""
        self._events.append(Event(name, data))
        self._wake()

    def end(self) -> None:
        """Tell whoever follows that nothing more comes."""
        self._ended = True
        self._wake()

    async def follow(self) -> AsyncIterator[Event]:
        """Yield all events from the first, and wait for those to come."""
        position = 0
        while True:
            news = self._news
            while position < len(self._events):
                yield self._events[position]
                position += 1
            if self._ended:
                return
            await news.wait()

    async def result(self) -> View:
        """Wait for the end.

        Raises:
            ApiError: The turn was not carried out.
        """
        async for _ in self.follow():
            pass
        if self.view is None:
            raise self.error or ApiError(500, "internal", "the turn has ended without a result; try again")
        return self.view

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


Work = Callable[[Run], Awaitable[View]]


class Runs:
    """All turns of a server; a request that is repeated joins or repeats the run that it began."""

    def __init__(self) -> None:
        """Start with none."""
        self._known: OrderedDict[tuple[str, str], Run] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False
        self._secret = secrets.token_bytes(32)

    @property
    def in_flight(self) -> int:
        """Turns that have not ended."""
        return len(self._tasks)

    def start(self, key: tuple[str, str | None], asked: str, work: Work) -> Run:
        """Begin a turn, or return the one that the same request has begun.

        Args:
            key: Where the request id counts, and the id; None for a request that is never the same as another.
            asked: What is asked, of which a keyed digest is kept; the same id with another is a mistake of the client.
            work: What carries the turn out.

        Raises:
            ApiError: The id was used for another request, or the server is stopping.
        """
        scope, request_id = key
        self._forget_old()
        fingerprint = hashlib.blake2b(asked.encode("utf-8", "surrogatepass"), key=self._secret, digest_size=16).digest()
        if request_id is not None and (known := self._known.get((scope, request_id))) is not None:
            if known.fingerprint != fingerprint:
                problem = "request_id: already used for another request; make a new one"
                raise ApiError(409, "request_id_reused", problem)
            return known
        if self._closed:
            raise ApiError(503, "stopping", "the server is stopping; try again", 5)
        run = Run(fingerprint)
        if request_id is not None:
            self._known[scope, request_id] = run
        task = asyncio.create_task(self._carry_out(run, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return run

    async def close(self, timeout_s: float) -> None:
        """Take no more turns and wait for those in flight."""
        self._closed = True
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=timeout_s)

    async def _carry_out(self, run: Run, work: Work) -> None:
        try:
            run.view = await work(run)
        except Exception as error:
            run.error = reported(error)
            run.publish("error", run.error.body["error"])
            # What went wrong may go right next time, so the same request may try again.
            self._known = OrderedDict((key, known) for key, known in self._known.items() if known is not run)
        finally:
            run.end()

    def _forget_old(self) -> None:
        oldest = time.monotonic() - KEPT_S
        while self._known and (len(self._known) > KEPT or next(iter(self._known.values())).started < oldest):
            self._known.popitem(last=False)
