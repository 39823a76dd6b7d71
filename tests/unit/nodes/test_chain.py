"""Where a turn stands in its chain, and where the machine goes next."""

from typing import Any, cast, get_args

import pytest

from graph.edges import after_fallback, after_route, after_validate
from nodes.chain import MAX_ATTEMPTS, current_endpoint, may_retry, next_endpoint
from state import ConversationState, Verdict

pytestmark = pytest.mark.unit


def state(chain: list[str], tried: tuple[str, ...] = (), handed_to: tuple[str, ...] = ()) -> ConversationState:
    steps = [{"from_endpoint": "", "to_endpoint": endpoint, "reason": ""} for endpoint in handed_to]
    values: Any = {
        "selection": {"chain": chain, "reason": "", "confidence": 1.0, "estimated_cost": 0.0},
        "attempts": [{"endpoint_id": endpoint} for endpoint in tried],
        "fallbacks": steps,
    }
    return cast(ConversationState, values)


def test_a_turn_goes_along_its_chain() -> None:
    chain = ["embedded", "one", "two"]
    assert (current_endpoint(state(chain)), next_endpoint(state(chain))) == ("embedded", "one")
    handed = state(chain, ("embedded", "one"), ("one",))
    assert (current_endpoint(handed), next_endpoint(handed)) == ("one", "two")
    assert next_endpoint(state(chain, handed_to=("one", "two"))) is None
    assert next_endpoint(state([])) is None


def test_retries_are_counted_per_endpoint() -> None:
    chain = ["one", "two"]
    assert may_retry(state(chain, ("one",)), 1)
    assert not may_retry(state(chain, ("one", "one")), 1)
    assert may_retry(state(chain, ("one", "one", "two"), ("two",)), 1)
    assert not may_retry(state(chain, ("one",)), 0)


def test_a_turn_tries_only_so_often() -> None:
    tired = state(["one", "two"], ("one",) * MAX_ATTEMPTS)
    assert next_endpoint(tired) is None
    assert not may_retry(tired, 100)


@pytest.mark.parametrize("verdict", get_args(Verdict))
def test_every_verdict_leads_somewhere(verdict: Verdict) -> None:
    judged = cast(ConversationState, {**state(["one"]), "verdict": verdict})
    assert after_validate(judged) == verdict
    assert after_fallback(judged) in ("next", "checkout", "answered")


def test_a_turn_that_nobody_may_serve_is_answered_by_code() -> None:
    assert after_route(state([])) == "fallback"
    assert after_route(state(["embedded"])) == "generate"
