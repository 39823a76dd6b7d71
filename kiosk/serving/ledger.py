"""The serving ledger: every attempt at every endpoint, what it cost, and what became of it. No words of a customer.

This module knows what a row is and keeps the running sums that budgets need; `kiosk.storage` writes rows to a database.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

from kiosk.serving.models import EMBEDDED, Endpoint
from state import Attempt, AttemptCause, Fallback, RequestAnalysis

Stage = Literal["first", "retry", "cascade", "fallback", "hedge", "last_resort"]
LOW_CONFIDENCE = "low_confidence"
HEDGED = "hedged"
"""Why an endpoint took over that was asked while the one before was still silent."""
NOT_ASKED = "not asked"
"""How the detail of an attempt begins for which nothing was sent, because the endpoint's breaker was open."""


@dataclass(frozen=True)
class LedgerEntry:
    """One attempt, as a row of the table `serving_attempts`; `kiosk.storage.tables` says what the columns mean."""

    at: datetime
    day: date
    thread: str
    turn: str
    position: int
    stage: Stage
    endpoint: str
    provider: str
    model: str
    serving_type: str
    privacy: str
    complexity: str
    asked: bool
    cause: AttemptCause | None
    answered: bool
    latency_ms: int
    input_tokens: int
    output_tokens: int
    cost_usd: float
    avoided_usd: float
    fallback_from: str | None
    fallback_to: str | None
    fallback_reason: str | None


@dataclass(frozen=True)
class AlertEntry:
    """One alert, as a row of the table `alerts`."""

    at: datetime
    kind: str
    endpoint: str | None
    text: str
    value: float | None
    bound: float | None
    suppressed: int
    delivered: str


@dataclass(frozen=True)
class Mark:
    """What processes tell one another about a model, as a row of the table `breakers`."""

    endpoint: str
    failures: int
    cause: AttemptCause | None
    open_until: datetime | None
    at: datetime


@dataclass(frozen=True)
class Past:
    """How an endpoint did lately: mean times, with timeouts counted twice and without them, and share of successes."""

    endpoint: str
    requests: int
    latency_ms: float
    answer_ms: float
    success: float


@dataclass(frozen=True)
class ServedTurn:
    """How a turn was served; `answered` tells whether its last attempt gave the customer's answer."""

    thread_id: str
    attempts: Sequence[Attempt]
    fallbacks: Sequence[Fallback]
    analysis: RequestAnalysis
    answered: bool
    avoided_usd: float = 0.0


class Ledger:
    """Keeps what this process spent today; safe in any thread."""

    is_shared = False
    """Whether other processes may write to the same place."""

    def __init__(self) -> None:
        """Start with nothing spent."""
        self._account = threading.Lock()
        self._day = today()
        self._spent = 0.0

    def record(self, entries: Sequence[LedgerEntry]) -> None:
        """Note the attempts of a turn; takes microseconds and never fails."""
        cost = sum(entry.cost_usd for entry in entries)
        if cost:
            with self._account:
                self._turn_page()
                self._spent += cost

    def alert(self, entry: AlertEntry) -> None:
        """Note an alert."""

    def spent_today(self) -> float:
        """Return what was spent today, in US dollars."""
        with self._account:
            self._turn_page()
            return self._spent

    def spent_by_others(self) -> float:
        """Return what others spent today, in US dollars."""
        return 0.0

    def mark(self, mark: Mark) -> None:
        """Tell other processes something about a model."""

    def marks(self) -> Sequence[Mark]:
        """Return what processes have told about models; to this ledger nobody tells anything."""
        return ()

    def catch_up(self) -> None:
        """Learn what was spent today by others; this ledger knows of nobody else."""

    def past(self) -> Sequence[Past]:
        """Return how endpoints did lately in other processes; this ledger knows of none."""
        return ()

    def close(self) -> None:
        """Write what is not written yet and let go of the database."""

    def _turn_page(self) -> None:
        """Start again from nothing at midnight; the caller holds the lock."""
        if self._day != today():
            self._day, self._spent = today(), 0.0


def today() -> date:
    """Return the shop's own day: budgets and reports go by the clock on its wall."""
    return datetime.now().astimezone().date()


def digest(thread_id: str) -> str:
    """Return what stands for a conversation in the ledger: a caller's id may be a name or a telephone number."""
    return hashlib.blake2b(thread_id.encode(), digest_size=8).hexdigest()


def entries_of(turn: ServedTurn, endpoints: Mapping[str, Endpoint]) -> list[LedgerEntry]:
    """Return the rows of a turn, one for each attempt."""
    now, day, thread, number = datetime.now(UTC), today(), digest(turn.thread_id), secrets.token_hex(8)
    last = len(turn.attempts) - 1
    entries = []
    for position, (attempt, place) in enumerate(zip(turn.attempts, _places(turn), strict=True)):
        endpoint = endpoints[attempt["endpoint_id"]]
        answered = turn.answered and position == last and attempt["cause"] is None
        entries.append(
            LedgerEntry(
                at=now,
                day=day,
                thread=thread,
                turn=number,
                position=position,
                stage=place.stage,
                endpoint=endpoint.id,
                provider=endpoint.provider,
                model=endpoint.model,
                serving_type=endpoint.serving_type.value,
                privacy=turn.analysis["privacy_sensitivity"],
                complexity=turn.analysis["complexity"],
                asked=not attempt["detail"].startswith(NOT_ASKED),
                cause=attempt["cause"],
                answered=answered,
                latency_ms=attempt["latency_ms"],
                input_tokens=attempt.get("input_tokens", attempt["tokens"]),
                output_tokens=attempt.get("output_tokens", 0),
                cost_usd=attempt["cost"],
                avoided_usd=turn.avoided_usd if answered else 0.0,
                fallback_from=place.from_endpoint,
                fallback_to=place.to_endpoint,
                fallback_reason=place.reason,
            )
        )
    return entries


@dataclass(frozen=True)
class _Place:
    """Where an attempt stands in its turn: from whom it took over, who took over from it, and why."""

    stage: Stage
    from_endpoint: str | None = None
    to_endpoint: str | None = None
    reason: str | None = None


def _places(turn: ServedTurn) -> list[_Place]:
    names = [attempt["endpoint_id"] for attempt in turn.attempts]
    incoming = {step["to_endpoint"]: step for step in turn.fallbacks}
    outgoing = {step["from_endpoint"]: step for step in turn.fallbacks}
    # With nobody left in the chain the embedded engine answers after all, which is no step of the chain.
    is_by_step = EMBEDDED in incoming and EMBEDDED not in names[:-1]
    is_last_resort = len(names) > 1 and names[-1] == EMBEDDED != names[-2] and not is_by_step
    chain = names[:-1] if is_last_resort else names
    places = []
    for position, name in enumerate(chain):
        is_again = name in chain[:position]
        step = incoming.get(name)
        stage = _stage(turn.attempts[position], step, is_again=is_again)
        given = outgoing.get(name) if name not in chain[position + 1 :] else None
        if is_last_resort and position == len(chain) - 1:
            given = Fallback(from_endpoint=name, to_endpoint=EMBEDDED, reason=_reason(turn.attempts[position]))
        taken_from = step["from_endpoint"] if step and not is_again else None
        places.append(_Place(stage, taken_from, *((given["to_endpoint"], given["reason"]) if given else ())))
    return [*places, _Place("last_resort", names[-2])] if is_last_resort else places


def _stage(attempt: Attempt, step: Fallback | None, *, is_again: bool) -> Stage:
    if is_again:
        return "retry"
    if attempt["cause"] == "cancelled" or (step is not None and step["reason"] == HEDGED):
        return "hedge"
    if step is None:
        return "first"
    return "cascade" if step["reason"] == LOW_CONFIDENCE else "fallback"


def _reason(attempt: Attempt) -> str:
    return attempt["cause"] or LOW_CONFIDENCE
