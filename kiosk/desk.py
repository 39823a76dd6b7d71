"""The desk: which customers are being served, and who waits for a member of staff. No words of a customer.

This module knows what a session and a call are and keeps them in memory, for a kiosk without a database;
`kiosk.storage.sessions` keeps them where all processes of a shop find them.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeVar

from state import OrderState

SessionStatus = Literal["active", "idle", "ended", "abandoned"]
OVER: frozenset[SessionStatus] = frozenset({"ended", "abandoned"})
"""Nobody may go on with a session that has one of these."""
SHOWN = 200
"""Sessions, and calls, that are shown."""
_KEPT = 2000

Entry = TypeVar("Entry")
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the moment, with its zone."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Session:
    """One customer at a kiosk, as a row of the table `sessions`; `seen_at` is the customer's last sign."""

    thread_id: str
    kiosk_id: str
    language: str
    currency: str
    started_at: datetime
    seen_at: datetime
    status: SessionStatus = "active"
    ended_at: datetime | None = None
    order_id: str | None = None
    order_status: str | None = None
    units: int = 0
    total: int = 0

    @property
    def is_over(self) -> bool:
        """Tell whether nobody may go on with it."""
        return self.status in OVER


@dataclass(frozen=True)
class StaffCall:
    """Somebody should look after a customer, as a row of the table `staff_calls`; `order` is a `summary`."""

    call_id: str
    thread_id: str
    kiosk_id: str
    reason: str
    order: dict[str, Any]
    called_at: datetime
    answered_at: datetime | None = None


def summary(order: OrderState) -> dict[str, Any]:
    """Return what a member of staff wants to know of an order, as plain values."""
    lines = [{name: line[name] for name in ("item", "quantity", "options")} for line in order["lines"]]
    return {**{name: order[name] for name in ("order_id", "status", "currency", "total")}, "lines": lines}


def order_of(session: Session) -> dict[str, Any]:
    """Return what a session says of its order."""
    return {name: getattr(session, name) for name in ("order_id", "order_status", "units", "total", "currency")}


def units(order: OrderState) -> int:
    """Return how many things are on an order."""
    return sum(line["quantity"] for line in order["lines"])


class Desk:
    """Keeps the last sessions and calls of this process; safe in any thread."""

    def __init__(self, idle: timedelta = timedelta(minutes=30), clock: Clock = utc_now) -> None:
        """Start empty.

        Args:
            idle: Silence after which the next turn of a thread is a new customer's.
            clock: Tells the moment, with its zone.
        """
        self.idle = idle
        self.clock = clock
        self._lock = threading.Lock()
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._calls: OrderedDict[str, StaffCall] = OrderedDict()

    def begin(self, session: Session) -> None:
        """Note a customer who has not had a turn yet."""
        with self._lock:
            self._put(session)

    def served(self, session: Session) -> None:
        """Note what a turn has come to; takes microseconds and never fails."""
        with self._lock:
            known = self._sessions.get(session.thread_id)
            if known is not None and not self._is_another_customer(known, session):
                status = known.status if known.is_over else session.status
                session = replace(session, started_at=known.started_at, status=status, ended_at=known.ended_at)
            self._put(session)

    def settled(self, session: Session) -> None:
        """Note what became of an order without a sign of its customer; takes microseconds and never fails."""
        with self._lock:
            known = self._sessions.get(session.thread_id)
            if known is not None:
                self._sessions[session.thread_id] = replace(known, **order_of(session))

    def call(self, call: StaffCall) -> None:
        """Note that a customer needs somebody, unless a call for the same customer is open; never fails."""
        with self._lock:
            if all(known.thread_id != call.thread_id for known in self._calls.values()):
                _keep(self._calls, call.call_id, call)

    def session(self, thread_id: str) -> Session | None:
        """Return a session, None where nothing is known of it."""
        with self._lock:
            return self._sessions.get(thread_id)

    def with_order(self, order_id: str) -> Session | None:
        """Return the session whose order this is, None where nothing is known of it."""
        with self._lock:
            return next((known for known in self._sessions.values() if known.order_id == order_id), None)

    def warn(self, thread_id: str) -> None:
        """Note that the kiosk has asked whether anybody is still there."""
        self._change(thread_id, status="idle")

    def end(self, thread_id: str) -> None:
        """Note that a session is over, unless it is already."""
        self._change(thread_id, status="ended", ended_at=self.clock())

    def claim_abandoned(self, now: datetime) -> list[str]:
        """Mark sessions that are silent for too long as abandoned; return those whose orders the caller has to cancel.

        However many processes ask at once, each session is given to one of them. One whose order is still open as long
        after, because that process has died, is given away again.
        """
        with self._lock:
            known, oldest = [*self._sessions.values()], now - self.idle
        found = [one.thread_id for one in known if not one.is_over and one.seen_at < oldest]
        for thread_id in found:
            self._change(thread_id, status="abandoned", ended_at=now)
        return found

    def recent(self) -> list[Session]:
        """Return the last sessions, the newest sign first."""
        with self._lock:
            return sorted(self._sessions.values(), key=lambda one: one.seen_at, reverse=True)[:SHOWN]

    def open_calls(self) -> list[StaffCall]:
        """Return the open calls, the longest waiting first."""
        with self._lock:
            return [*self._calls.values()][:SHOWN]

    def answer(self, call_id: str) -> bool:
        """Close a call; False where it is not open."""
        with self._lock:
            return self._calls.pop(call_id, None) is not None

    def owes(self, thread_id: str) -> bool:
        """Tell whether something that needs the customer's own data is still to be delivered."""
        return False

    def flush(self, timeout_s: float = 1.0) -> bool:
        """Wait until what was noted can be read by everybody; tell whether it can."""
        return True

    def close(self) -> None:
        """Write what is not written yet and let go of the database."""

    def _is_another_customer(self, known: Session, session: Session) -> bool:
        silent = known.seen_at < session.seen_at - self.idle
        return silent or (known.ended_at is not None and known.ended_at < session.seen_at)

    def _change(self, thread_id: str, **changes: Any) -> None:
        with self._lock:
            known = self._sessions.get(thread_id)
            if known is not None and not known.is_over:
                self._sessions[thread_id] = replace(known, **changes)

    def _put(self, session: Session) -> None:
        self._sessions.pop(session.thread_id, None)
        _keep(self._sessions, session.thread_id, session)


def _keep(entries: OrderedDict[str, Entry], key: str, entry: Entry) -> None:
    entries[key] = entry
    if len(entries) > _KEPT:
        entries.popitem(last=False)
