"""Where turns go, and that private ones never leave the machine."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.serving import Failure, Registry, RouteRequest, decide, prompt_style, select, temperature
from kiosk.serving.router import described
from state import Context
from tests.unit.serving.support import analysis, endpoint, registry

pytestmark = pytest.mark.unit

LOCAL = endpoint("near", "ollama", "http://127.0.0.1:1", avg_latency_ms=300)
CHEAP = endpoint(
    "mini", "openai", "http://127.0.0.1:1/v1", avg_latency_ms=800, price_per_1k={"input": 0.1, "output": 1}
)
FAST = endpoint(
    "flash", "google_genai", "http://127.0.0.1:1", avg_latency_ms=100, price_per_1k={"input": 1, "output": 2}
)
BEST = endpoint("big", "openai", "http://127.0.0.1:1/v1", tier="premium", price_per_1k={"input": 2, "output": 9})
ALL = (LOCAL, CHEAP, FAST, BEST)


def route(known: Registry, context: Context | None = None, **changes: Any) -> list[str]:
    return select(RouteRequest(analysis(**changes), context or Context()), known)["chain"]


def reasons(known: Registry, request: RouteRequest) -> dict[str, str]:
    return {candidate.endpoint_id: candidate.reason for candidate in decide(request, known).candidates}


@pytest.mark.parametrize(
    ("changes", "chain"),
    [
        ({}, ["embedded", "near", "mini", "flash"]),
        ({"complexity": "simple"}, ["embedded", "near", "flash", "mini"]),
        ({"complexity": "complex"}, ["embedded", "flash", "mini", "near"]),
        ({"privacy_sensitivity": "high"}, ["embedded", "near"]),
        ({"contains_sensitive_data": True}, ["embedded", "near"]),
        ({"privacy_sensitivity": "medium"}, ["embedded", "near", "mini", "flash"]),
    ],
)
def test_the_turn_decides_about_the_chain(changes: dict[str, Any], chain: list[str], tmp_path: Path) -> None:
    assert route(registry(tmp_path, *ALL), **changes) == chain


def test_premium_customers_get_the_premium_model_first_when_it_matters(tmp_path: Path) -> None:
    known = registry(tmp_path, *ALL)

    assert route(known, Context(user_tier="premium"), complexity="complex")[:2] == ["embedded", "big"]
    assert reasons(known, RouteRequest(analysis()))["big"] == "tier"


@pytest.mark.parametrize("name", ["mini", "embedded", "big"])
def test_the_model_the_caller_asks_for_goes_first(name: str, tmp_path: Path) -> None:
    assert route(registry(tmp_path, *ALL), Context(llm_model=name))[0] == name


def test_asking_for_a_cloud_model_does_not_open_the_door_for_a_private_turn(tmp_path: Path) -> None:
    known = registry(tmp_path, *ALL)

    assert route(known, Context(llm_model="mini"), privacy_sensitivity="high") == ["embedded", "near"]


def test_a_caller_can_tighten_the_privacy_policy_but_not_loosen_it(tmp_path: Path) -> None:
    masked = registry(tmp_path, *ALL, routing={"private_cloud": "masked"})
    assert "mini" in route(masked, privacy_sensitivity="high")
    assert route(masked, Context(private_cloud="never"), privacy_sensitivity="high") == ["embedded", "near"]

    never = registry(tmp_path, *ALL, routing={"private_cloud": "never"})
    assert route(never, Context(private_cloud="masked"), privacy_sensitivity="high") == ["embedded", "near"]


def test_whoever_is_dropped_is_named_with_the_reason(tmp_path: Path) -> None:
    small = {**LOCAL, "id": "small", "max_context_length": 2048}
    no_key = endpoint("no-key", "openai", api_key_env="OPENAI_API_KEY")
    known = registry(tmp_path, *ALL, small, no_key, routing={"daily_budget_usd": 10, "session_budget_usd": 1})
    known.health.fail(known.endpoints["flash"], Failure("rate_limited", ""))
    request = RouteRequest(analysis(), prompt_tokens=3000, needs_tools=True, spent_today_usd=9.9)

    assert reasons(known, request) == {
        "embedded": "kept",
        "near": "no_tools",
        "mini": "over_budget",
        "flash": "cooling_down",
        "big": "over_budget",
        "small": "context_length",
        "no-key": "unavailable",
    }
    assert "flash: cooling_down" in select(request, known)["reason"]


def test_the_estimate_is_what_the_first_model_after_the_embedded_engine_would_cost(tmp_path: Path) -> None:
    known = registry(tmp_path, CHEAP)

    selection = select(RouteRequest(analysis(estimated_tokens=200), prompt_tokens=1000), known)

    assert selection["estimated_cost"] == pytest.approx(0.1 + 0.2)
    assert described(selection, known).model_dump()["fallback_endpoint"]["endpoint_name"] == "mini"


@pytest.mark.parametrize(("hour", "style"), [(8, "concise"), (12, "default"), (23, "detailed"), (2, "detailed")])
def test_the_time_of_day_chooses_the_prompt_style(hour: int, style: str, tmp_path: Path) -> None:
    rush = {"start": 7, "end": 10, "style": "concise"}
    night = {"start": 22, "end": 5, "style": "detailed"}
    routing = registry(tmp_path, routing={"style_by_hour": [rush, night]}).routing
    now = datetime(2026, 1, 5, hour, tzinfo=UTC)

    assert prompt_style(Context(), routing, now) == style
    assert prompt_style(Context(prompt_style="concise"), routing, now) == "concise"


def test_the_temperature_rises_with_complexity_unless_the_caller_sets_it() -> None:
    asked = [temperature(Context(), analysis(complexity=level)) for level in ("simple", "moderate", "complex")]

    assert asked == sorted(asked)
    assert temperature(Context(llm_temperature=0.2), analysis()) == 0.2
    assert temperature(Context(llm_temperature=9.0), analysis()) == 2.0


contexts = st.builds(
    Context,
    user_tier=st.sampled_from(["standard", "premium"]),
    llm_model=st.sampled_from([None, "mini", "big", "near", "test-model", "embedded", "nobody"]),
    private_cloud=st.sampled_from([None, "never", "masked"]),
)
private_turns = st.sampled_from(
    [
        {"privacy_sensitivity": "high"},
        {"privacy_sensitivity": "high", "contains_sensitive_data": True},
        {"privacy_sensitivity": "low", "contains_sensitive_data": True},
    ]
)
troubles = st.lists(
    st.tuples(
        st.sampled_from(["embedded", "near", "mini", "flash", "big"]),
        st.sampled_from(["timeout", "auth", "rate_limited", "server_error", "model_not_found", "bad_output"]),
    ),
    max_size=12,
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    context=contexts,
    private=private_turns,
    troubles=troubles,
    complexity=st.sampled_from(["simple", "moderate", "complex"]),
    spent=st.floats(0, 100),
    tokens=st.integers(0, 200_000),
    tools=st.booleans(),
)
def test_a_private_turn_never_has_a_cloud_endpoint_in_its_chain(
    context: Context,
    private: dict[str, Any],
    troubles: list[tuple[str, Any]],
    complexity: str,
    spent: float,
    tokens: int,
    tools: bool,
    tmp_path: Path,
) -> None:
    known = registry(tmp_path, *ALL, routing={"daily_budget_usd": 50})
    for name, cause in troubles:
        known.health.fail(known.endpoints[name], Failure(cause, ""))
    request = RouteRequest(analysis(complexity=complexity, **private), context, tokens, tools, spent, spent)

    chain = select(request, known)["chain"]

    assert not [name for name in chain if known.endpoints[name].is_cloud]
