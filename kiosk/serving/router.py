"""Which endpoints may serve a turn, in which order, and why: rules first, in the open.

Every endpoint passes the same filters, the ones that protect the customer before all others, and each is kept or
dropped with a reason code. The order among those that are left follows from what the turn is like. The embedded engine
goes first, because it is free and instant, and hands on what it is not sure of.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from kiosk.serving.models import EMBEDDED, Endpoint, PrivateCloud, Routing, ServingSelection
from kiosk.serving.ranking import RouteRequest, is_asked_for, ranked
from kiosk.serving.registry import Registry
from kiosk.serving.turn import PromptStyle
from state import Context, RequestAnalysis, Selection

__all__ = [
    "Candidate",
    "Decision",
    "RouteRequest",
    "decide",
    "described",
    "may_serve",
    "prompt_style",
    "select",
    "temperature",
]

ReasonCode = Literal[
    "kept",
    "unavailable",
    "private",
    "context_length",
    "no_tools",
    "misconfigured",
    "cooling_down",
    "breaker_open",
    "over_budget",
    "tier",
]
_TEMPERATURES = {"simple": 0.0, "moderate": 0.2, "complex": 0.4}


@dataclass(frozen=True)
class Candidate:
    """What became of one endpoint, and why."""

    endpoint_id: str
    reason: ReasonCode
    detail: str = ""

    @property
    def is_kept(self) -> bool:
        """Tell whether the endpoint is in the chain."""
        return self.reason == "kept"


@dataclass(frozen=True)
class Decision:
    """Where a turn goes, with the fate of every endpoint."""

    selection: Selection
    rule: str
    candidates: tuple[Candidate, ...]


def select(request: RouteRequest, registry: Registry) -> Selection:
    """Return the chain of endpoints for a turn."""
    return decide(request, registry).selection


def decide(request: RouteRequest, registry: Registry) -> Decision:
    """Return the chain of endpoints for a turn, and why every endpoint is in it or not."""
    candidates = tuple(_judge(endpoint, request, registry) for endpoint in registry.endpoints.values())
    kept = [registry.endpoints[candidate.endpoint_id] for candidate in candidates if candidate.is_kept]
    order = ranked(kept, request, registry)
    dropped = [f"{candidate.endpoint_id}: {candidate.reason}" for candidate in candidates if not candidate.is_kept]
    reason = f"{order.reason}; not used: {', '.join(dropped)}" if dropped else order.reason
    selection = Selection(
        chain=[endpoint.id for endpoint in order.chain],
        reason=reason,
        confidence=order.confidence,
        # What the turn costs if the embedded engine hands it on.
        estimated_cost=next((request.cost(endpoint) for endpoint in order.chain if endpoint.id != EMBEDDED), 0.0),
    )
    return Decision(selection, order.rule, candidates)


def may_serve(endpoint_id: str, request: RouteRequest, registry: Registry) -> bool:
    """Tell whether an endpoint may serve a turn as things stand now: since it was chosen they may have changed."""
    return _judge(registry.endpoints[endpoint_id], request, registry).is_kept


def described(selection: Selection, registry: Registry) -> ServingSelection:
    """Return a selection as reports and callers see it."""
    first, *others = (registry.endpoints[endpoint_id].described() for endpoint_id in selection["chain"])
    return ServingSelection(
        selected_endpoint=first,
        selection_reason=selection["reason"],
        confidence=selection["confidence"],
        fallback_endpoint=others[0] if others else None,
        estimated_cost=selection["estimated_cost"],
    )


def prompt_style(context: Context, routing: Routing, now: datetime) -> PromptStyle:
    """Return the style that the caller asked for, else the one of the time of day."""
    if context.prompt_style != "default":
        return context.prompt_style
    return next((hours.style for hours in routing.style_by_hour if hours.covers(now.hour)), "default")


def temperature(context: Context, analysis: RequestAnalysis) -> float:
    """Return the temperature that the caller asked for, else one that rises with the turn's complexity."""
    if context.llm_temperature is not None:
        return min(2.0, max(0.0, context.llm_temperature))
    return _TEMPERATURES[analysis["complexity"]]


def _judge(endpoint: Endpoint, request: RouteRequest, registry: Registry) -> Candidate:
    """Drop an endpoint for the first reason that applies; what protects the customer comes first."""
    checks = (_private, _usable, _long_enough, _with_tools, _healthy, _affordable, _in_tier)
    found = (check(endpoint, request, registry) for check in checks)
    return next((candidate for candidate in found if candidate), Candidate(endpoint.id, "kept"))


def _private(endpoint: Endpoint, request: RouteRequest, registry: Registry) -> Candidate | None:
    if not (endpoint.is_cloud and request.is_private):
        return None
    policy = _strictest(registry.routing.private_cloud, request.context.private_cloud)
    detail = "a private turn stays on the machine"
    return Candidate(endpoint.id, "private", detail) if policy == "never" else None


def _strictest(policy: PrivateCloud, asked: PrivateCloud | None) -> PrivateCloud:
    """Return the tighter of the file's policy and the caller's: a caller can tighten it, never loosen it."""
    return "never" if "never" in (policy, asked) else policy


def _usable(endpoint: Endpoint, request: RouteRequest, registry: Registry) -> Candidate | None:
    reason = registry.unavailable.get(endpoint.id)
    return Candidate(endpoint.id, "unavailable", reason) if reason else None


def _long_enough(endpoint: Endpoint, request: RouteRequest, registry: Registry) -> Candidate | None:
    needed = request.sent_to(endpoint) + endpoint.max_output_tokens
    if endpoint.id == EMBEDDED or needed <= endpoint.max_context_length:
        return None
    return Candidate(endpoint.id, "context_length", f"{needed} tokens needed, {endpoint.max_context_length} there")


def _with_tools(endpoint: Endpoint, request: RouteRequest, registry: Registry) -> Candidate | None:
    return Candidate(endpoint.id, "no_tools") if request.needs_tools and not endpoint.supports_tools else None


def _healthy(endpoint: Endpoint, request: RouteRequest, registry: Registry) -> Candidate | None:
    block = registry.health.blocked(endpoint)
    return Candidate(endpoint.id, block) if block else None


def _affordable(endpoint: Endpoint, request: RouteRequest, registry: Registry) -> Candidate | None:
    cost = request.cost(endpoint)
    budgets = (
        ("day", request.spent_today_usd, registry.routing.daily_budget_usd),
        ("session", request.spent_session_usd, registry.routing.session_budget_usd),
    )
    over = [name for name, spent, budget in budgets if cost > 0 and budget is not None and spent + cost > budget]
    return Candidate(endpoint.id, "over_budget", f"budget of the {over[0]} is used up") if over else None


def _in_tier(endpoint: Endpoint, request: RouteRequest, registry: Registry) -> Candidate | None:
    context = request.context
    allowed = endpoint.tier == "standard" or context.user_tier == "premium" or is_asked_for(endpoint, context)
    return None if allowed else Candidate(endpoint.id, "tier", f"for {endpoint.tier} customers")
