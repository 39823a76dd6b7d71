"""The till as the nodes see it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from kiosk.ordering import Rules
from kiosk.settings import Settings
from kiosk.storage import StorageError
from kiosk.storage.faults import faults
from kiosk.till.decisions import Decision, Sale, Settlement
from state import OrderState

if TYPE_CHECKING:
    from kiosk.storage.orders import OrderBook

STOCK_FRESH_S = 1.0
"""How old may be what this process knows of what others have sold out."""


class Till:
    """Opens the book of orders when it is first needed; every method may wait for a database."""

    def __init__(self, settings: Settings, rules: Rules, url: str) -> None:
        """Open nothing yet; `on_change` is called when there may be something to deliver.

        Args:
            settings: What an operator sets.
            rules: What is sold, whatever is in stock.
            url: Where orders are kept.
        """
        self._settings = settings
        self._rules = rules
        self._url = url
        self.on_change: Callable[[], None] = _nobody
        self._opening = threading.Lock()
        self._book: OrderBook | None = None
        self.is_shared = not url.endswith((":memory:", "://", ":///"))
        self._looked_at = -STOCK_FRESH_S

    @property
    def rules(self) -> Rules:
        """The rules with what is sold out right now, as far as this process knows."""
        return self._rules

    @property
    def book(self) -> OrderBook:
        """The orders that were asked to be paid."""
        with self._opening:
            if self._book is None:
                module: Any = import_module("kiosk.storage.orders")
                self._book = cast("OrderBook", module.OrderBook(self._url, self._settings, self._rules.menu))
            return self._book

    def open(self) -> None:
        """Open the book of orders and learn what is sold out.

        Raises:
            StorageError: The database cannot be used.
        """
        self._stocked(self.book.sold_out())
        self._looked_at = time.monotonic()

    def request(self, sale: Sale) -> None:
        """Record what is to be paid, and tell the terminal.

        Raises:
            StorageError: It cannot be recorded now; the terminal must not be asked.
        """
        self.book.request(sale)
        self.on_change()

    def void(self, order: OrderState, *, cancelled: bool = False) -> None:
        """Take a payment request back: the order has changed, or is given up.

        Raises:
            StorageError: It cannot be recorded now; the request still stands.
        """
        self.book.void(order, cancelled=cancelled)
        self.on_change()

    def settle(self, sale: Sale, decision: Decision) -> Settlement:
        """Carry out a terminal's decision, exactly once whatever is repeated.

        Raises:
            StorageError: It cannot be recorded now; the terminal may repeat it.
        """
        settlement = self.book.settle(sale, decision)
        self.on_change()
        if settlement.outcome == "sold_out":
            self.look()
        return settlement

    def paid_number(self, order: OrderState) -> int | None:
        """Return the number of an order that was paid at this revision, None where it was not.

        Raises:
            StorageError: The database cannot be used.
        """
        return self.book.paid_number(order["order_id"], order["revision"])

    def missed(self, order: OrderState) -> Decision | None:
        """Return what was decided about an order that still awaits payment in its conversation, None where it does.

        Raises:
            StorageError: The database cannot be used.
        """
        if order["status"] != "awaiting_payment":
            return None
        return self.book.decision_about(order["order_id"], order["revision"])

    @property
    def is_stale(self) -> bool:
        """Tell whether others may have sold something out since this process looked."""
        return self.is_shared and time.monotonic() - self._looked_at > STOCK_FRESH_S

    def look(self) -> None:
        """Learn what is sold out right now; what was known stays where the database cannot be asked."""
        try:
            self._stocked(self.book.sold_out())
            faults.over("stock")
        except StorageError as error:
            faults.report("stock", error)
        self._looked_at = time.monotonic()

    def set_sold_out(self, item: str, is_sold_out: bool) -> None:
        """Say that an item is sold out, or there again; it counts for every turn from now on.

        Raises:
            StorageError: It cannot be recorded.
        """
        self.book.set_sold_out(item, is_sold_out)
        self._stocked(self.book.sold_out())

    def close(self) -> None:
        """Let go of the database."""
        with self._opening:
            if self._book is not None:
                self._book.close()
                self._book = None

    def _stocked(self, sold_out: frozenset[str]) -> None:
        if sold_out != self._rules.sold_out_now:
            self._rules = replace(self._rules, sold_out_now=sold_out)


def _nobody() -> None:
    """Nobody wants to know that there is something to deliver."""
