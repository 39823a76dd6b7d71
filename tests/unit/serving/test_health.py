"""Who may be asked: breakers, probes, rests and accounts."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.serving import POLICIES, Endpoint, Failure, ServingHealth, backoff_s
from kiosk.serving.health import FAILURES_TO_OPEN, Change
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


class Two:
    """Two processes that hear of each other at once."""

    def __init__(self, **options: Any) -> None:
        self.here, self.there = ServingHealth(**options), ServingHealth(**options)
        self.told: list[Change] = []
        self.here.follow(lambda change: self._pass(self.there, change))
        self.there.follow(lambda change: self._pass(self.here, change))

    def _pass(self, to: ServingHealth, change: Change) -> None:
        self.told.append(change)
        to.learn(change)


def test_a_breaker_that_opens_here_is_open_there_and_closes_when_there_succeeds() -> None:
    two = Two(open_s=0.05)
    failing(two.here)
    assert two.there.blocked(IT) == "breaker_open"
    assert two.there.cause(IT) == "server_error"
    time.sleep(0.06)
    assert two.there.admit(IT)
    assert two.here.admit(IT)
    two.there.settle(IT, accepted=True)
    assert two.here.blocked(IT) is None
    assert (two.here.failures("it"), two.there.failures("it")) == (0, 0)
    assert [change.until is None for change in two.told] == [False, True]


def test_a_failed_probe_there_keeps_it_open_here_too() -> None:
    two = Two(open_s=0.05)
    failing(two.here)
    time.sleep(0.06)
    assert two.there.admit(IT)
    failing(two.there, 1)
    assert two.here.blocked(IT) == "breaker_open"


@pytest.mark.parametrize(
    ("failure", "block"),
    [
        (Failure("auth", ""), "misconfigured"),
        (Failure("model_not_found", ""), "misconfigured"),
        (Failure("rate_limited", "", retry_after_s=60), "cooling_down"),
    ],
)
def test_what_rests_here_rests_there(failure: Failure, block: str) -> None:
    two = Two()
    two.here.fail(IT, failure)
    assert two.there.blocked(IT) == block
    assert two.there.cause(IT) == failure.cause


def test_a_model_that_a_probe_finds_again_is_asked_again_everywhere() -> None:
    two = Two()
    two.here.fail(IT, Failure("model_not_found", ""))
    two.there.probed(IT, None, 10)
    assert two.here.blocked(IT) is None


def test_news_from_before_ones_own_experience_is_no_news() -> None:
    health = ServingHealth()
    old = datetime.now(UTC)
    failing(health)
    health.learn(Change("breaker", "it", None, None, old))
    assert health.blocked(IT) == "breaker_open"


def test_what_is_over_is_not_learned_and_what_is_not_ends_at_its_time() -> None:
    health, now = ServingHealth(), datetime.now(UTC)
    health.learn(Change("rest", "it", "rate_limited", now - timedelta(seconds=1), now - timedelta(seconds=21)))
    assert health.blocked(IT) is None
    health.learn(Change("breaker", "it", "timeout", now + timedelta(seconds=0.05), now, failures=3))
    assert health.blocked(IT) == "breaker_open"
    time.sleep(0.06)
    assert [health.admit(IT), health.admit(IT)] == [True, False]


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
