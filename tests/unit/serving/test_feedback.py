"""What the ledger's sums teach."""

from datetime import date
from typing import Any

import pytest

from kiosk.serving.feedback import (
    CauseCount,
    EndpointStatistics,
    Figures,
    HandoverCount,
    efficiency,
    recommendations,
)

pytestmark = pytest.mark.unit


def endpoint(name: str = "cloud", **changes: Any) -> EndpointStatistics:
    fields: dict[str, Any] = {
        "requests": 10,
        "successes": 10,
        "latency_ms": 1000,
        "input_tokens": 0,
        "output_tokens": 0,
        "cost_usd": 0.0,
        "avoided_usd": 0.0,
        "endpoint": name,
        "provider": "openai",
        "model": "m",
        "serving_type": "local" if name == "embedded" else "cloud",
        "answered": 10,
        "skipped": 0,
        "p50_ms": 100,
        "p95_ms": 200,
    }
    return EndpointStatistics(**{**fields, **changes})


def figures(*endpoints: EndpointStatistics, turns: int = 10, **parts: Any) -> Figures:
    return Figures(None, turns, endpoints, **parts)


def kinds(found: Figures) -> list[str]:
    return [it.kind for it in recommendations(found)]


def test_the_score_is_that_of_the_report_in_the_tutorial() -> None:
    # Seven requests, all of use, 2629 ms on average, $0.001687 in all.
    scores = efficiency(endpoint(requests=7, successes=7, latency_ms=7 * 2629, cost_usd=0.001687))
    assert (round(scores.cost, 2), scores.speed, scores.reliability) == (1.0, 0.0, 1.0)
    assert round(scores.score, 2) == 0.70


def test_a_free_answer_at_once_scores_full_and_one_never_asked_nothing() -> None:
    assert efficiency(endpoint("embedded", latency_ms=0)).score == pytest.approx(1.0)
    assert efficiency(endpoint(requests=0, successes=0, latency_ms=0)).score == 0.0


def test_failures_lower_the_success_rate() -> None:
    assert endpoint(requests=10, successes=7).success_rate == 0.7
    assert kinds(figures(endpoint(successes=7))) == ["unreliable"] + ["little_local"]


def test_fallbacks_are_failures_and_not_doubts_or_second_questions() -> None:
    handovers = (
        HandoverCount("embedded", "cloud", "low_confidence", 50),
        HandoverCount("cloud", "other", "hedged", 3),
        HandoverCount("cloud", "other", "timeout", 2),
        HandoverCount("other", "cloud", "rate_limited", 4),
        HandoverCount("cloud", "third", "timeout", 3),
    )
    found = figures(endpoint(), turns=100, handovers=handovers)
    assert (found.fallbacks, found.fallback_cause, found.cascades, found.hedges) == (9, "timeout", 50, 3)
    assert figures(endpoint()).fallback_cause is None


def test_local_turns_save_what_the_cloud_would_have_cost() -> None:
    found = figures(endpoint("embedded", avoided_usd=0.7), endpoint(cost_usd=0.2))
    assert (found.savings_usd, found.cost_usd) == (0.7, 0.2)
    assert "savings" in kinds(found)


def test_what_is_dear_slow_or_set_up_wrong_is_told() -> None:
    cause = CauseCount("cloud", "model_not_found", 4)
    found = figures(endpoint(cost_usd=1.5, latency_ms=9000), endpoint("embedded"), causes=(cause,))
    assert kinds(found) == ["misconfigured", "slow", "high_cost"]


def test_little_local_use_is_told_and_much_of_it_only_where_it_is_not_sure() -> None:
    local, cloud = endpoint("embedded", answered=2), endpoint(answered=8)
    assert kinds(figures(local, cloud)) == ["little_local"]
    local, cloud = endpoint("embedded", answered=9), endpoint(answered=1)
    assert kinds(figures(local, cloud)) == ["optimal"]
    doubts = (HandoverCount("embedded", "cloud", "low_confidence", 3),)
    assert kinds(figures(local, cloud, handovers=doubts)) == ["unsure_local"]


def test_many_fallbacks_are_told_with_their_cause() -> None:
    handovers = (HandoverCount("cloud", "embedded", "timeout", 20),)
    (advice,) = recommendations(figures(endpoint("embedded"), turns=100, handovers=handovers))
    assert (advice.kind, advice.values) == ("many_fallbacks", {"share": "20.0%", "cause": "timeout"})


def test_few_requests_are_no_ground_for_a_verdict() -> None:
    assert kinds(figures(endpoint(requests=2, successes=1, answered=1), turns=2)) == ["optimal"]


def test_without_a_turn_there_is_nothing_to_say() -> None:
    assert kinds(figures(turns=0)) == ["no_data"]
    assert Figures(date(2026, 1, 1), 0).cost_usd == 0
