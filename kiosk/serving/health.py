"""Which endpoints may be asked right now: circuit breakers, cooldowns and blocked accounts, fed by every attempt."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from pybreaker import STATE_CLOSED, STATE_OPEN, CircuitBreaker, CircuitBreakerError, CircuitMemoryStorage

from kiosk.serving.experience import Experience
from kiosk.serving.models import Endpoint
from state import AttemptCause

FAILURES_TO_OPEN = 3
OPEN_S = 30.0
_PROBE_GRACE_S = 5.0
_LONGEST_REST_S = 3600.0
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

Block = Literal["misconfigured", "cooling_down", "breaker_open"]
BreakerState = Literal["closed", "open", "half_open"]


@dataclass(frozen=True)
class Policy:
    """What follows from a cause: the graph's next edge, and how long the endpoint, or its whole account, rests."""

    step: Literal["retry", "next"]
    counts: bool = True
    rest_s: float = 0.0
    whole_account: bool = False
    block: Block = "cooling_down"


POLICIES: dict[AttemptCause, Policy] = {
    "rate_limited": Policy("next", rest_s=20.0),
    "timeout": Policy("next"),
    "connection": Policy("next"),
    "auth": Policy("next", counts=False, rest_s=600.0, whole_account=True, block="misconfigured"),
    "model_not_found": Policy("next", counts=False, rest_s=300.0, block="misconfigured"),
    "context_length": Policy("next", counts=False),
    "content_filter": Policy("next", counts=False),
    "bad_output": Policy("retry"),
    "server_error": Policy("retry"),
    "cancelled": Policy("next", counts=False),
}


def backoff_s(retry: int, chance: Callable[[], float] = random.random) -> float:
    """Return the pause before the `retry`-th retry (from 1): doubling, at most a second, with jitter."""
    return min(1.0, 0.1 * 2.0 ** (retry - 1)) * (0.5 + chance() / 2)


@dataclass(frozen=True)
class Failure:
    """Why an attempt failed; `retry_after_s` is what the provider asked for, for this model or the whole account."""

    cause: AttemptCause
    detail: str
    retry_after_s: float | None = None
    whole_account: bool = False


@dataclass(frozen=True)
class Change:
    """What processes tell one another: something rests until a moment, or may be asked again (`until` is None).

    `name` is an endpoint's id, or for rests also an account's name.
    """

    kind: Literal["breaker", "rest"]
    name: str
    cause: AttemptCause | None
    until: datetime | None
    at: datetime
    failures: int = 0


@dataclass(frozen=True)
class Condition:
    """How an endpoint's breaker stands; where it may not be asked right now also why, and until when if known."""

    state: BreakerState
    failures: int
    block: Block | None = None
    cause: AttemptCause | None = None
    until: datetime | None = None


class _Forgiving(CircuitMemoryStorage):
    """Lets a success take back one failure where pybreaker would forget all of them."""

    def __init__(self) -> None:
        super().__init__(STATE_CLOSED)
        self.failures = 0

    @property
    def counter(self) -> int:
        return self.failures

    def increment_counter(self) -> None:
        self.failures += 1

    def reset_counter(self) -> None:
        self.failures = max(0, self.failures - 1) if self.state == STATE_CLOSED else 0


class _Failed(Exception):
    """Tells a breaker that an attempt failed."""


@dataclass
class _Rest:
    until: float
    cause: AttemptCause


class ServingHealth:
    """The health of all endpoints of a process, from traffic; every method is quick and safe in any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, open_s: float = OPEN_S) -> None:
        """Start with every endpoint allowed; an open breaker lets one probe through after `open_s`."""
        self.experience = Experience()
        self._clock = clock
        self._open_s = open_s
        self._lock = threading.RLock()
        self._breakers: dict[str, tuple[CircuitBreaker, _Forgiving]] = {}
        self._probes: dict[str, float] = {}
        self._rests: dict[str, _Rest] = {}
        self._absent: dict[str, _Rest] = {}
        self._last_cause: dict[str, AttemptCause] = {}
        self._changed: dict[tuple[str, str], datetime] = {}
        self._tell: Callable[[Change], None] = _to_nobody

    def follow(self, tell: Callable[[Change], None]) -> None:
        """Tell somebody from now on what opens, closes and rests; `tell` must be quick."""
        self._tell = tell

    def learn(self, change: Change) -> None:
        """Take over what another process, or one that is gone, has found out, unless our own experience is newer."""
        with self._lock:
            if change.at <= self._changed.get((change.kind, change.name), _LONG_AGO):
                return
            self._changed[change.kind, change.name] = change.at
            left_s = (change.until - datetime.now(UTC)).total_seconds() if change.until else 0.0
            if change.until is not None and left_s <= 0:
                return
            if change.kind == "rest":
                self._learn_rest(change, left_s)
            else:
                self._learn_breaker(change)

    def blocked(self, endpoint: Endpoint) -> Block | None:
        """Return why an endpoint may not be asked right now, None where it may."""
        rest = self._rest(endpoint)
        if rest is not None:
            return POLICIES[rest.cause].block
        return "breaker_open" if self._is_open(endpoint.id) else None

    def cause(self, endpoint: Endpoint) -> AttemptCause:
        """Return what an endpoint that is blocked last failed of."""
        rest = self._rest(endpoint)
        return rest.cause if rest is not None else self._last_cause.get(endpoint.id, "connection")

    def condition(self, endpoint: Endpoint) -> Condition:
        """Return how an endpoint stands, for people."""
        with self._lock:
            state, failures = self._state(endpoint.id), self.failures(endpoint.id)
            block = self.blocked(endpoint)
            if block is None:
                return Condition(state, failures)
            rest = self._rest(endpoint)
            until = self._opens_until(endpoint.id)
            if rest is not None:
                until = datetime.now(UTC) + timedelta(seconds=rest.until - self._clock())
            return Condition(state, failures, block, self.cause(endpoint), until)

    def admit(self, endpoint: Endpoint) -> bool:
        """Ask leave for one attempt; of an endpoint whose breaker is half open only one at a time has it."""
        with self._lock:
            if self.blocked(endpoint) is not None:
                return False
            breaker, _ = self._breaker(endpoint.id)
            if breaker.current_state != STATE_CLOSED:
                breaker.half_open()
                self._probes[endpoint.id] = self._clock() + endpoint.timeout_s + _PROBE_GRACE_S
            return True

    def release(self, endpoint: Endpoint) -> None:
        """Give leave back unused: the attempt was cancelled or says nothing about the endpoint."""
        with self._lock:
            self._probes.pop(endpoint.id, None)

    def fail(self, endpoint: Endpoint, failure: Failure) -> None:
        """Note a failed attempt."""
        policy = POLICIES[failure.cause]
        whole_account = policy.whole_account or failure.whole_account
        rest_s = failure.retry_after_s if failure.retry_after_s is not None else policy.rest_s
        with self._lock:
            self._probes.pop(endpoint.id, None)
            self._last_cause[endpoint.id] = failure.cause
            if rest_s > 0:
                self._let_rest(endpoint.account if whole_account else endpoint.id, failure.cause, rest_s)
            if policy.counts:
                self._count(endpoint.id, failed=True)
                self.experience.ended(endpoint, well=False)

    def settle(self, endpoint: Endpoint, *, accepted: bool) -> None:
        """Note what became of an answer: used, or thrown away by validate, which is a failure like any other."""
        if not accepted:
            self.fail(endpoint, Failure("bad_output", "rejected by validate"))
            return
        with self._lock:
            self._probes.pop(endpoint.id, None)
            self._count(endpoint.id, failed=False)
            self.experience.ended(endpoint, well=True)

    def probed(self, endpoint: Endpoint, cause: AttemptCause | None, rest_s: float) -> None:
        """Note what a free probe found: what is not there rests for so long, and is asked again once it is back.

        Breakers and experience go by real turns, so nothing is counted.
        """
        with self._lock:
            if cause is not None:
                self._absent[endpoint.id] = _Rest(self._clock() + rest_s, cause)
                return
            self._absent.pop(endpoint.id, None)
            rest = self._rests.get(endpoint.id)
            if rest is not None and rest.cause == "model_not_found":
                del self._rests[endpoint.id]
                self._told("rest", endpoint.id, None, None)

    def took(self, endpoint: Endpoint, latency_ms: float, *, timed_out: bool) -> None:
        """Note how long an attempt took."""
        with self._lock:
            self.experience.took(endpoint, latency_ms, timed_out=timed_out)

    def failures(self, endpoint_id: str) -> int:
        """Return how many failures stand against an endpoint."""
        return self._breaker(endpoint_id)[1].counter

    def _rest(self, endpoint: Endpoint) -> _Rest | None:
        known = (self._rests.get(endpoint.id), self._rests.get(endpoint.account), self._absent.get(endpoint.id))
        return next((rest for rest in known if rest is not None and self._clock() < rest.until), None)

    def _breaker(self, endpoint_id: str) -> tuple[CircuitBreaker, _Forgiving]:
        with self._lock:
            if endpoint_id not in self._breakers:
                storage = _Forgiving()
                breaker = CircuitBreaker(
                    fail_max=FAILURES_TO_OPEN,
                    reset_timeout=self._open_s,
                    state_storage=storage,
                    name=endpoint_id,
                    throw_new_error_on_trip=False,
                )
                self._breakers[endpoint_id] = breaker, storage
            return self._breakers[endpoint_id]

    def _is_open(self, endpoint_id: str) -> bool:
        if self._breaker(endpoint_id)[0].current_state == STATE_OPEN:
            return self._opens_until(endpoint_id) is not None
        return self._probes.get(endpoint_id, 0.0) > self._clock()

    def _let_rest(self, name: str, cause: AttemptCause, rest_s: float) -> None:
        rest_s = min(rest_s, _LONGEST_REST_S)
        self._rests[name] = _Rest(self._clock() + rest_s, cause)
        self._told("rest", name, cause, rest_s)

    def _opens_until(self, endpoint_id: str) -> datetime | None:
        """Return when an open breaker lets a probe through, None where it does so already."""
        breaker, storage = self._breaker(endpoint_id)
        if breaker.current_state != STATE_OPEN or storage.opened_at is None:
            return None
        until: datetime = storage.opened_at + timedelta(seconds=self._open_s)
        return until if datetime.now(UTC) < until else None

    def _state(self, endpoint_id: str) -> BreakerState:
        if self._breaker(endpoint_id)[0].current_state == STATE_CLOSED:
            return "closed"
        return "half_open" if self._opens_until(endpoint_id) is None else "open"

    def _count(self, endpoint_id: str, *, failed: bool) -> None:
        breaker, storage = self._breaker(endpoint_id)
        before = breaker.current_state, storage.opened_at
        # A late answer to a breaker that has opened meanwhile changes nothing: pybreaker refuses it.
        with suppress(_Failed, CircuitBreakerError):
            breaker.call(_outcome, failed)
        if (breaker.current_state, storage.opened_at) == before:
            return
        if breaker.current_state == STATE_OPEN:
            cause = self._last_cause.get(endpoint_id)
            self._told("breaker", endpoint_id, cause, self._open_s, storage.failures)
        elif breaker.current_state == STATE_CLOSED:
            self._told("breaker", endpoint_id, None, None)

    def _told(
        self,
        kind: Literal["breaker", "rest"],
        name: str,
        cause: AttemptCause | None,
        left_s: float | None,
        failures: int = 0,
    ) -> None:
        now = datetime.now(UTC)
        until = now + timedelta(seconds=left_s) if left_s is not None else None
        self._changed[kind, name] = now
        self._tell(Change(kind, name, cause, until, now, failures))

    def _learn_rest(self, change: Change, left_s: float) -> None:
        if change.cause is None:
            self._rests.pop(change.name, None)
        else:
            self._rests[change.name] = _Rest(self._clock() + min(left_s, _LONGEST_REST_S), change.cause)

    def _learn_breaker(self, change: Change) -> None:
        breaker, storage = self._breaker(change.name)
        storage.failures = change.failures
        if change.until is None:
            self._probes.pop(change.name, None)
            breaker.close()
            return
        breaker.open()
        storage.opened_at = change.until - timedelta(seconds=self._open_s)
        if change.cause is not None:
            self._last_cause[change.name] = change.cause


def _outcome(failed: bool) -> None:
    if failed:
        raise _Failed


def _to_nobody(change: Change) -> None:
    pass
