"""What a model gets to see of the conversation so far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AnyMessage, BaseMessage

from kiosk.menu import Menu
from kiosk.serving.prompts import estimated_tokens, instruction_tokens

PRIVATE: dict[str, Any] = {"private": True}
"""Marks, in `additional_kwargs`, a turn that holds personal data, and the answer to it."""

# A test compares these with the schema for the shipped menu; to make one takes too long for a turn that needs none.
_SCHEMA_TOKENS = 2800
_SCHEMA_TOKENS_PER_ITEM = 8


def shown(messages: Sequence[AnyMessage], limit: int) -> tuple[BaseMessage, ...]:
    """Return the last messages, without private ones: the turn that shows them may go to another machine."""
    return tuple(message for message in messages[-limit:] if not message.additional_kwargs.get("private"))


def prompt_tokens(menu: Menu, messages: Sequence[AnyMessage]) -> int:
    """Estimate the length of the prompt: instructions, menu and conversation."""
    conversation = sum(estimated_tokens(str(message.text)) for message in messages)
    return instruction_tokens(menu) + conversation


def schema_tokens(menu: Menu) -> int:
    """Estimate the length of the schema that answers have."""
    return _SCHEMA_TOKENS + _SCHEMA_TOKENS_PER_ITEM * len(menu.items)
