"""What callers hand in, made safe before LangGraph sees it: no checkpoint, trace or stream ever holds the raw words."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import BaseMessage, HumanMessage, convert_to_messages
from langchain_core.runnables import RunnableConfig
from langgraph.types import Command

from kiosk.privacy import Detection, defused, placeholders
from kiosk.privacy.tracing import EXCLUDED, guard, is_traced
from nodes.resources import Kiosk
from nodes.touch import touch_of
from nodes.vocabulary import known_ids
from nodes.words import cleaned

_DECISION_KEYS = ("type", "order_id", "revision", "amount", "payment_id", "webhook_id", "args")


def admit(kiosk: Kiosk, thread_id: str, given: Any, config: RunnableConfig | None) -> Any:
    """Return an input without personal data, and see to it that a trace of the turn shows no words.

    Raises:
        TypeError: The input is no mapping.
        ValueError: A message cannot be read.
    """
    return _finish(kiosk, thread_id, receive(kiosk, given), config)


async def admit_async(kiosk: Kiosk, thread_id: str, given: Any, config: RunnableConfig | None) -> Any:
    """See `admit`; what waits for the vault does so in a thread."""
    received = receive(kiosk, given)
    if received.is_private or is_traced((config or {}).get("callbacks")):
        return await asyncio.to_thread(_finish, kiosk, thread_id, received, config)
    return received.masked(kiosk, thread_id)


def _finish(kiosk: Kiosk, thread_id: str, received: Received, config: RunnableConfig | None) -> Any:
    callbacks = (config or {}).get("callbacks")
    if is_traced(callbacks):
        guard(known_ids(kiosk.rules.menu, kiosk.registry), callbacks)
        if not kiosk.settings.trace_private and (received.is_private or kiosk.vault.holds(thread_id)):
            EXCLUDED.add(thread_id)
    return received.masked(kiosk, thread_id)


@dataclass(frozen=True)
class Received:
    """An input with what was found in it; masking may have to wait for the vault, reading never does."""

    given: Any
    messages: tuple[BaseMessage, ...]
    found: tuple[Detection, ...]

    @property
    def is_private(self) -> bool:
        """Tell whether there is something to be put into the vault."""
        return any(detection.spans for detection in self.found)

    def masked(self, kiosk: Kiosk, thread_id: str) -> Any:
        """Return the input with placeholders for what is personal."""
        if not self.messages:
            return self.given
        pairs = zip(self.messages, self.found, strict=True)
        messages = [_masked(kiosk, thread_id, message, detection) for message, detection in pairs]
        return {**self.given, "messages": messages}


def receive(kiosk: Kiosk, given: Any) -> Received:
    """Read an input: a turn, a decision of the payment terminal, or nothing.

    Raises:
        TypeError: It is something else.
        ValueError: A message cannot be read.
    """
    if isinstance(given, Command):
        return Received(_decision(given), (), ())
    if given is None or (isinstance(given, Mapping) and not given.get("messages")):
        return Received(given, (), ())
    if not isinstance(given, Mapping):
        raise TypeError(f"input: must be a mapping with messages, not {type(given).__name__}")
    messages = tuple(_tidied(kiosk, message) for message in _messages(given["messages"]))
    return Received(given, messages, tuple(kiosk.screen.detect(str(message.text)) for message in messages))


def _messages(given: Any) -> list[BaseMessage]:
    try:
        return list(convert_to_messages(given if isinstance(given, list | tuple) else [given]))
    except (ValueError, TypeError, NotImplementedError, KeyError) as error:
        # The error's own text repeats what was said.
        kind = type(error).__name__
        raise ValueError(f'messages: not readable ({kind}); use {{"role": "user", "content": "..."}}') from None


def _tidied(kiosk: Kiosk, message: BaseMessage) -> BaseMessage:
    """Keep of a customer's message its words, its id and a tap: names and other fields may say who it is."""
    if not isinstance(message, HumanMessage):
        return message
    # One more than may be read, so that it is still seen to be too long.
    words = cleaned(str(message.text))[: kiosk.settings.max_input_chars + 1]
    touch = touch_of([message])
    if touch and kiosk.screen.detect(json.dumps(touch, ensure_ascii=False, default=str)).spans:
        touch = {}
    return HumanMessage(content=words, id=message.id, additional_kwargs=touch)


def _masked(kiosk: Kiosk, thread_id: str, message: BaseMessage, found: Detection) -> BaseMessage:
    text = str(message.text)
    if found.spans:
        return message.model_copy(update={"content": kiosk.vault.mask(thread_id, text, found.spans)})
    if isinstance(message, HumanMessage) and placeholders(text):
        return message.model_copy(update={"content": defused(text)})
    return message


def _decision(command: Command[Any]) -> Command[Any]:
    """Keep of a terminal's decision what is read of it; a person may have typed a remark."""
    resume = command.resume
    if not (isinstance(resume, Mapping) and isinstance(resume.get("decisions"), list)):
        return command
    decisions = [
        {key: one[key] for key in _DECISION_KEYS if key in one} if isinstance(one, Mapping) else one
        for one in resume["decisions"]
    ]
    return Command(graph=command.graph, update=command.update, goto=command.goto, resume={"decisions": decisions})
