"""What the people behind the counter hand over."""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, datetime

from pydantic import BaseModel, Field

from kiosk.web.schemas import View
from state import OrderState

KEPT = 200
"""Orders that stay; the oldest goes first."""


class PaidOrder(BaseModel):
    """An order that is paid and not handed over yet."""

    number: str
    thread_id: str
    order: OrderState
    paid_at: datetime = Field(default_factory=lambda: datetime.now(UTC))


class Board:
    """The open orders of this process; a restart forgets them."""

    def __init__(self) -> None:
        """Start empty."""
        self._orders: OrderedDict[str, PaidOrder] = OrderedDict()
        self._handed_over: OrderedDict[str, None] = OrderedDict()

    @property
    def orders(self) -> list[PaidOrder]:
        """Orders to hand over, the longest waiting first."""
        return [*self._orders.values()]

    def saw(self, view: View) -> None:
        """Note what a turn has come to."""
        order_id = view.order["order_id"]
        if view.number is None or order_id in self._orders or order_id in self._handed_over:
            return
        self._orders[order_id] = PaidOrder(number=view.number, thread_id=view.thread_id, order=view.order)
        if len(self._orders) > KEPT:
            self._orders.popitem(last=False)

    def handed_over(self, order_id: str) -> bool:
        """Close an order; False where it is not open."""
        if self._orders.pop(order_id, None) is None:
            return False
        self._handed_over[order_id] = None
        if len(self._handed_over) > KEPT:
            self._handed_over.popitem(last=False)
        return True
