"""How a turn ends: the order after it, the words for the customer, and the record of how it was served."""

from __future__ import annotations

import logging
import traceback
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, RemoveMessage

from kiosk.desk import Session, StaffCall, summary, units
from kiosk.menu import Menu
from kiosk.ordering import Order, Outcome, TurnProposal, apply_proposal, from_state, to_state
from kiosk.replies import (
    FixedKind,
    PaymentKind,
    Reply,
    StaffReason,
    Turn,
    check_reply,
    compose,
    fixed_reply,
    payment_reply,
)
from kiosk.serving.ledger import ServedTurn
from nodes.history import PRIVATE, prompt_tokens
from nodes.masking import contacts, is_personal_alone
from nodes.resources import Kiosk, Update, is_closing, thread_id
from nodes.touch import touched
from state import ConversationState, Dialogue, OrderState, Pending, Response, ServingInfo

_LOG = logging.getLogger(__name__)

_REFUNDED: frozenset[PaymentKind] = frozenset({"late", "sold_out"})

NOBODY = "none"
"""Stands for the endpoint and the model of an answer that no model had a part in."""


@dataclass(frozen=True)
class Judged:
    """A proposal and what came of it on a copy of the order; with `issues` it must not be used."""

    before: Order
    outcome: Outcome
    reply: Reply | None
    issues: tuple[str, ...]


def judge(kiosk: Kiosk, state: ConversationState, proposal: TurnProposal) -> Judged:
    """Carry a proposal out on a copy of the order and put the result into words."""
    before = from_state(state["order"])
    try:
        judged = _judged(kiosk, state, before, proposal)
        return replace(judged, reply=_noted(state)) if is_personal_alone(state, proposal) else judged
    except Exception as error:
        # Whatever a model comes up with, the customer gets an answer and keeps the order. The text of an unforeseen
        # error may hold the customer's words, so the log gets its place only.
        place = traceback.extract_tb(error.__traceback__)[-1]
        _LOG.error("proposal failed: %s in %s:%s", type(error).__name__, place.name, place.lineno)
        return Judged(before, Outcome(before), None, (f"failed: {type(error).__name__}",))


def _noted(state: ConversationState) -> Reply:
    """Answer a turn that told something personal and nothing else; what the kiosk has asked stays asked."""
    dialogue, allergy = state["dialogue"], state.get("allergy", False)
    kind: FixedKind = "allergy" if allergy else "noted" if contacts(state["messages"][-1].text) else "private"
    return Reply(fixed_reply(kind, dialogue["language"]), dialogue, "allergy" if allergy else None)


def _judged(kiosk: Kiosk, state: ConversationState, before: Order, proposal: TurnProposal) -> Judged:
    dialogue, language = state["dialogue"], state["dialogue"]["language"]
    outcome = apply_proposal(before, proposal, kiosk.rules, new_order_id, _held(dialogue["pending"]))
    issues = outcome.issues or _unfit(proposal, outcome.order, kiosk.rules.menu, language)
    if issues:
        return Judged(before, outcome, None, issues)
    turn = Turn(language, kiosk.rules, before, proposal, outcome, dialogue, state.get("allergy", False))
    reply = compose(turn)
    return Judged(before, outcome, reply, ())


def _unfit(proposal: TurnProposal, order: Order, menu: Menu, language: str) -> tuple[str, ...]:
    """Return what is wrong with the words of a model's own; the kiosk's words come from code and need no check."""
    faults = check_reply(proposal.reply, order, menu, language) if proposal.reply else []
    return tuple(f"reply: {fault}" for fault in faults)


def new_order_id() -> str:
    """Return an id that no order had before."""
    return uuid.uuid4().hex


def _held(pending: Pending | None) -> Mapping[str, Any] | None:
    """Return the action above the soft cap that the kiosk has asked the customer to confirm."""
    return pending.get("action") if pending and pending["kind"] == "confirm_action" else None


def accepted(kiosk: Kiosk, state: ConversationState, judged: Judged) -> Update:
    """End the turn with a proposal; an order that asks for payment goes on to checkout."""
    assert judged.reply is not None, "a proposal with issues cannot be accepted"
    order, reply = judged.outcome.order, judged.reply
    checkout = order.status == "awaiting_payment" and order != judged.before
    by_model = touched(state["messages"]) is None
    after = state["order"] if _is_frozen(order, judged.before) else to_state(order, kiosk.rules.menu)
    _tell_desk(kiosk, state, after, reply.needs_staff)
    update = _end(kiosk, state, reply.text, by_model=by_model, needs_staff=reply.needs_staff)
    return update | {
        "order": after,
        "dialogue": reply.dialogue,
        "verdict": "checkout" if checkout else "accept",
    }


def _is_frozen(order: Order, before: Order) -> bool:
    """Tell whether an order keeps the prices it has: what was read back or paid is not priced anew."""
    return order == before and order.status != "open"


def fixed(kiosk: Kiosk, state: ConversationState, kind: FixedKind) -> Update:
    """End the turn with a fixed sentence; the order, also one that awaits payment, and the talk stay as they are."""
    text = fixed_reply(kind, state["dialogue"]["language"])
    staff: StaffReason | None = "safe" if kind == "safe" else None
    # A turn without words is no sign of a customer: so a microphone says nothing, and so health is probed.
    if kind != "blank":
        _tell_desk(kiosk, state, state["order"], staff)
    waits = state["order"]["status"] == "awaiting_payment"
    return _end(kiosk, state, text, by_model=False, needs_staff=staff) | {"verdict": "checkout" if waits else "accept"}


def decided(kiosk: Kiosk, state: ConversationState, order: OrderState, kind: PaymentKind) -> Update:
    """Tell the customer what became of the payment."""
    dialogue: Dialogue = {**state["dialogue"], "pending": None}
    text = payment_reply(kind, order, kiosk.rules, dialogue["language"])
    if order["status"] == "paid":
        dialogue = {**dialogue, "focus": [], "topics": [], "misunderstood": 0}
    staff: StaffReason | None = "refund" if kind in _REFUNDED else None
    kiosk.desk.settled(_session(kiosk, state, order))
    if staff is not None:
        _call(kiosk, state, order, staff)
    decided_now: ConversationState = {**state, "started_at": kiosk.clock().isoformat(), "attempts": []}
    update = _end(kiosk, decided_now, text, by_model=False, needs_staff=staff)
    return update | {"order": order, "dialogue": dialogue, "payment": None}


def _tell_desk(kiosk: Kiosk, state: ConversationState, order: OrderState, reason: StaffReason | None) -> None:
    """Let the people of the shop know who is served, and who needs one of them."""
    session = _session(kiosk, state, order)
    if not session.thread_id:
        return
    if is_closing():
        kiosk.desk.settled(session)
        return
    kiosk.desk.served(session)
    if reason is not None:
        _call(kiosk, state, order, reason)


def _call(kiosk: Kiosk, state: ConversationState, order: OrderState, reason: StaffReason) -> None:
    session = _session(kiosk, state, order)
    call_id, now = uuid.uuid4().hex, kiosk.clock()
    kiosk.desk.call(StaffCall(call_id, session.thread_id, session.kiosk_id, reason, summary(order), now))


def _session(kiosk: Kiosk, state: ConversationState, order: OrderState) -> Session:
    seen_at = datetime.fromisoformat(state["started_at"])
    return Session(
        thread_id=thread_id(),
        kiosk_id=kiosk.settings.kiosk_id,
        language=state["dialogue"]["language"],
        currency=order["currency"],
        started_at=seen_at,
        seen_at=seen_at,
        order_id=order["order_id"],
        order_status=order["status"],
        units=units(order),
        total=order["total"],
    )


def _end(
    kiosk: Kiosk, state: ConversationState, text: str, *, by_model: bool = True, needs_staff: StaffReason | None = None
) -> Update:
    info = _serving_info(kiosk, state, text, by_model)
    saved = _savings(kiosk, state) if by_model and info["serving_type"] == "local" else 0.0
    if touched(state["messages"]) is None:
        served = ServedTurn(thread_id(), state["attempts"], state["fallbacks"], state["analysis"], by_model, saved)
        kiosk.observers.served(served)
    previous: Response | None = state.get("response")
    response: Response = {
        "answer": text,
        "serving_info": info,
        "request_analysis": state["analysis"],
        "cost_savings": saved + (previous["cost_savings"] if previous else 0.0),
        "recommendation": _recommendation(state),
        "needs_staff": needs_staff,
    }
    marks = PRIVATE if state["analysis"]["privacy_sensitivity"] == "high" else {}
    removed = _outdated(state["messages"], kiosk.settings.history_messages)
    answer = AIMessage(content=text, additional_kwargs=marks)
    return {"messages": [*removed, answer], "response": response, "proposal": None, "issues": []}


def _serving_info(kiosk: Kiosk, state: ConversationState, text: str, by_model: bool) -> ServingInfo:
    now, attempts = kiosk.clock(), state["attempts"]
    answered = kiosk.registry.endpoints[attempts[-1]["endpoint_id"]] if by_model else None
    elapsed = now - datetime.fromisoformat(state["started_at"])
    return {
        "content": text,
        "serving_type": answered.serving_type.value if answered else "local",
        "model_name": answered.model if answered else NOBODY,
        "endpoint_id": answered.id if answered else NOBODY,
        "latency_ms": round(elapsed.total_seconds() * 1000),
        "tokens_used": sum(attempt["tokens"] for attempt in attempts),
        "actual_cost": sum(attempt["cost"] for attempt in attempts),
        "was_fallback": any(attempt["cause"] not in (None, "cancelled") for attempt in attempts),
        "timestamp": now.isoformat(),
    }


def _savings(kiosk: Kiosk, state: ConversationState) -> float:
    """Return what the first cloud endpoint of the file would have cost for this turn, in US dollars."""
    cloud = next((endpoint for endpoint in kiosk.registry.endpoints.values() if endpoint.is_cloud), None)
    if cloud is None:
        return 0.0
    # A local language model has counted its tokens; the embedded engine has none to count.
    served = state["attempts"][-1]
    read = served.get("input_tokens") or prompt_tokens(kiosk.rules.menu, state["messages"])
    return cloud.price_per_1k.cost(read, served.get("output_tokens") or state["analysis"]["estimated_tokens"])


def _recommendation(state: ConversationState) -> str | None:
    private = state["analysis"]["privacy_sensitivity"] == "high"
    return fixed_reply("private", state["dialogue"]["language"]) if private else None


def _outdated(messages: Sequence[AnyMessage], kept: int) -> list[RemoveMessage]:
    """Return the removals that leave room for one answer among the last `kept` messages."""
    surplus = len(messages) + 1 - kept
    return [RemoveMessage(id=str(message.id)) for message in messages[: max(0, surplus)]]
