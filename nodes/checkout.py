"""checkout: wait for the payment terminal, and for nothing else.

The node runs again from its top when the terminal answers, so it must not do anything but ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from langchain_core.runnables import RunnableConfig
from langgraph.types import interrupt

from nodes.resources import Kiosk, Update
from state import ConversationState, OrderState, Payment

TAKE_PAYMENT = "take_payment"


async def checkout(kiosk: Kiosk, state: ConversationState, config: RunnableConfig) -> Update:
    """Ask a terminal, or a person in Studio or agent-chat-ui, to take the payment."""
    return {"payment": payment_of(interrupt(payment_request(state)), state["order"])}


def payment_request(state: ConversationState) -> dict[str, Any]:
    """Return the request in the shape of LangChain's human-in-the-loop interrupts."""
    order = state["order"]
    args = {
        "order_id": order["order_id"],
        "revision": order["revision"],
        "amount": order["total"],
        "currency": order["currency"],
    }
    return {
        "action_requests": [{"name": TAKE_PAYMENT, "args": args, "description": state["response"]["answer"]}],
        "review_configs": [{"action_name": TAKE_PAYMENT, "allowed_decisions": ["approve", "reject"]}],
    }


def payment_of(resumed: object, order: OrderState) -> Payment:
    """Read the terminal's answer: `{"decisions": [{"type": "approve"}]}`; anything but an approval is a rejection.

    A decision may name `order_id` and `revision` (beside `type` or under `args`) to say which request it answers.
    """
    decision = _first_decision(resumed)
    args = decision.get("args")
    named = {**decision, **args} if isinstance(args, Mapping) else decision
    revision = named.get("revision", order["revision"])
    kind: Literal["approve", "reject"] = "approve" if decision.get("type") in ("approve", "accept") else "reject"
    return {
        "decision": kind,
        "order_id": str(named.get("order_id", order["order_id"])),
        "revision": revision if isinstance(revision, int) else -1,
    }


def _first_decision(resumed: object) -> Mapping[str, Any]:
    if isinstance(resumed, Mapping) and "decisions" in resumed:
        resumed = resumed["decisions"]
    if isinstance(resumed, list | tuple):
        resumed = resumed[0] if len(resumed) == 1 else None
    if isinstance(resumed, str):
        return {"type": resumed}
    return resumed if isinstance(resumed, Mapping) else {}
