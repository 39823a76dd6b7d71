"""What the book of orders knows, for whoever asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import func, select

from kiosk.storage.store import Store
from kiosk.storage.tables import order_events, orders, webhooks
from kiosk.till.decisions import Decision, SettlementOutcome
from state import OrderLine, OrderState, OrderStatus

EventKind = Literal[
    "payment_requested",
    "payment_voided",
    "declined",
    "timed_out",
    "paid",
    "refund_due",
    "refunded",
    "cancelled",
    "handed_over",
]


@dataclass(frozen=True)
class StoredOrder:
    """An order as the book has it; amounts are minor units, times UTC."""

    order_id: str
    thread_id: str | None
    status: OrderStatus
    revision: int
    currency: str
    total: int
    lines: list[OrderLine]
    menu_id: str
    menu_version: int
    requested_at: datetime
    paid_at: datetime | None
    payment_id: str | None
    day: date | None
    number: int | None
    handed_over_at: datetime | None
    cancelled_at: datetime | None

    @property
    def state(self) -> OrderState:
        """The order as conversations have it, with the prices that it was sold for."""
        last = max((int(line["line_id"]) for line in self.lines), default=0)
        order: OrderState = {
            "order_id": self.order_id,
            "status": self.status,
            "revision": self.revision,
            "currency": self.currency,
            "total": self.total,
            "lines": self.lines,
            "next_line_id": last + 1,
        }
        if self.number is not None:
            order["number"] = str(self.number)
        return order


@dataclass(frozen=True)
class OrderEvent:
    """One thing that happened to an order."""

    at: datetime
    order_id: str
    revision: int
    kind: EventKind
    amount: int | None
    payment_id: str | None
    reason: str | None


class OrderReader:
    """Reads orders and their events; locks nobody out."""

    def __init__(self, store: Store) -> None:
        """Work on a database."""
        self.store = store

    def outcome_of(self, webhook_id: str) -> SettlementOutcome | None:
        """Return what became of an earlier message of the terminal, None for a new one.

        Raises:
            StorageError: The database cannot be used.
        """
        with self.store.reading() as connection:
            found = connection.execute(select(webhooks.c.outcome).where(webhooks.c.webhook_id == webhook_id))
            outcome: SettlementOutcome | None = found.scalar()
            return outcome

    def paid_number(self, order_id: str, revision: int) -> int | None:
        """Return the number of an order that was paid at a revision, None where it was not.

        Raises:
            StorageError: The database cannot be used.
        """
        paid = (orders.c.order_id == order_id) & (orders.c.revision == revision) & (orders.c.status == "paid")
        with self.store.reading() as connection:
            number: int | None = connection.execute(select(orders.c.number).where(paid)).scalar()
            return number

    def decision_about(self, order_id: str, revision: int) -> Decision | None:
        """Return what was decided about a payment request, None where it still stands or was never recorded.

        Raises:
            StorageError: The database cannot be used.
        """
        timed_out = (order_events.c.order_id == order_id) & (order_events.c.revision == revision)
        timed_out &= order_events.c.kind == "timed_out"
        with self.store.reading() as connection:
            row = connection.execute(select(*_COLUMNS).where(orders.c.order_id == order_id)).mappings().first()
            if row is None or (row["revision"], row["status"]) == (revision, "awaiting_payment"):
                return None
            if row["revision"] == revision and row["paid_at"] is not None:
                return Decision("approve", order_id, revision, payment_id=row["payment_id"])
            nobody_paid = connection.execute(select(order_events.c.id).where(timed_out)).first() is not None
            return Decision("timeout" if nobody_paid else "reject", order_id, revision)

    def find(self, order_id: str) -> StoredOrder | None:
        """Return an order.

        Raises:
            StorageError: The database cannot be used.
        """
        with self.store.reading() as connection:
            row = connection.execute(select(*_COLUMNS).where(orders.c.order_id == order_id)).mappings().first()
            return StoredOrder(**row) if row is not None else None

    def events_of(self, order_id: str) -> list[OrderEvent]:
        """Return what happened to an order, the first thing first.

        Raises:
            StorageError: The database cannot be used.
        """
        statement = select(*_EVENT_COLUMNS).where(order_events.c.order_id == order_id).order_by(order_events.c.id)
        with self.store.reading() as connection:
            return [OrderEvent(**row) for row in connection.execute(statement).mappings()]

    def to_hand_over(self, limit: int = 200) -> list[StoredOrder]:
        """Return paid orders that nobody has handed over yet, the longest waiting first.

        Raises:
            StorageError: The database cannot be used.
        """
        waiting = (orders.c.status == "paid") & orders.c.handed_over_at.is_(None)
        statement = select(*_COLUMNS).where(waiting).order_by(orders.c.paid_at).limit(limit)
        with self.store.reading() as connection:
            return [StoredOrder(**row) for row in connection.execute(statement).mappings()]

    def refunds_due(self, limit: int = 200) -> list[OrderEvent]:
        """Return payments that have to be given back and were not yet, the oldest first.

        Raises:
            StorageError: The database cannot be used.
        """
        done = select(func.replace(order_events.c.key, "refunded:", "refund:")).where(order_events.c.kind == "refunded")
        due = (order_events.c.kind == "refund_due") & order_events.c.key.not_in(done)
        statement = select(*_EVENT_COLUMNS).where(due).order_by(order_events.c.id).limit(limit)
        with self.store.reading() as connection:
            return [OrderEvent(**row) for row in connection.execute(statement).mappings()]

    def overdue(self, kiosk_id: str, before: datetime, limit: int = 100) -> list[StoredOrder]:
        """Return orders whose payment was asked for before a moment and is still open.

        Raises:
            StorageError: The database cannot be used.
        """
        waiting = (orders.c.status == "awaiting_payment") & (orders.c.requested_at < before)
        statement = select(*_COLUMNS).where(waiting, orders.c.kiosk_id == kiosk_id).limit(limit)
        with self.store.reading() as connection:
            return [StoredOrder(**row) for row in connection.execute(statement).mappings()]


_COLUMNS = [orders.c[name] for name in StoredOrder.__dataclass_fields__]
_EVENT_COLUMNS = [order_events.c[name] for name in OrderEvent.__dataclass_fields__]
