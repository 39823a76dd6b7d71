"""A ledger as a shop's week leaves it: the same figures every time, whatever the day is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from kiosk.serving import load_endpoints
from kiosk.serving.ledger import AlertEntry, LedgerEntry, ServedTurn, entries_of, today
from kiosk.serving.models import EMBEDDED, EMBEDDED_ENDPOINT
from kiosk.storage.ledger import open_ledger
from kiosk.storage.periods import begin
from state import Attempt, AttemptCause, Fallback
from tests.unit.storage.rows import ANALYSIS

CLOUD, LOCAL = "cloud-openai", "local-exaone"
ENDPOINTS = {EMBEDDED: EMBEDDED_ENDPOINT, **{one.id: one for one in load_endpoints().endpoints}}
OPEN_HOURS = range(8, 21)
BUSY = {8: 5, 9: 6, 12: 9, 13: 8, 15: 6, 18: 5}


@dataclass(frozen=True)
class Way:
    """A way for a turn to be served: what was tried, and of what the first tries failed."""

    attempts: Sequence[Attempt]
    reasons: Sequence[str] = ()
    answered: bool = True

    def rows(self, moment: datetime, number: int) -> list[LedgerEntry]:
        names = [attempt["endpoint_id"] for attempt in self.attempts]
        steps = [
            Fallback(from_endpoint=names[place], to_endpoint=names[place + 1], reason=reason)
            for place, reason in enumerate(self.reasons)
        ]
        slower = [
            {**one, "latency_ms": one["latency_ms"] + number % 7 * one["latency_ms"] // 9} for one in self.attempts
        ]
        turn = ServedTurn(f"t{number}", slower, steps, ANALYSIS, self.answered, 0.0004)  # type: ignore[arg-type]
        return [replace(row, at=moment.astimezone(UTC), day=moment.date()) for row in entries_of(turn, ENDPOINTS)]


def tried(
    endpoint: str, latency_ms: int, cause: AttemptCause | None = None, tokens: tuple[int, int] = (0, 0)
) -> Attempt:
    read, written = tokens
    return Attempt(
        endpoint_id=endpoint,
        cause=cause,
        detail="",
        latency_ms=latency_ms,
        tokens=read + written,
        input_tokens=read,
        output_tokens=written,
        cost=ENDPOINTS[endpoint].price_per_1k.cost(read, written),
    )


SURE = Way([tried(EMBEDDED, 9)])
TO_LOCAL = Way([tried(EMBEDDED, 12), tried(LOCAL, 620, tokens=(420, 60))], ["low_confidence"])
TO_CLOUD = Way([tried(CLOUD, 780, tokens=(610, 95))])
LOCAL_DOWN = Way(
    [tried(EMBEDDED, 12), tried(LOCAL, 3000, "timeout"), tried(CLOUD, 810, tokens=(610, 95))],
    ["low_confidence", "timeout"],
)
CLOUD_LIMITED = Way([tried(CLOUD, 150, "rate_limited"), tried(LOCAL, 700, tokens=(420, 60))], ["rate_limited"])
NOBODY = Way([tried(CLOUD, 90, "server_error")], answered=False)
WAYS = (
    SURE,
    SURE,
    TO_LOCAL,
    SURE,
    SURE,
    SURE,
    TO_CLOUD,
    SURE,
    TO_LOCAL,
    SURE,
    SURE,
    SURE,
    LOCAL_DOWN,
    SURE,
    TO_LOCAL,
    SURE,
    SURE,
    TO_LOCAL,
    SURE,
    TO_LOCAL,
    SURE,
    SURE,
    TO_CLOUD,
    SURE,
    SURE,
)


def turns_of(day: date, ago: int) -> Iterator[list[LedgerEntry]]:
    """Yield the rows of each turn of a day that is so many days ago."""
    number = ago * 1000
    for hour in OPEN_HOURS:
        for place in range(BUSY.get(hour, 3) + (hour * 7 + ago * 3) % 4 - ago % 3):
            number += 1
            way = CLOUD_LIMITED if number % 41 == 0 else NOBODY if number % 97 == 0 else WAYS[number % len(WAYS)]
            yield way.rows(begin(day) + timedelta(hours=hour, minutes=place * 3), number)


def fill(url: str, days: int = 7) -> list[LedgerEntry]:
    """Write the last days into the ledger of a database, and return the rows."""
    ledger = open_ledger(url)
    written = []
    for ago in range(days):
        for rows in turns_of(today() - timedelta(days=ago), ago):
            ledger.record(rows)
            written += rows
    for ago, hour, kind, endpoint, text in ALERTS:
        at = (begin(today() - timedelta(days=ago)) + timedelta(hours=hour)).astimezone(UTC)
        ledger.alert(AlertEntry(at, kind, endpoint, text, None, None, ago % 3, "log,slack"))
    ledger.close()
    return written


ALERTS = (
    (6, 12, "error", LOCAL, "local-exaone: failed of timeout"),
    (5, 18, "slow", LOCAL, "local-exaone: answered in 4.2 s"),
    (4, 12, "error", LOCAL, "local-exaone: failed of timeout"),
    (3, 9, "error", CLOUD, "cloud-openai: failed of rate_limited"),
    (3, 13, "cost", None, "models cost more than $0.02 today"),
    (1, 12, "slow", CLOUD, "cloud-openai: answered in 3.1 s"),
    (0, 8, "error", LOCAL, "local-exaone: failed of timeout"),
    (0, 12, "error", CLOUD, "cloud-openai: failed of server_error"),
    (0, 15, "slow", LOCAL, "local-exaone: answered in 4.0 s"),
)
