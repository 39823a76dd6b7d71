"""A tap on the screen: a message that carries its actions, so that touch and talk are one conversation.

Whoever may talk to the kiosk may also tap: the actions are checked like those of any model, and nothing else of the
message is trusted. A message whose actions cannot be read is what its words say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AnyMessage, HumanMessage
from pydantic import ValidationError

from kiosk.ordering import Action, TurnProposal

TOUCH = "touch"
"""Names the actions, as plain values, in a message's `additional_kwargs`."""


def touch_message(words: str, actions: Sequence[Action], message_id: str | None = None) -> HumanMessage:
    """Return the message of a tap.

    Args:
        words: What the tap means, for the conversation's history.
        actions: What it does.
        message_id: An id of the caller's own.
    """
    plain = [action.model_dump(mode="json") for action in actions]
    return HumanMessage(content=words, id=message_id, additional_kwargs={TOUCH: plain})


def touched(messages: Sequence[AnyMessage]) -> TurnProposal | None:
    """Return what the customer tapped, None where the turn is words."""
    try:
        return TurnProposal.model_validate({"actions": touch_of(messages)[TOUCH]})
    except (KeyError, ValidationError):
        return None


def touch_of(messages: Sequence[AnyMessage]) -> dict[str, Any]:
    """Return the part of the turn's `additional_kwargs` that makes it a tap."""
    last = messages[-1] if messages else None
    kwargs = last.additional_kwargs if isinstance(last, HumanMessage) else {}
    return {TOUCH: kwargs[TOUCH]} if TOUCH in kwargs else {}
