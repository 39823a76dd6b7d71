"""What the ledger's rows add up to, in both kinds of database."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from kiosk.serving.ledger import AlertEntry, LedgerEntry, today
from kiosk.storage.database import database
from kiosk.storage.ledger import open_ledger
from kiosk.storage.periods import begin
from kiosk.storage.statistics import count_alerts, read_alerts, read_figures
from tests.unit.storage.rows import attempt, turn

pytestmark = pytest.mark.unit

TODAY = today()
NINE = begin(TODAY) + timedelta(hours=9)


def fill(url: str, *entries: Sequence[LedgerEntry]) -> None:
    ledger = open_ledger(url)
    for rows in entries:
        ledger.record(rows)
    ledger.close()


def at(moment: datetime, rows: Sequence[LedgerEntry]) -> list[LedgerEntry]:
    local = moment.astimezone()
    return [replace(row, at=moment.astimezone(UTC), day=local.date()) for row in rows]


def step(start: str, to: str, reason: str) -> dict[str, str]:
    return {"from_endpoint": start, "to_endpoint": to, "reason": reason}


def test_every_turn_went_one_way(url: str) -> None:
    failed = attempt("cloud", cause="timeout")
    unsure, down = step("embedded", "cloud", "low_confidence"), step("cloud", "embedded", "timeout")
    fill(
        url,
        *(turn() for _ in range(4)),
        *(turn(attempt("cloud")) for _ in range(2)),
        *(turn(attempt(), attempt("cloud"), fallbacks=[unsure]) for _ in range(3)),
        turn(failed, attempt(), fallbacks=[down]),
        turn(attempt(), failed, attempt(), fallbacks=[unsure]),
        turn(failed, answered=False),
        turn(attempt("cloud", cause="server_error"), attempt("cloud")),
    )
    with database(url) as engine:
        figures = read_figures(engine)
    paths = {count.path: count.turns for count in figures.paths}
    assert paths == {"embedded": 4, "model": 3, "handed_on": 3, "fallback": 2, "unanswered": 1}
    assert sum(paths.values()) == figures.turns == 13
    assert figures.cascade_share == pytest.approx(4 / 13)


def test_today_is_told_by_the_hour(url: str) -> None:
    fill(
        url,
        at(NINE + timedelta(minutes=10), turn(attempt("cloud", cost=0.25, tokens=30))),
        at(NINE + timedelta(minutes=59, seconds=59.9), turn(attempt("cloud", cause="timeout", cost=0.5), attempt())),
        at(NINE + timedelta(hours=1), turn(avoided_usd=0.125)),
        at(NINE - timedelta(days=1), turn()),
    )
    with database(url) as engine:
        periods = read_figures(engine, TODAY).periods
    assert periods[0].start == begin(TODAY)
    assert {later.start - sooner.start for sooner, later in zip(periods, periods[1:], strict=False)} == {
        timedelta(hours=1)
    }
    nine, ten = (one for one in periods if one.requests)
    assert (nine.start, nine.turns, nine.requests, nine.successes) == (NINE, 2, 3, 2)
    assert (nine.cost_usd, nine.input_tokens, ten.avoided_usd) == (0.75, 30, 0.125)
    assert isinstance(nine.requests, int)


@pytest.mark.parametrize("since", [TODAY - timedelta(days=3), None])
def test_more_than_a_day_is_told_by_the_day_and_has_no_gaps(url: str, since: date | None) -> None:
    fill(url, at(NINE - timedelta(days=3), turn()), *(at(NINE, turn(attempt("cloud"))) for _ in range(2)))
    with database(url) as engine:
        periods = read_figures(engine, since).periods
    assert [one.start.date() for one in periods] == [TODAY - timedelta(days=ago) for ago in (3, 2, 1, 0)]
    assert [(one.turns, one.requests, one.cost_usd) for one in periods] == [(1, 1, 0), (0, 0, 0), (0, 0, 0), (2, 2, 0)]


def test_an_empty_ledger_has_no_days(url: str) -> None:
    with database(url) as engine:
        assert read_figures(engine).periods == ()
        assert len(read_figures(engine, TODAY - timedelta(days=6)).periods) == 7


def test_alerts_are_found_by_day_and_kind_and_counted(url: str) -> None:
    ledger = open_ledger(url)
    for moment, kind in ((NINE - timedelta(days=2), "slow"), (NINE, "error"), (NINE, "slow"), (NINE, "error")):
        ledger.alert(AlertEntry(moment.astimezone(UTC), kind, "cloud", "text", None, None, 0, "log"))
    ledger.close()
    with database(url) as engine:
        assert [alert.kind for alert in read_alerts(engine, since=TODAY)] == ["error", "slow", "error"]
        assert [alert.at for alert in read_alerts(engine, kind="slow")] == [NINE, NINE - timedelta(days=2)]
        hours, days = count_alerts(engine, TODAY), count_alerts(engine, TODAY - timedelta(days=2))
    assert {start: kinds for start, kinds in hours.items() if kinds} == {NINE: {"error": 2, "slow": 1}}
    assert list(days.values()) == [{"slow": 1}, {}, {"error": 2, "slow": 1}]
