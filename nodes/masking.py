"""Masking in the state: placeholders for what is personal, also where a caller has come round the border."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from langchain_core.messages import AnyMessage, HumanMessage
from langchain_core.runnables import RunnableConfig

from kiosk.ordering import TurnProposal
from kiosk.privacy import Detection, Span, beside_placeholders, placeholders, type_of
from kiosk.privacy.tracing import EXCLUDED
from nodes.background import background
from nodes.resources import Kiosk
from state import Contacts, ConversationState

_CONTACTS: dict[str, str] = {
    "NAME": "cup_name",
    "PHONE": "loyalty_phone",
    "MEMBER_ID": "member_id",
    "EMAIL": "receipt_email",
}

_ALLERGY = (
    "알레르",
    "알러지",
    "아나필락",
    "allerg",
    "anaphyla",
    "intoleran",
    "celiac",
    "coeliac",
    "アレルギ",
    "过敏",
    "過敏",
)
"""What the statements about health have in common that are about food and its danger, in all languages."""


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


async def with_allergens(kiosk: Kiosk, config: RunnableConfig, text: str) -> str:
    """Return a masked turn with the allergens that its health statements name put before their placeholders.

    Only for the embedded engine, which answers from the menu's allergen data and sends nothing anywhere: who says "I am
    allergic to nuts" asks about nuts. The result is neither stored nor shown to another model.
    """
    for placeholder in dict.fromkeys(placeholders(text)):
        if type_of(placeholder) == "HEALTH":
            said = await background.run(asyncio.to_thread(kiosk.vault.unmask, thread_of(config), placeholder))
            named = (_named_in(said.casefold(), allergen.words) for allergen in kiosk.rules.menu.allergens.values())
            text = text.replace(placeholder, " ".join([*filter(None, named), placeholder]))
    return text


async def tells_allergy(kiosk: Kiosk, config: RunnableConfig, text: str) -> bool:
    """Tell whether a masked turn says that somebody has an allergy."""
    said = [placeholder for placeholder in placeholders(text) if type_of(placeholder) == "HEALTH"]
    if not said:
        return False
    told = await background.run(asyncio.to_thread(kiosk.vault.unmask, thread_of(config), " ".join(said)))
    return any(word in told.casefold() for word in _ALLERGY)


def _named_in(said: str, words: Sequence[str]) -> str | None:
    return next((word for word in words if word.casefold() in said), None)


def is_personal_alone(state: ConversationState, proposal: TurnProposal) -> bool:
    """Tell whether a short turn told something personal and nothing that concerns the order."""
    text = state["messages"][-1].text if state["messages"] else ""
    if not placeholders(text) or state["analysis"]["complexity"] != "simple":
        return False
    said = proposal.actions or proposal.questions or proposal.clarification or proposal.social
    return not said and all(notice.code == "not_understood" for notice in proposal.notices)


def thread_of(config: RunnableConfig) -> str:
    """Return the id of the conversation; a graph without persistence has none."""
    return str(config.get("configurable", {}).get("thread_id") or "")


async def _masked(kiosk: Kiosk, config: RunnableConfig, text: str, found: Detection) -> str:
    spans = beside_placeholders(text, found.spans)
    if not spans:
        return text
    # The vault waits for a file, and an event loop must not.
    return await background.run(asyncio.to_thread(kiosk.vault.mask, thread_of(config), text, spans, keep=True))
