"""Where a turn stands in its chain of endpoints; pure functions of the state."""

from __future__ import annotations

from state import ConversationState

MAX_ATTEMPTS = 7
"""Model calls per turn; with the nodes around them a turn stays below the graph's recursion limit."""


def current_endpoint(state: ConversationState) -> str:
    """Return the endpoint that is being tried."""
    return state["fallbacks"][-1]["to_endpoint"] if state["fallbacks"] else state["selection"]["chain"][0]


def next_endpoints(state: ConversationState) -> list[str]:
    """Return who may take over from the current endpoint, nobody where the turn tried enough.

    An endpoint that was asked beside another one has had its chance.
    """
    chain = state["selection"]["chain"]
    if not chain or len(state["attempts"]) >= MAX_ATTEMPTS:
        return []
    tried = {attempt["endpoint_id"] for attempt in state["attempts"]}
    return [
        endpoint_id for endpoint_id in chain[chain.index(current_endpoint(state)) + 1 :] if endpoint_id not in tried
    ]


def next_endpoint(state: ConversationState) -> str | None:
    """Return the endpoint that takes over from the current one, None where nobody is left."""
    return next(iter(next_endpoints(state)), None)


def retries(state: ConversationState) -> int:
    """Return how often the current endpoint has been tried again."""
    current = current_endpoint(state)
    return sum(attempt["endpoint_id"] == current for attempt in state["attempts"]) - 1


def may_retry(state: ConversationState, max_retries: int) -> bool:
    """Tell whether the current endpoint may be tried once more."""
    return retries(state) < max_retries and len(state["attempts"]) < MAX_ATTEMPTS
