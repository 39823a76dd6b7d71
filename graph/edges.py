"""Where the machine goes next: pure and total functions of the state."""

from __future__ import annotations

from typing import Literal

from state import ConversationState


def after_route(state: ConversationState) -> Literal["generate", "fallback"]:
    """Ask the first endpoint of the chain; with nobody to ask, go where turns end that nobody could serve."""
    return "generate" if state["selection"]["chain"] else "fallback"


def after_validate(state: ConversationState) -> Literal["accept", "checkout", "retry", "fallback"]:
    """Follow the verdict."""
    return state["verdict"]


def after_fallback(state: ConversationState) -> Literal["next", "checkout", "answered"]:
    """Ask the endpoint that takes over; when none is left, the node has answered by itself."""
    if state["verdict"] == "fallback":
        return "next"
    return "checkout" if state["verdict"] == "checkout" else "answered"
