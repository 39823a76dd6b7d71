"""Masking in the state: placeholders for what is personal, also where a caller has come round the border."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from langchain_core.messages import AnyMessage, HumanMessage
from langchain_core.runnables import RunnableConfig

from kiosk.privacy import Detection, Span, beside_placeholders, placeholders, type_of
from kiosk.privacy.tracing import EXCLUDED
from nodes.background import background
from nodes.resources import Kiosk
from state import Contacts

_CONTACTS: dict[str, str] = {
    "NAME": "cup_name",
    "PHONE": "loyalty_phone",
    "MEMBER_ID": "member_id",
    "EMAIL": "receipt_email",
}


async def judged(kiosk: Kiosk, config: RunnableConfig, text: str) -> tuple[str, Detection]:
    """Return the masked text and how private it is; placeholders count as what they stand for."""
    found = kiosk.screen.detect(text)
    text = await _masked(kiosk, config, text, found)
    if not placeholders(text):
        return text, found
    if not kiosk.settings.trace_private:
        EXCLUDED.add(thread_of(config))
    types = [type_of(placeholder) for placeholder in placeholders(text)]
    starts = [text.index(placeholder) for placeholder in placeholders(text)]
    ends = [start + len(placeholder) for start, placeholder in zip(starts, placeholders(text), strict=True)]
    spans = tuple(Span(*one, confidence=1.0) for one in zip(starts, ends, types, strict=True))
    return text, Detection("high", spans, tuple(dict.fromkeys(type_.lower() for type_ in types)))


async def masked_history(kiosk: Kiosk, config: RunnableConfig, messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    """Return earlier words of the customer that hold personal data, masked: a later turn may send them along."""
    changed: list[AnyMessage] = []
    for message in messages[:-1]:
        if not isinstance(message, HumanMessage):
            continue
        text = str(message.text)
        masked = await _masked(kiosk, config, text, kiosk.screen.detect(text))
        if masked != text:
            changed.append(message.model_copy(update={"content": masked}))
    return changed


def contacts(text: str) -> Contacts:
    """Return what a masked turn has told for the till: the cup's name, the loyalty number, where the receipt goes."""
    found: Contacts = {}
    for placeholder in placeholders(text):
        use = _CONTACTS.get(type_of(placeholder))
        if use is not None:
            found[use] = placeholder
    return found


def thread_of(config: RunnableConfig) -> str:
    """Return the id of the conversation; a graph without persistence has none."""
    return str(config.get("configurable", {}).get("thread_id") or "")


async def _masked(kiosk: Kiosk, config: RunnableConfig, text: str, found: Detection) -> str:
    spans = beside_placeholders(text, found.spans)
    if not spans:
        return text
    # The vault waits for a file, and an event loop must not.
    return await background.run(asyncio.to_thread(kiosk.vault.mask, thread_of(config), text, spans, keep=True))
