"""The day's spending: reservations, the ledger, midnight."""

from __future__ import annotations

import time
from datetime import date

import pytest

from kiosk.serving.ledger import Ledger
from kiosk.serving.spending import Spending

pytestmark = pytest.mark.unit


class Recorded(Ledger):
    """A ledger that others write to as well; `late_usd` of theirs shows when somebody looks."""

    is_shared = True

    def __init__(self, others: float = 0.0, late_usd: float = 0.0, look_s: float = 0.0) -> None:
        super().__init__()
        self.others, self.late_usd, self.look_s, self.looks = others, late_usd, look_s, 0

    def spent_today(self) -> float:
        return super().spent_today() + self.others

    def spent_by_others(self) -> float:
        return self.others

    def catch_up(self) -> None:
        time.sleep(self.look_s)
        self.looks += 1
        self.others, self.late_usd = self.others + self.late_usd, 0.0


def test_what_is_reserved_counts_until_the_call_is_paid() -> None:
    spending = Spending()
    assert spending.reserve(0.4, 1.0)
    assert spending.reserve(0.4, 1.0)
    assert not spending.reserve(0.4, 1.0)
    spending.settle(0.4, 0.1)
    assert spending.today_usd() == pytest.approx(0.5)
    assert spending.reserve(0.4, 1.0)


def test_what_is_free_needs_no_budget() -> None:
    assert Spending().reserve(0.0, 0.0)


def test_without_a_budget_everything_is_allowed() -> None:
    assert Spending().reserve(100.0, None)


def test_a_ledger_that_knows_more_counts() -> None:
    spending = Spending()
    spending.follow(Recorded(others=0.9))
    assert spending.today_usd() == pytest.approx(0.9)
    assert not spending.reserve(0.2, 1.0)


def test_a_call_counts_although_the_ledger_has_not_heard_of_it_yet() -> None:
    spending = Spending()
    spending.follow(Recorded())
    assert spending.reserve(0.5, 1.0)
    spending.settle(0.5, 0.7)
    assert spending.today_usd() == pytest.approx(0.7)


def test_at_midnight_the_day_starts_from_nothing() -> None:
    day = date(2026, 5, 1)
    spending = Spending(lambda: day)
    spending.reserve(0.5, None)
    spending.settle(0.5, 0.5)
    day = date(2026, 5, 2)
    assert spending.today_usd() == 0.0


async def test_near_the_end_of_the_budget_others_are_looked_at_before_a_call() -> None:
    spending, ledger = Spending(), Recorded(others=0.7, late_usd=0.2)
    spending.follow(ledger)
    assert await spending.is_known(0.1, 1.0)
    assert ledger.looks == 1
    assert spending.reserve(0.1, 1.0)
    assert not spending.reserve(0.1, 1.0)


async def test_as_long_as_much_is_left_no_call_looks() -> None:
    spending, ledger = Spending(), Recorded(others=0.7)
    spending.follow(ledger)
    assert await spending.is_known(0.01, 1.0)
    assert await spending.is_known(5.0, None)
    assert ledger.looks == 0


async def test_what_cannot_be_weighed_in_time_is_not_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.serving.spending._LOOK_S", 0.02)
    spending = Spending()
    spending.follow(Recorded(look_s=0.2))
    began = time.perf_counter()
    assert not await spending.is_known(0.5, 1.0)
    assert time.perf_counter() - began < 0.15


def test_what_this_process_spends_comes_on_top_of_what_others_have() -> None:
    spending = Spending()
    spending.follow(Recorded(others=0.5))
    assert spending.reserve(0.4, 1.0)
    spending.settle(0.4, 0.4)
    assert spending.today_usd() == pytest.approx(0.9)
