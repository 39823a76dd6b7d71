"""route: the chain of endpoints for this turn, in the order in which they are tried, and why."""

from __future__ import annotations

from langchain_core.runnables import RunnableConfig

from kiosk.serving.models import EMBEDDED
from kiosk.serving.referee import referee
from kiosk.serving.router import select
from nodes.background import background
from nodes.permits import route_request
from nodes.resources import Kiosk, Update, run_context
from nodes.touch import touched
from state import ConversationState, Selection

REFEREE_S = 2.0
"""Time for the strategy `llm` to choose; after that the rules do."""


async def route(kiosk: Kiosk, state: ConversationState, config: RunnableConfig) -> Update:
    """Choose the endpoints; a turn that cannot be read goes to none."""
    if state["issues"]:
        return {"selection": _nobody(state["issues"])}
    if touched(state["messages"]):
        return {"selection": _by_hand()}
    request = route_request(kiosk, state, run_context(config))
    if kiosk.registry.routing.strategy == "llm":
        watched = kiosk.observers.watched(config)
        choosing = referee(request, kiosk.registry, state["messages"][-1].text, REFEREE_S, watched)
        return {"selection": (await background.run(choosing)).selection}
    return {"selection": select(request, kiosk.registry)}


def _by_hand() -> Selection:
    """A tap needs no model; it goes the way of the engine that is always there."""
    return {"chain": [EMBEDDED], "reason": "touch", "confidence": 1.0, "estimated_cost": 0.0}


def _nobody(issues: list[str]) -> Selection:
    return {"chain": [], "reason": ", ".join(issues), "confidence": 1.0, "estimated_cost": 0.0}
