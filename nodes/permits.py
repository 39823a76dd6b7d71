"""Who may be asked now: privacy, health and budgets are looked at again before every attempt, not once per turn."""

from __future__ import annotations

from datetime import datetime

from kiosk.serving.router import RouteRequest, may_serve
from nodes.chain import next_endpoints
from nodes.history import prompt_tokens, schema_tokens
from nodes.resources import Kiosk
from state import Context, ConversationState


def route_request(kiosk: Kiosk, state: ConversationState, context: Context) -> RouteRequest:
    """Return what decides about who may serve the turn, as things stand now."""
    return RouteRequest(
        state["analysis"],
        context,
        prompt_tokens(kiosk.rules.menu, state["messages"]),
        spent_today_usd=kiosk.registry.spending.today_usd(),
        spent_session_usd=state.get("spent_usd", 0.0),
        schema_tokens=schema_tokens(kiosk.rules.menu),
    )


def successors(kiosk: Kiosk, state: ConversationState, context: Context) -> list[str]:
    """Return who may take over from the current endpoint, in this order; nobody where no time is left."""
    if time_left_s(kiosk, state) <= 0:
        return []
    request = route_request(kiosk, state, context)
    return [name for name in next_endpoints(state) if may_serve(name, request, kiosk.registry)]


def time_left_s(kiosk: Kiosk, state: ConversationState) -> float:
    """Return how much of the turn's time is left, in seconds."""
    elapsed = (kiosk.clock() - datetime.fromisoformat(state["started_at"])).total_seconds()
    return kiosk.registry.routing.turn_deadline_s - elapsed
