"""What the ledger's rows add up to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, and_, case, func, or_, select, true

from kiosk.serving.feedback import (
    CauseCount,
    DayStatistics,
    EndpointStatistics,
    Figures,
    HandoverCount,
    PathCount,
    PeriodStatistics,
)
from kiosk.serving.ledger import HEDGED, LOW_CONFIDENCE, AlertEntry, Past, today
from kiosk.serving.models import EMBEDDED
from kiosk.storage.database import reading
from kiosk.storage.periods import Tally, begin, by_day, by_hour, moment_of, quarter_of
from kiosk.storage.tables import alerts, serving_attempts

_T = serving_attempts.c
_SHARES = (0.5, 0.95)


def _counted(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


_COUNTS = _T.asked & or_(_T.cause.is_(None), _T.cause != "cancelled")
_TURNS = func.count(_T.turn.distinct()).label("turns")
_SUMS = (
    _counted(_COUNTS).label("requests"),
    _counted(_T.cause.is_(None)).label("successes"),
    func.sum(case((_COUNTS, _T.latency_ms), else_=0)).label("latency_ms"),
    func.sum(_T.input_tokens).label("input_tokens"),
    func.sum(_T.output_tokens).label("output_tokens"),
    func.sum(_T.cost_usd).label("cost_usd"),
    func.sum(_T.avoided_usd).label("avoided_usd"),
)

_PERIOD = (_TURNS, *_SUMS)
_PERIOD_NAMES = [column.name for column in _PERIOD]


def spent_on(engine: Engine, day: date) -> float:
    """Return what was spent on a day, in US dollars."""
    with reading(engine) as connection:
        total = connection.execute(select(func.sum(_T.cost_usd)).where(_T.day == day)).scalar()
    return float(total or 0.0)


def past_since(engine: Engine, day: date) -> list[Past]:
    """Return how endpoints did since a day; a timeout counts twice, because it would have taken longer."""
    late = _T.cause == "timeout"
    times = func.avg(case((late, _T.latency_ms * 2), else_=_T.latency_ms))
    answers = func.avg(case((late, None), else_=_T.latency_ms))
    successes = func.avg(case((_T.cause.is_(None), 1.0), else_=0.0))
    chosen = select(_T.endpoint, func.count(), times, answers, successes).where(_T.day >= day, _COUNTS)
    with reading(engine) as connection:
        rows = connection.execute(chosen.group_by(_T.endpoint)).all()
    return [
        Past(name, requests, float(mean), float(mean if answer is None else answer), float(success))
        for name, requests, mean, answer, success in rows
    ]


def read_figures(engine: Engine, since: date | None = None) -> Figures:
    """Return everything that a report needs, from one state of the database.

    Args:
        engine: The open database.
        since: The first day that counts; None counts all.
    """
    wanted = true() if since is None else _T.day >= since
    with reading(engine) as connection:

        def rows(statement: Select[Any]) -> Sequence[Any]:
            return connection.execute(statement).all()

        latencies = {row.endpoint: (row.p50_ms, row.p95_ms) for row in rows(_percentiles(wanted))}
        endpoints = []
        for row in rows(_by_endpoint(wanted)):
            p50_ms, p95_ms = latencies.get(row.endpoint, (0, 0))
            endpoints.append(EndpointStatistics(**row._mapping, p50_ms=p50_ms, p95_ms=p95_ms))
        days = [DayStatistics(**row._mapping) for row in rows(_by_day(wanted))]
        causes = [CauseCount(**row._mapping) for row in rows(_by_cause(wanted))]
        handovers = [HandoverCount(**row._mapping) for row in rows(_by_handover(wanted))]
        turns = rows(select(_TURNS).where(wanted))[0].turns
        paths = [PathCount(**row._mapping) for row in rows(_by_path(wanted))]
        periods = _periods(rows, wanted, since)
    return Figures(
        since,
        turns,
        tuple(endpoints),
        tuple(days),
        tuple(causes),
        tuple(handovers),
        tuple(paths),
        tuple(periods),
    )


def read_alerts(
    engine: Engine, limit: int | None = 50, since: date | None = None, kind: str | None = None
) -> list[AlertEntry]:
    """Return the last alerts, the newest first.

    Args:
        engine: The open database.
        limit: No more than so many; None returns all.
        since: The first day that counts; None counts all.
        kind: Only alerts of this kind.
    """
    columns = [column for column in alerts.c if column.name != "id"]
    wanted = and_(_alerted(since), true() if kind is None else alerts.c.kind == kind)
    with reading(engine) as connection:
        found = connection.execute(select(*columns).where(wanted).order_by(alerts.c.id.desc()).limit(limit)).all()
    return [AlertEntry(**row._mapping) for row in found]


def count_alerts(engine: Engine, since: date) -> Tally:
    """Return how many alerts of each kind went out in each period since a day: hours of today, or days."""
    quarter = quarter_of(alerts.c.at)
    chosen = select(quarter, alerts.c.kind, func.count().label("times")).where(_alerted(since))
    with reading(engine) as connection:
        found = connection.execute(chosen.group_by("quarter", alerts.c.kind)).all()
    rows = [(moment_of(row.quarter), {row.kind: row.times}) for row in found]
    return by_hour(rows, since) if since == today() else by_day(rows, since, today())


def _alerted(since: date | None) -> ColumnElement[bool]:
    return true() if since is None else alerts.c.at >= begin(since)


def _periods(
    rows: Callable[[Select[Any]], Sequence[Any]], wanted: ColumnElement[bool], since: date | None
) -> list[PeriodStatistics]:
    """Return the hours of today where only today is wanted, days otherwise."""
    hourly = since == today()
    columns: list[ColumnElement[Any]] = [quarter_of(_T.at) if hourly else _T.day, *_PERIOD]
    chosen = select(*columns).where(wanted).group_by("quarter" if hourly else _T.day)
    found = [(moment_of(one) if hourly else begin(one), _named(sums)) for one, *sums in rows(chosen)]
    tally = by_hour(found, today(), _PERIOD_NAMES) if hourly else by_day(found, since, today(), _PERIOD_NAMES)
    return [PeriodStatistics(start=start, **sums) for start, sums in tally.items()]


def _named(sums: Sequence[float]) -> dict[str, float]:
    return dict(zip(_PERIOD_NAMES, sums, strict=True))


def _by_path(wanted: ColumnElement[bool]) -> Select[Any]:
    def ever(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.max(case((condition, 1), else_=0))

    failed = _T.fallback_to.is_not(None) & _T.fallback_reason.not_in((LOW_CONFIDENCE, HEDGED))
    ways = {
        "answered": _T.answered,
        "failed": failed,
        "unsure": _T.stage == "cascade",
        "model": _T.endpoint != EMBEDDED,
    }
    columns = (ever(condition).label(name) for name, condition in ways.items())
    each = select(_T.turn, *columns).where(wanted).group_by(_T.turn).subquery().c
    path = case(
        (each.answered == 0, "unanswered"),
        (each.failed == 1, "fallback"),
        (each.unsure == 1, "handed_on"),
        (each.model == 1, "model"),
        else_="embedded",
    )
    return select(path.label("path"), func.count().label("turns")).group_by("path").order_by("path")


def _by_endpoint(wanted: ColumnElement[bool]) -> Select[Any]:
    # An endpoint whose entry was changed is still one endpoint; the last of its models stands for it.
    kind = (func.max(_T[name]).label(name) for name in ("provider", "model", "serving_type"))
    answered, skipped = _counted(_T.answered).label("answered"), _counted(~_T.asked).label("skipped")
    columns = (_T.endpoint, *kind, *_SUMS, answered, skipped)
    return select(*columns).where(wanted).group_by(_T.endpoint).order_by(_T.endpoint)


def _by_day(wanted: ColumnElement[bool]) -> Select[Any]:
    grouped = (_T.day, _T.provider)
    return select(*grouped, *_SUMS).where(wanted).group_by(*grouped).order_by(*grouped)


def _by_cause(wanted: ColumnElement[bool]) -> Select[Any]:
    grouped = (_T.endpoint, _T.cause)
    failures = func.count().label("failures")
    chosen = select(*grouped, failures).where(wanted, _T.cause.is_not(None), _COUNTS)
    return chosen.group_by(*grouped).order_by(failures.desc(), *grouped)


def _by_handover(wanted: ColumnElement[bool]) -> Select[Any]:
    grouped = (_T.endpoint.label("from_endpoint"), _T.fallback_to.label("to_endpoint"), _T.fallback_reason)
    times = func.count().label("times")
    columns = (grouped[0], grouped[1], grouped[2].label("reason"), times)
    return select(*columns).where(wanted, _T.fallback_to.is_not(None)).group_by(*grouped).order_by(times.desc())


def _percentiles(wanted: ColumnElement[bool]) -> Select[Any]:
    """Return the middle and the slow end of each endpoint's times, by rank: SQLite has no percentile function."""
    rank = func.row_number().over(partition_by=_T.endpoint, order_by=_T.latency_ms)
    of = func.count().over(partition_by=_T.endpoint)
    ranked = select(_T.endpoint, _T.latency_ms, rank.label("rank"), of.label("of")).where(wanted, _COUNTS).subquery()
    found = [
        func.min(case((ranked.c.rank >= ranked.c.of * share, ranked.c.latency_ms))).label(f"p{share * 100:.0f}_ms")
        for share in _SHARES
    ]
    return select(ranked.c.endpoint, *found).group_by(ranked.c.endpoint)
