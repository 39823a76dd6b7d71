"""What a model gets to see of the conversation so far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AnyMessage, BaseMessage

from kiosk.menu import Menu
from kiosk.serving.prompts import estimated_tokens

PRIVATE: dict[str, Any] = {"private": True}
"""Marks, in `additional_kwargs`, a turn that holds personal data, and the answer to it."""

# What a test compares with the prompt for the shipped menu, the schema of the answer included.
_INSTRUCTION_TOKENS = 3400
_TOKENS_PER_ITEM = 48


def shown(messages: Sequence[AnyMessage], limit: int) -> tuple[BaseMessage, ...]:
    """Return the last messages, without private ones: the turn that shows them may go to another machine."""
    return tuple(message for message in messages[-limit:] if not message.additional_kwargs.get("private"))


def prompt_tokens(menu: Menu, messages: Sequence[AnyMessage]) -> int:
    """Estimate the length of the whole prompt: instructions, menu, schema and conversation."""
    conversation = sum(estimated_tokens(str(message.text)) for message in messages)
    return _INSTRUCTION_TOKENS + _TOKENS_PER_ITEM * len(menu.items) + conversation
