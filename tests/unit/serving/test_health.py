"""Who may be asked: breakers, probes, rests and accounts."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.serving import POLICIES, Endpoint, Failure, ServingHealth, backoff_s
from kiosk.serving.health import FAILURES_TO_OPEN
from state import AttemptCause
from tests.unit.serving.support import endpoint

pytestmark = pytest.mark.unit

IT = Endpoint.model_validate(endpoint("it", "ollama", "http://127.0.0.1:1"))
BROKEN = Failure("server_error", "")


def failing(health: ServingHealth, times: int = FAILURES_TO_OPEN) -> None:
    for _ in range(times):
        health.fail(IT, BROKEN)


def test_every_cause_has_a_policy() -> None:
    assert set(POLICIES) == set(get_args(AttemptCause))


def test_three_failures_open_the_breaker() -> None:
    health = ServingHealth()
    failing(health, 2)
    assert health.blocked(IT) is None

    failing(health, 1)

    assert health.blocked(IT) == "breaker_open"


def test_a_success_takes_back_one_failure_and_no_more() -> None:
    health = ServingHealth()
    failing(health, 2)

    health.settle(IT, accepted=True)

    assert health.failures("it") == 1


def test_an_answer_that_validate_rejects_counts_like_any_failure() -> None:
    health = ServingHealth()

    for _ in range(FAILURES_TO_OPEN):
        assert health.admit(IT)
        health.settle(IT, accepted=False)

    assert health.blocked(IT) == "breaker_open"


def test_after_a_while_one_probe_goes_through_and_its_success_closes_the_breaker() -> None:
    health = ServingHealth(open_s=0.05)
    failing(health)
    time.sleep(0.06)

    assert [health.admit(IT), health.admit(IT)] == [True, False]
    health.settle(IT, accepted=True)

    assert health.blocked(IT) is None
    assert health.failures("it") == 0


def test_a_failed_probe_opens_the_breaker_again() -> None:
    health = ServingHealth(open_s=0.05)
    failing(health)
    time.sleep(0.06)

    assert health.admit(IT)
    failing(health, 1)

    assert health.blocked(IT) == "breaker_open"


def test_a_cancelled_probe_makes_room_for_the_next() -> None:
    health = ServingHealth(open_s=0.05)
    failing(health)
    time.sleep(0.06)
    health.admit(IT)

    health.release(IT)

    assert health.admit(IT)


def test_a_late_success_does_not_close_a_breaker_that_has_opened_meanwhile() -> None:
    health = ServingHealth()
    failing(health)

    health.settle(IT, accepted=True)

    assert health.blocked(IT) == "breaker_open"


def test_the_latest_retry_after_holds() -> None:
    now = 0.0
    health = ServingHealth(clock=lambda: now)
    health.fail(IT, Failure("rate_limited", "", retry_after_s=100))
    health.fail(IT, Failure("rate_limited", "", retry_after_s=5))

    now = 6.0

    assert health.blocked(IT) is None


def test_no_rest_is_longer_than_an_hour() -> None:
    now = 0.0
    health = ServingHealth(clock=lambda: now)
    health.fail(IT, Failure("rate_limited", "", retry_after_s=timedelta(days=2).total_seconds()))

    now = 3601.0

    assert health.blocked(IT) is None


def test_what_only_concerns_the_turn_is_not_held_against_the_endpoint() -> None:
    health = ServingHealth()

    for _ in range(10):
        health.fail(IT, Failure("context_length", ""))
        health.fail(IT, Failure("content_filter", ""))

    assert health.blocked(IT) is None


@given(st.integers(min_value=1, max_value=50), st.floats(min_value=0, max_value=1))
def test_a_backoff_is_short_and_never_zero(retry: int, chance: float) -> None:
    assert 0.05 <= backoff_s(retry, lambda: chance) <= 1.0


def test_people_see_a_breaker_open_until_a_moment_then_half_open_then_closed() -> None:
    health = ServingHealth(open_s=0.2)
    failing(health, 1)
    assert (health.condition(IT).state, health.condition(IT).failures, health.condition(IT).until) == (
        "closed",
        1,
        None,
    )

    failing(health, 2)
    shown = health.condition(IT)
    assert (shown.state, shown.failures, shown.block, shown.cause) == ("open", 3, "breaker_open", "server_error")
    assert shown.until is not None
    assert shown.until - datetime.now(UTC) <= timedelta(seconds=0.2)

    time.sleep(0.21)
    assert (health.condition(IT).state, health.condition(IT).block) == ("half_open", None)
    assert health.admit(IT)
    assert (health.condition(IT).state, health.condition(IT).block) == ("half_open", "breaker_open")

    health.settle(IT, accepted=True)
    assert (health.condition(IT).state, health.condition(IT).block) == ("closed", None)


def test_people_see_why_an_endpoint_rests_and_until_when_though_its_breaker_is_closed() -> None:
    health = ServingHealth()
    health.fail(IT, Failure("rate_limited", "", retry_after_s=60))
    shown = health.condition(IT)
    assert (shown.state, shown.block, shown.cause) == ("closed", "cooling_down", "rate_limited")
    assert shown.until is not None
    assert timedelta(seconds=50) < shown.until - datetime.now(UTC) <= timedelta(seconds=60)
