"""The book of orders: each payment request and what became of it, written with what is to be delivered for it.

Everything about one decision happens in one transaction that locks the order's row, so that a decision that is
repeated, late, or made twice at once counts as one, and the kitchen's ticket exists exactly where the payment does.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update

from kiosk.menu import Menu
from kiosk.serving.ledger import today
from kiosk.settings import Settings
from kiosk.storage.database import explained, touch, upsert
from kiosk.storage.order_reader import EventKind, OrderReader
from kiosk.storage.outbox import Outbox
from kiosk.storage.store import Store
from kiosk.storage.tables import order_events, order_numbers, orders, sold_out, webhooks
from kiosk.till.decisions import Decision, Sale, Settlement, SettlementOutcome
from kiosk.till.messages import Channel, Message, order_cancelled, order_placed, payment_requested, payment_voided
from kiosk.till.messages import refund_due as refund_message
from state import OrderState

_GIVEN_UP: dict[str, tuple[SettlementOutcome, EventKind]] = {
    "reject": ("declined", "declined"),
    "timeout": ("timed_out", "timed_out"),
}
_Row = Mapping[str, Any]


class OrderBook(OrderReader):
    """Orders from their payment request on; several processes may share a database."""

    def __init__(self, url: str, settings: Settings, menu: Menu) -> None:
        """Open nothing yet.

        Args:
            url: As in `settings.database_url`.
            settings: Which kiosk this is, and whom to tell about orders.
            menu: What is sold, for the version and for names on tickets.
        """
        # What was paid must survive a power cut.
        super().__init__(Store(url, durable=True))
        self._settings = settings
        self._menu = menu
        self.outbox = Outbox(self.store)

    def close(self) -> None:
        """Close the connections."""
        self.store.close()

    def check(self) -> None:
        """Find out whether orders can be written.

        Raises:
            StorageError: They cannot.
        """
        with explained(self.store.url):
            touch(self.store.engine, orders)

    def request(self, sale: Sale) -> None:
        """Record an order as it was read back, and ask the terminal to take the money.

        Raises:
            StorageError: The database cannot be used.
        """
        with self.store.writing() as connection:
            stored = self._locked(connection, sale.order["order_id"])
            if stored is not None and _is_asked(stored, sale.order):
                return
            if stored is not None:
                self._void(connection, stored)
            self._write_request(connection, sale)

    def void(self, order: OrderState, *, cancelled: bool = False) -> None:
        """Take the request for an order back; an order that does not await payment stays as it is.

        Args:
            order: The order whose request is void.
            cancelled: Whether the customer gave the whole order up.

        Raises:
            StorageError: The database cannot be used.
        """
        with self.store.writing() as connection:
            stored = self._locked(connection, order["order_id"])
            if stored is None or stored["status"] != "awaiting_payment":
                return
            self._void(connection, stored)
            if cancelled:
                given_up = {"status": "cancelled", "cancelled_at": datetime.now(UTC)}
                connection.execute(_of(stored["order_id"]).values(given_up))
                self._event(connection, "cancelled", stored, key=f"cancelled:{stored['order_id']}")

    def settle(self, sale: Sale, decision: Decision) -> Settlement:
        """Carry out a terminal's decision.

        Args:
            sale: The conversation's order as it stands.
            decision: What the terminal says, about this order or another one.

        Raises:
            StorageError: The database cannot be used; nothing was carried out.
        """
        with self.store.writing() as connection:
            settlement = self._settle(connection, sale, decision)
            if decision.webhook_id is not None:
                row = {
                    "webhook_id": decision.webhook_id,
                    "at": datetime.now(UTC),
                    "order_id": decision.order_id,
                    "outcome": settlement.outcome,
                }
                connection.execute(upsert(connection, webhooks, row, keep=True))
            return settlement

    def hand_over(self, order_id: str) -> bool:
        """Note that a customer has the order; False where it is not paid or was handed over before.

        Raises:
            StorageError: The database cannot be used.
        """
        with self.store.writing() as connection:
            stored = self._locked(connection, order_id)
            if stored is None or stored["status"] != "paid" or stored["handed_over_at"] is not None:
                return False
            connection.execute(_of(order_id).values(handed_over_at=datetime.now(UTC)))
            self._event(connection, "handed_over", stored, key=f"handed_over:{order_id}")
            return True

    def cancel(self, order_id: str, reason: str) -> bool:
        """Cancel a paid order: the kitchen is told, and the money is due back; False where it is not paid.

        Raises:
            StorageError: The database cannot be used.
        """
        with self.store.writing() as connection:
            stored = self._locked(connection, order_id)
            if stored is None or stored["status"] != "paid":
                return False
            connection.execute(_of(order_id).values(status="cancelled", cancelled_at=datetime.now(UTC)))
            key = f"cancelled:{order_id}"
            self._event(connection, "cancelled", stored, key=key, reason=reason)
            self._tell(connection, "kitchen", key, None, order_cancelled(order_id, stored["number"]))
            paid = Decision("approve", order_id, stored["revision"], stored["total"], stored["payment_id"])
            self._give_back(connection, paid, stored["currency"], stored["thread_id"], "cancelled")
            return True

    def refunded(self, order_id: str, payment_id: str | None = None) -> int:
        """Note that what was due of an order, or of one payment of it, was given back; return how many payments.

        Raises:
            StorageError: The database cannot be used.
        """
        due = (order_events.c.kind == "refund_due") & (order_events.c.order_id == order_id)
        if payment_id is not None:
            due &= order_events.c.payment_id == payment_id
        with self.store.writing() as connection:
            rows = [dict(row) for row in connection.execute(select(order_events).where(due)).mappings()]
            noted = (
                self._event(
                    connection,
                    "refunded",
                    row,
                    key=row["key"].replace("refund:", "refunded:", 1),
                    amount=row["amount"],
                    payment_id=row["payment_id"],
                )
                for row in rows
            )
            return sum(noted)

    def sold_out(self) -> frozenset[str]:
        """Return the items that staff have said are sold out.

        Raises:
            StorageError: The database cannot be used.
        """
        with self.store.reading() as connection:
            return _sold_out(connection)

    def set_sold_out(self, item: str, is_sold_out: bool) -> None:
        """Say that an item is sold out, or there again.

        Raises:
            StorageError: The database cannot be used.
        """
        with self.store.writing() as connection:
            if is_sold_out:
                connection.execute(upsert(connection, sold_out, {"item": item, "at": datetime.now(UTC)}, keep=True))
            else:
                connection.execute(delete(sold_out).where(sold_out.c.item == item))

    def _write_request(self, connection: Connection, sale: Sale) -> None:
        order, now = sale.order, datetime.now(UTC)
        row = {
            "order_id": order["order_id"],
            "thread_id": sale.thread_id,
            "kiosk_id": self._settings.kiosk_id,
            "status": "awaiting_payment",
            "revision": order["revision"],
            "currency": order["currency"],
            "total": order["total"],
            "lines": order["lines"],
            "menu_id": self._menu.id,
            "menu_version": self._menu.version,
            "contacts": dict(sale.contacts),
            "language": sale.language,
            "requested_at": now,
            "cancelled_at": None,
        }
        connection.execute(upsert(connection, orders, row))
        key = _key("request", row)
        self._event(connection, "payment_requested", row, key=key, amount=order["total"])
        self._tell(connection, "terminal", key, None, payment_requested(order))

    def _void(self, connection: Connection, stored: _Row) -> None:
        if stored["status"] != "awaiting_payment":
            return
        connection.execute(_of(stored["order_id"]).values(status="open"))
        key = _key("void", stored)
        self._event(connection, "payment_voided", stored, key=key)
        self._tell(connection, "terminal", key, None, payment_voided(stored))

    def _settle(self, connection: Connection, sale: Sale, decision: Decision) -> Settlement:
        stored = self._locked(connection, decision.order_id)
        order = sale.order
        is_asked = order["order_id"] == decision.order_id and order["status"] == "awaiting_payment"
        if stored is None and is_asked:
            # The request comes from before there was a book, or its row was lost with the power.
            self._write_request(connection, sale)
            stored = self._locked(connection, decision.order_id)
        if decision.kind != "approve":
            return self._give_up(connection, stored, decision)
        if stored is not None and _is_paid_by(stored, decision):
            return Settlement("already_paid", stored["number"])
        refused = self._refused(connection, stored, sale, decision)
        if stored is None or refused is not None:
            return self._refuse(connection, stored, decision, refused or "late", sale.thread_id)
        return Settlement("paid", self._pay(connection, stored, decision))

    def _refused(
        self, connection: Connection, stored: _Row | None, sale: Sale, decision: Decision
    ) -> SettlementOutcome | None:
        """Return why an approval does not count, None where it does."""
        order = sale.order
        asked = (decision.order_id, decision.revision, "awaiting_payment")
        if stored is None or asked != (order["order_id"], order["revision"], order["status"]):
            return "late"
        if asked[1:] != (stored["revision"], stored["status"]):
            return "late"
        if decision.amount is not None and decision.amount != stored["total"]:
            return "wrong_amount"
        gone = _sold_out(connection) | {item.id for item in self._menu.items if item.sold_out}
        return "sold_out" if any(line["item"] in gone for line in stored["lines"]) else None

    def _pay(self, connection: Connection, stored: _Row, decision: Decision) -> int:
        day, now = today(), datetime.now(UTC)
        number = self._next_number(connection, day)
        values = {"status": "paid", "paid_at": now, "payment_id": decision.payment_id, "day": day, "number": number}
        connection.execute(_of(stored["order_id"]).values(values))
        key = f"paid:{stored['order_id']}:{stored['revision']}"
        paid_with = {"amount": stored["total"], "payment_id": decision.payment_id}
        self._event(connection, "paid", stored, key=key, **paid_with)
        ticket = order_placed(stored, number, day, now, self._menu, self._settings.language)
        self._tell(connection, "kitchen", f"{stored['order_id']}:{stored['revision']}", stored["thread_id"], ticket)
        return number

    def _refuse(
        self,
        connection: Connection,
        stored: _Row | None,
        decision: Decision,
        outcome: SettlementOutcome,
        thread_id: str,
    ) -> Settlement:
        """Report money that was taken for what is not sold any more, and take back the request that it answered."""
        self._give_back(connection, decision, stored["currency"] if stored else None, thread_id, outcome)
        if stored is not None and (stored["status"], stored["revision"]) == ("awaiting_payment", decision.revision):
            connection.execute(_of(decision.order_id).values(status="open"))
        return Settlement(outcome)

    def _give_back(
        self, connection: Connection, decision: Decision, currency: str | None, thread_id: str | None, reason: str
    ) -> None:
        key = f"refund:{decision.key}"
        named = {"order_id": decision.order_id, "revision": decision.revision}
        due = {"amount": decision.amount, "payment_id": decision.payment_id, "reason": reason}
        if self._event(connection, "refund_due", named, key=key, **due):
            message = refund_message(
                decision.order_id, decision.revision, decision.amount, currency, decision.payment_id, reason
            )
            self._tell(connection, "terminal", key, thread_id, message)

    def _give_up(self, connection: Connection, stored: _Row | None, decision: Decision) -> Settlement:
        outcome, kind = _GIVEN_UP[decision.kind]
        waits = stored is not None and stored["status"] == "awaiting_payment"
        if stored is None or not waits or stored["revision"] != decision.revision:
            return Settlement("nothing")
        connection.execute(_of(stored["order_id"]).values(status="open"))
        key = _key(kind, stored)
        self._event(connection, kind, stored, key=key, payment_id=decision.payment_id)
        if kind == "timed_out":
            self._tell(connection, "terminal", key, None, payment_voided(stored))
        return Settlement(outcome)

    def _next_number(self, connection: Connection, day: date) -> int:
        counted = upsert(connection, order_numbers, {"day": day, "last": 1}, {"last": order_numbers.c.last + 1})
        return int(connection.execute(counted.returning(order_numbers.c.last)).scalar_one())

    def _event(self, connection: Connection, kind: EventKind, named: _Row, *, key: str, **values: Any) -> bool:
        """Note something once; False where it was noted before."""
        row = {"at": datetime.now(UTC), "order_id": named["order_id"], "revision": named["revision"], "kind": kind}
        noted = connection.execute(upsert(connection, order_events, {**row, "key": key, **values}, keep=True))
        return noted.rowcount == 1

    def _tell(self, connection: Connection, channel: Channel, key: str, thread_id: str | None, body: Message) -> None:
        """Queue a message where there is somebody to get it."""
        if {"kitchen": self._settings.kitchen_url, "terminal": self._settings.terminal_url}[channel] is not None:
            self.outbox.put(connection, self._settings.kiosk_id, channel, key, thread_id, body)

    @staticmethod
    def _locked(connection: Connection, order_id: str) -> _Row | None:
        """Return an order's row and keep others from changing it until the transaction ends."""
        statement = select(orders).where(orders.c.order_id == order_id).with_for_update()
        row = connection.execute(statement).mappings().first()
        return None if row is None else dict(row)


def _of(order_id: str) -> Any:
    return update(orders).where(orders.c.order_id == order_id)


def _key(what: str, stored: _Row) -> str:
    """Name a request, or its end; a revision can be asked for again, after its payment was refused or its turn lost."""
    return f"{what}:{stored['order_id']}:{stored['revision']}:{stored['requested_at'].timestamp()}"


def _is_asked(stored: _Row, order: OrderState) -> bool:
    """Tell whether there is nothing to ask for: it was paid, or the terminal has been asked for just this."""
    same = (order["revision"], order["total"], order["lines"])
    asked = (stored["revision"], stored["total"], stored["lines"])
    return stored["paid_at"] is not None or (stored["status"] == "awaiting_payment" and asked == same)


def _is_paid_by(stored: _Row, decision: Decision) -> bool:
    """Tell whether an approval is the one that the order was paid by, said again."""
    same = decision.payment_id is None or stored["payment_id"] in (None, decision.payment_id)
    return bool(stored["paid_at"] is not None and stored["revision"] == decision.revision and same)


def _sold_out(connection: Connection) -> frozenset[str]:
    return frozenset(connection.execute(select(sold_out.c.item)).scalars())
