"""Hours and days by the clock on the shop's wall, those without a row included: a chart has no gaps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Label, Numeric, cast, extract

from kiosk.storage.tables import UtcDateTime

# Every zone is a multiple of a quarter of an hour away from UTC, so quarters add up to any shop's hours; adding them up
# here and not in SQL keeps the two days right on which clocks are set.
_QUARTER_S = 900
_HOUR = timedelta(hours=1)

Row = tuple[datetime, Mapping[str, float]]
"""A moment in the shop's zone, and amounts by name."""

Tally = dict[datetime, dict[str, Any]]
"""Sums by name for each period, by its beginning; integers stay integers."""


def quarter_of(moment: ColumnElement[datetime]) -> Label[float]:
    """Return the column `quarter`: the quarter of an hour that a moment is in, in seconds since 1970."""
    assert isinstance(moment.type, UtcDateTime)
    seconds = cast(extract("epoch", moment), Numeric(asdecimal=False))
    return (seconds - seconds % _QUARTER_S).label("quarter")


def moment_of(quarter: float) -> datetime:
    """Return the beginning of a quarter by the shop's clock."""
    return datetime.fromtimestamp(quarter, UTC).astimezone()


def begin(day: date) -> datetime:
    """Return when a day of the shop begins."""
    return datetime.combine(day, time.min).astimezone()


def by_hour(rows: Iterable[Row], day: date, names: Iterable[str] = ()) -> Tally:
    """Add rows up to the hours of a day; `names` are zero where an hour has no row."""
    at_hours = ((moment.replace(minute=0), amounts) for moment, amounts in rows)
    return _summed(_hours(day), at_hours, names)


def by_day(rows: Iterable[Row], since: date | None, until: date, names: Iterable[str] = ()) -> Tally:
    """Add rows up to days, from `since` (None: the first row) to `until`; `names` are zero where a day has no row."""
    at_days = [(begin(moment.date()), amounts) for moment, amounts in rows]
    first = since or min((start.date() for start, _ in at_days), default=until + timedelta(days=1))
    days = (begin(first + timedelta(days=number)) for number in range((until - first).days + 1))
    return _summed(days, at_days, names)


def _hours(day: date) -> Iterator[datetime]:
    start, end = begin(day).astimezone(UTC), begin(day + timedelta(days=1))
    while start < end:
        yield start.astimezone()
        start += _HOUR


def _summed(starts: Iterable[datetime], rows: Iterable[Row], names: Iterable[str]) -> Tally:
    nothing = dict.fromkeys(names, 0)
    tally: Tally = {start: dict(nothing) for start in starts}
    for start, amounts in rows:
        sums = tally.setdefault(start, dict(nothing))
        for name, amount in amounts.items():
            sums[name] = sums.get(name, 0) + amount
    return dict(sorted(tally.items()))
