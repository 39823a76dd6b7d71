"""checkout: wait for the payment terminal, and for nothing else.

The node runs again from its top when the terminal answers, so it must not do anything but ask.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.types import interrupt

from kiosk.till import TERMINAL_ID, DecisionKind
from nodes.resources import Kiosk, Update
from state import ConversationState, OrderState, Payment

TAKE_PAYMENT = "take_payment"

_KINDS: dict[str, DecisionKind] = {"approve": "approve", "accept": "approve", "timeout": "timeout"}
_NO_REVISION = -1


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

    A decision may name `order_id` and `revision` (beside `type` or under `args`) to say which request it answers, and
    `amount`, `payment_id` and `webhook_id` to say what was taken.
    """
    decision = _first_decision(resumed)
    args = decision.get("args")
    named = {**decision, **args} if isinstance(args, Mapping) else decision
    revision = named.get("revision", order["revision"])
    payment: Payment = {
        "decision": _KINDS.get(str(decision.get("type")), "reject"),
        "order_id": str(named.get("order_id", order["order_id"])),
        "revision": revision if isinstance(revision, int) else _NO_REVISION,
    }
    if isinstance(amount := named.get("amount"), int):
        payment["amount"] = amount
    if payment_id := _id(named.get("payment_id")):
        payment["payment_id"] = payment_id
    if webhook_id := _id(named.get("webhook_id")):
        payment["webhook_id"] = webhook_id
    return payment


def _id(given: object) -> str | None:
    return given if isinstance(given, str) and re.fullmatch(TERMINAL_ID, given) else None


def _first_decision(resumed: object) -> Mapping[str, Any]:
    if isinstance(resumed, Mapping) and "decisions" in resumed:
        resumed = resumed["decisions"]
    if isinstance(resumed, list | tuple):
        resumed = resumed[0] if len(resumed) == 1 else None
    if isinstance(resumed, str):
        return {"type": resumed}
    return resumed if isinstance(resumed, Mapping) else {}
