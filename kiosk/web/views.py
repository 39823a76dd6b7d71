"""A conversation's state as clients see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langgraph.types import StateSnapshot

from kiosk.menu import Menu
from kiosk.ordering import Action, AddItem, ChangeOptions
from kiosk.web.schemas import AskedQuestion, Choice, Conversation, PaymentRequest, ShownMessage, View
from nodes.touch import TOUCH
from state import OrderState, Pending

YES, NO = "yes", "no"


def view_of(thread_id: str, snapshot: StateSnapshot, menu: Menu, *, simulated: bool) -> View:
    """Return what a client sees of a conversation that has had a turn.

    Args:
        thread_id: The conversation.
        snapshot: Its state.
        menu: What is sold.
        simulated: Whether the page may answer for the payment terminal.
    """
    values = snapshot.values
    order: OrderState = values["order"]
    response = values.get("response")
    return View(
        thread_id=thread_id,
        language=values["dialogue"]["language"],
        reply=response["answer"] if response else None,
        order=order,
        question=_question(values["dialogue"]["pending"], order, menu),
        payment=_payment(order, simulated),
        number=order.get("number"),
        staff=response.get("needs_staff") if response else None,
        response=response,
    )


def conversation_of(view: View, snapshot: StateSnapshot) -> Conversation:
    """Return the view with the messages that stand behind it."""
    shown = [
        ShownMessage(
            role="user" if message.type == "human" else "assistant",
            content=message.text,
            touch=TOUCH in message.additional_kwargs,
        )
        for message in snapshot.values["messages"]
    ]
    return Conversation(**dict(view), messages=shown)


def _payment(order: OrderState, simulated: bool) -> PaymentRequest | None:
    if order["status"] != "awaiting_payment":
        return None
    return PaymentRequest(
        order_id=order["order_id"],
        revision=order["revision"],
        amount=order["total"],
        currency=order["currency"],
        simulated=simulated,
    )


def _question(pending: Pending | None, order: OrderState, menu: Menu) -> AskedQuestion | None:
    """Return the open question with the answers that fit it; None where a menu change has overtaken it."""
    if pending is None or order["status"] != "open":
        return None
    match pending["kind"]:
        case "missing":
            return _missing(pending, order, menu)
        case "which_item":
            choices = [_adding(pending, item, menu) for item in pending["candidates"] if item in menu.by_id]
            return AskedQuestion(kind="which_item", choices=choices)
        case "offer":
            choices = [_adding(pending, item, menu) for item in pending["candidates"][:1] if item in menu.by_id]
            return AskedQuestion(kind="offer", choices=[*choices, Choice(id=NO)])
        case "confirm_action":
            return AskedQuestion(
                kind="confirm_action", choices=[Choice(id=YES, actions=[pending["action"]]), Choice(id=NO)]
            )


def _missing(pending: Pending, order: OrderState, menu: Menu) -> AskedQuestion | None:
    wanted, option = set(pending["line_ids"]), pending["option"]
    lines = [line for line in order["lines"] if line["line_id"] in wanted and option in line["missing"]]
    if not lines:
        return None
    group = menu.options_of(lines[0]["item"])[option]
    line_ids = [line["line_id"] for line in lines]
    choices = [
        _choice(
            value.id, value.names, *(ChangeOptions(line_id=line_id, options={option: value.id}) for line_id in line_ids)
        )
        for value in group.values
    ]
    return AskedQuestion(kind="missing", line_ids=line_ids, option=option, names=dict(group.names), choices=choices)


def _adding(pending: Pending, item: str, menu: Menu) -> Choice:
    offered = menu.options_of(item)
    options = {
        option: value
        for option, value in pending.get("options", {}).items()
        if option in offered and offered[option].accepts(value)
    }
    action = AddItem(item=item, quantity=pending.get("quantity", 1), options=dict(options))
    return _choice(item, menu.by_id[item].names, action)


def _choice(choice_id: str, names: Mapping[str, str], *actions: Action) -> Choice:
    plain: list[dict[str, Any]] = [action.model_dump(mode="json") for action in actions]
    return Choice(id=choice_id, names=dict(names), actions=plain)
