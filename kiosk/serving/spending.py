"""What the models cost today, with what is being spent this moment, so that a budget also holds for turns at once."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from datetime import date, datetime

from kiosk.serving.ledger import Ledger
from kiosk.storage.errors import StorageError

_LOG = logging.getLogger(__name__)
_CALLS_AHEAD = 20
"""Calls that several processes make between two looks of `kiosk.serving.exchange`, generously."""
_LOOK_S = 0.5


class Spending:
    """Counts what this process spends; a ledger that knows more can be followed. Safe in any thread."""

    def __init__(self, today: Callable[[], date] | None = None) -> None:
        """Start with nothing spent; budgets go by the clock on the shop's wall."""
        self._today = today or _today
        self._lock = threading.Lock()
        self._day = self._today()
        self._spent = 0.0
        self._reserved = 0.0
        self._ledger: Ledger | None = None

    def follow(self, ledger: Ledger) -> None:
        """Also go by what a ledger has recorded of today: it outlives the process and knows the others'."""
        self._ledger = ledger

    def today_usd(self) -> float:
        """Return what today has cost, with what is reserved, in US dollars."""
        recorded, others = self._recorded()
        with self._lock:
            return self._total(recorded, others)

    def reserve(self, cost_usd: float, budget_usd: float | None) -> bool:
        """Set aside what a call will cost, unless the day's budget does not have it any more."""
        if cost_usd <= 0:
            return True
        recorded, others = self._recorded()
        with self._lock:
            if budget_usd is not None and self._total(recorded, others) + cost_usd > budget_usd:
                return False
            self._reserved += cost_usd
            return True

    async def is_known(self, cost_usd: float, budget_usd: float | None) -> bool:
        """Make sure that a call will be weighed against what others have spent up to now; tell whether it can be.

        What others spend is looked at now and then, which is often enough as long as much is left. Near the end of the
        budget each call is worth a look, and a call whose price may be too high is not made.
        """
        ledger = self._ledger
        if cost_usd <= 0 or budget_usd is None or ledger is None or not ledger.is_shared:
            return True
        if self.today_usd() + _CALLS_AHEAD * cost_usd <= budget_usd:
            return True
        try:
            async with asyncio.timeout(_LOOK_S):
                await asyncio.to_thread(ledger.catch_up)
        except (TimeoutError, StorageError) as error:
            _LOG.warning("the day's costs are not known, a paid call is not made: %s", type(error).__name__)
            return False
        return True

    def settle(self, reserved_usd: float, cost_usd: float) -> None:
        """Replace a reservation by what the call did cost."""
        with self._lock:
            self._turn_page()
            self._reserved = max(0.0, self._reserved - reserved_usd)
            self._spent += cost_usd

    def _recorded(self) -> tuple[float, float]:
        if self._ledger is None:
            return 0.0, 0.0
        others = self._ledger.spent_by_others()
        return self._ledger.spent_today() - others, others

    def _total(self, recorded: float, others: float) -> float:
        # The ledger learns of a turn when it is over, this counter of every call.
        self._turn_page()
        return max(self._spent, recorded) + others + self._reserved

    def _turn_page(self) -> None:
        if self._day != self._today():
            self._day, self._spent = self._today(), 0.0


def _today() -> date:
    return datetime.now().astimezone().date()
