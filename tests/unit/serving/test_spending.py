"""The day's spending: reservations, the ledger, midnight."""

from __future__ import annotations

from datetime import date

import pytest

from kiosk.serving.spending import Spending

pytestmark = pytest.mark.unit


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
    spending.follow(lambda: 0.9)
    assert spending.today_usd() == pytest.approx(0.9)
    assert not spending.reserve(0.2, 1.0)


def test_a_call_counts_although_the_ledger_has_not_heard_of_it_yet() -> None:
    spending = Spending()
    spending.follow(lambda: 0.0)
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
