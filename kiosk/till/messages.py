"""What the kitchen and the payment terminal are told, as plain JSON values; docs/till.md describes them for others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

from kiosk.menu import Menu
from state import OrderLine, OrderState

Channel = Literal["kitchen", "terminal"]

Message = dict[str, Any]
CONTACTS = "contacts"
"""The field whose placeholders are filled in when the message leaves."""


def order_placed(
    stored: Mapping[str, Any], number: int, day: date, paid_at: datetime, menu: Menu, language: str
) -> Message:
    """Return the kitchen's ticket of a paid order, a row of the table `orders`."""
    return {
        "type": "order_placed",
        "order_id": stored["order_id"],
        "number": number,
        "day": day.isoformat(),
        "paid_at": paid_at.isoformat(),
        "currency": stored["currency"],
        "total": stored["total"],
        "menu": {"id": stored["menu_id"], "version": stored["menu_version"]},
        "lines": _lines(stored["lines"], menu, language),
        CONTACTS: dict(stored["contacts"]),
    }


def order_cancelled(order_id: str, number: int | None) -> Message:
    """Tell the kitchen not to make an order, or not to hand it over."""
    return {"type": "order_cancelled", "order_id": order_id, "number": number}


def payment_requested(order: OrderState) -> Message:
    """Ask the terminal to take the money for one revision of an order."""
    return _payment("payment_requested", order["order_id"], order["revision"], order["total"], order["currency"])


def payment_voided(stored: Mapping[str, Any]) -> Message:
    """Tell the terminal that a request does not count any more."""
    return _payment("payment_voided", stored["order_id"], stored["revision"], stored["total"], stored["currency"])


def refund_due(
    order_id: str, revision: int, amount: int | None, currency: str | None, payment_id: str | None, reason: str
) -> Message:
    """Tell the terminal to give back what it took for a payment that does not count."""
    return _payment("refund_due", order_id, revision, amount, currency) | {"payment_id": payment_id, "reason": reason}


def _payment(kind: str, order_id: str, revision: int, amount: int | None, currency: str | None) -> Message:
    return {"type": kind, "order_id": order_id, "revision": revision, "amount": amount, "currency": currency}


def _lines(lines: Sequence[OrderLine], menu: Menu, language: str) -> list[dict[str, Any]]:
    return [
        {
            "item": line["item"],
            "name": menu.by_id[line["item"]].name(language) if line["item"] in menu.by_id else line["item"],
            "quantity": line["quantity"],
            "options": line["options"],
            "unit_price": line["unit_price"],
            "line_total": line["line_total"],
        }
        for line in lines
    ]
