"""What the models cost today, with what is being spent this moment, so that a budget also holds for turns at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, datetime


class Spending:
    """Counts what this process spends; a ledger that knows more can be followed. Safe in any thread."""

    def __init__(self, today: Callable[[], date] | None = None) -> None:
        """Start with nothing spent; budgets go by the clock on the shop's wall."""
        self._today = today or _today
        self._lock = threading.Lock()
        self._day = self._today()
        self._spent = 0.0
        self._reserved = 0.0
        self._recorded: Callable[[], float] | None = None

    def follow(self, recorded: Callable[[], float]) -> None:
        """Also go by what a ledger has recorded of today: it outlives the process and knows the others'."""
        self._recorded = recorded

    def today_usd(self) -> float:
        """Return what today has cost, with what is reserved, in US dollars."""
        recorded = self._recorded() if self._recorded else 0.0
        with self._lock:
            return self._total(recorded)

    def reserve(self, cost_usd: float, budget_usd: float | None) -> bool:
        """Set aside what a call will cost, unless the day's budget does not have it any more."""
        if cost_usd <= 0:
            return True
        recorded = self._recorded() if self._recorded else 0.0
        with self._lock:
            if budget_usd is not None and self._total(recorded) + cost_usd > budget_usd:
                return False
            self._reserved += cost_usd
            return True

    def settle(self, reserved_usd: float, cost_usd: float) -> None:
        """Replace a reservation by what the call did cost."""
        with self._lock:
            self._turn_page()
            self._reserved = max(0.0, self._reserved - reserved_usd)
            self._spent += cost_usd

    def _total(self, recorded: float) -> float:
        # The ledger learns of a turn when it is over, this counter of every call.
        self._turn_page()
        return max(self._spent, recorded) + self._reserved

    def _turn_page(self) -> None:
        if self._day != self._today():
            self._day, self._spent = self._today(), 0.0


def _today() -> date:
    return datetime.now().astimezone().date()
