"""What the server counts, for Prometheus; labels come from closed lists, never from what a customer says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from math import nan
from time import perf_counter
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kiosk.storage.faults import PARTS, faults
from kiosk.storage.outbox import Waiting
from kiosk.web.errors import as_api_error
from state import Response

TurnKind = Literal["say", "touch", "pay"]
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The counters of one server."""

    def __init__(self) -> None:
        """Start at zero, in a registry of their own."""
        self._registry = registry = CollectorRegistry()
        self._turns = Counter("kiosk_turns", "Turns taken", ("kind", "outcome"), registry=registry)
        self._seconds = Histogram(
            "kiosk_turn_seconds", "Time of a turn", ("kind",), registry=registry, buckets=_BUCKETS
        )
        running = "Turns that have not ended"
        self._running = Gauge("kiosk_turns_in_flight", running, registry=registry, multiprocess_mode="livesum")
        self._served = Counter("kiosk_answers", "Answers by endpoint", ("endpoint", "fallback"), registry=registry)
        self._tokens = Counter("kiosk_tokens", "Tokens used by endpoint", ("endpoint",), registry=registry)
        self._cost = Counter("kiosk_cost_usd", "US dollars spent by endpoint", ("endpoint",), registry=registry)
        self._paid = Counter("kiosk_orders_paid", "Orders paid", registry=registry)
        self._staff = Counter("kiosk_staff_calls", "Calls for a member of staff", ("reason",), registry=registry)
        self._sessions = Counter("kiosk_sessions_ended", "Sessions that have ended", ("reason",), registry=registry)
        self._requests = Counter("kiosk_http_requests", "Requests", ("method", "route", "status"), registry=registry)
        # All processes look at one outbox, so the last look counts.
        self._waiting = Gauge(
            "kiosk_outbox_waiting",
            "Messages to deliver; NaN: not known",
            registry=registry,
            multiprocess_mode="mostrecent",
        )
        self._oldest = Gauge(
            "kiosk_outbox_oldest_seconds",
            "Age of the oldest of them; NaN: not known",
            registry=registry,
            multiprocess_mode="mostrecent",
        )
        self._errors = Counter("kiosk_storage_errors", "Failures of the storage, by part", ("part",), registry=registry)
        self._counted = dict.fromkeys(PARTS, 0)
        self._count_faults()

    @contextmanager
    def turn(self, kind: TurnKind) -> Iterator[None]:
        """Measure a turn."""
        began, outcome = perf_counter(), "ok"
        self._running.inc()
        try:
            yield
        except Exception as error:
            outcome = as_api_error(error).reason
            raise
        else:
            faults.over("turns")
        finally:
            self._count_faults()
            self._running.dec()
            self._turns.labels(kind, outcome).inc()
            self._seconds.labels(kind).observe(perf_counter() - began)

    def answered(self, response: Response) -> None:
        """Count who answered, at what cost, and whether a person is needed."""
        info = response["serving_info"]
        self._served.labels(info["endpoint_id"], str(info["was_fallback"]).lower()).inc()
        self._tokens.labels(info["endpoint_id"]).inc(info["tokens_used"])
        self._cost.labels(info["endpoint_id"]).inc(info["actual_cost"])
        if reason := response.get("needs_staff"):
            self._staff.labels(reason).inc()

    def paid(self) -> None:
        """Count a paid order."""
        self._paid.inc()

    def ended(self, reason: Literal["finished", "left", "idle", "abandoned"]) -> None:
        """Count a session that has ended."""
        self._sessions.labels(reason).inc()

    def request(self, method: str, route: str, status: int) -> None:
        """Count a request by the pattern of its path."""
        self._requests.labels(method, route, status).inc()

    def outbox(self, waiting: Waiting | None) -> None:
        """Note what is not delivered yet; None where nobody can tell."""
        self._waiting.set(nan if waiting is None else waiting.messages)
        self._oldest.set(nan if waiting is None else waiting.seconds)

    def page(self) -> bytes:
        """Return what Prometheus reads: of all processes where `kiosk serve` runs several on one socket."""
        self._count_faults()
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self._registry)
        everybody = CollectorRegistry()
        MultiProcessCollector(everybody)  # type: ignore[no-untyped-call]
        return generate_latest(everybody)

    def _count_faults(self) -> None:
        """Take over what the storage has counted since the last time."""
        for part, count in faults.counts.items():
            self._errors.labels(part).inc(count - self._counted[part])
            self._counted[part] = count


class CountRequests:
    """Counts every request by the pattern of its path: a path itself may hold ids."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        """Wrap an app."""
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and count how it ended."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._metrics.request(method, route, status)
