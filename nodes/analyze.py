"""analyze: mask what is personal in the customer's turn and describe it, without a network."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal, cast

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, RemoveMessage
from langchain_core.runnables import RunnableConfig

from kiosk.menu import Menu
from kiosk.ordering import Order, from_state, to_state
from kiosk.privacy import Detection
from nodes.history import PRIVATE
from nodes.masking import contacts, judged, masked_history, tells_allergy
from nodes.resources import CLOSING, Kiosk, Update, run_context
from nodes.till import abandoned, look_at_stock, paid_meanwhile
from nodes.touch import touch_of
from nodes.words import language_of, utterance
from state import ConversationState, Dialogue, OrderLine, OrderState, RequestAnalysis

EMPTY, TOO_LONG = "empty_turn", "turn_too_long"
"""Issues for which no endpoint is asked."""

_CLAUSE_END = re.compile(r"[,.?!;\n]+(?=\s|$)")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")

_Complexity = Literal["simple", "moderate", "complex"]
_PACE: dict[_Complexity, Literal["fast", "balanced", "quality"]] = {
    "simple": "fast",
    "moderate": "balanced",
    "complex": "quality",
}
_ANSWER_TOKENS: dict[_Complexity, int] = {"simple": 100, "moderate": 150, "complex": 300}


async def analyze(kiosk: Kiosk, state: ConversationState, config: RunnableConfig) -> Update:
    """Clean and mask the words, find language, privacy and complexity, and start the turn's scratch anew."""
    await look_at_stock(kiosk)
    begun: Update = {}
    if _is_left(kiosk, state, config):
        await abandoned(kiosk, state)
        state, begun = _for_the_next(state)
    text = utterance(state["messages"])
    issues = _problems(text, kiosk.settings.max_input_chars)
    text, detection = await judged(kiosk, config, text[: kiosk.settings.max_input_chars])
    dialogue = state.get("dialogue") or _new_dialogue(kiosk.settings.language)
    language = run_context(config).language or language_of(text, dialogue["language"])
    analysis = describe(text, language, detection)
    update: Update = {
        **begun,
        "started_at": kiosk.clock().isoformat(),
        "dialogue": {**dialogue, "language": language},
        "analysis": analysis,
        "allergy": await tells_allergy(kiosk, config, text),
        "attempts": [],
        "fallbacks": [],
        "proposal": None,
        "issues": issues,
        "payment": None,
    }
    order = await _order(kiosk, state.get("order"))
    if order is not None:
        update["order"] = order
    if named := contacts(text):
        update["contacts"] = {**state.get("contacts", {}), **named}
    masked = await masked_history(kiosk, config, state["messages"])
    rewritten = _rewritten(state["messages"], text, private=analysis["privacy_sensitivity"] == "high")
    messages = [*begun.get("messages", []), *masked, *rewritten]
    return update | ({"messages": messages} if messages else {})


def _is_left(kiosk: Kiosk, state: ConversationState, config: RunnableConfig) -> bool:
    """Tell whether the customer of the last turn is gone: nobody is silent for so long and then goes on."""
    last = state.get("started_at", "")
    if not last or config.get("configurable", {}).get(CLOSING):
        return False
    silence = kiosk.clock() - datetime.fromisoformat(last)
    return silence > timedelta(minutes=kiosk.settings.session_idle_minutes)


def _for_the_next(state: ConversationState) -> tuple[ConversationState, Update]:
    """Return the state as a new customer finds it, with the turn's own message, and what that changes."""
    answers = [index for index, message in enumerate(state["messages"]) if isinstance(message, AIMessage)]
    own = (answers[-1] + 1) if answers else 0
    removed = [RemoveMessage(id=str(message.id)) for message in state["messages"][:own]]
    kept = {"messages": state["messages"][own:]}
    # The response of the last turn counts what the customer before has saved.
    update: Update = {"messages": removed, "contacts": {}, "spent_usd": 0.0, "response": None}
    return cast(ConversationState, kept), update


def _rewritten(messages: Sequence[AnyMessage], text: str, *, private: bool) -> list[AnyMessage]:
    """Keep of the customer's message what was read of it, marked where it is private."""
    last = messages[-1] if messages else None
    if not isinstance(last, HumanMessage) or (last.content == text and not private):
        return []
    marks = touch_of(messages) | (PRIVATE if private else {})
    return [HumanMessage(content=text, id=last.id, additional_kwargs=marks)]


async def _order(kiosk: Kiosk, stored: OrderState | None) -> OrderState | None:
    """Return a new order for a new conversation, one that was paid meanwhile, or what the menu leaves of it."""
    menu = kiosk.rules.menu
    if stored is None:
        return to_state(Order(uuid.uuid4().hex), menu)
    if (paid := await paid_meanwhile(kiosk, stored)) is not None:
        return paid
    if stored["status"] != "open" or all(_is_on(menu, line) for line in stored["lines"]):
        return None
    order = from_state({**stored, "lines": [line for line in stored["lines"] if _is_on(menu, line)]})
    return to_state(replace(order, revision=order.revision + 1), menu)


def _is_on(menu: Menu, line: OrderLine) -> bool:
    if line["item"] not in menu.by_id:
        return False
    offered = menu.options_of(line["item"])
    return all(option in offered and offered[option].accepts(value) for option, value in line["options"].items())


def _problems(text: str, max_chars: int) -> list[str]:
    if not text:
        return [EMPTY]
    return [TOO_LONG] if len(text) > max_chars else []


def _new_dialogue(language: str) -> Dialogue:
    return {"language": language, "focus": [], "topics": [], "pending": None, "misunderstood": 0}


def describe(text: str, language: str, detection: Detection) -> RequestAnalysis:
    """Describe a turn: how long and nested it is, how private, and so how it wants to be served."""
    # A syllable of Hangul says about as much as two Latin letters.
    weight = len(text) + len(_HANGUL.findall(text))
    clauses = len(_CLAUSE_END.split(text.strip(" ,.?!;")))
    complexity = _complexity(weight, clauses)
    private = ", ".join(detection.reasons) or "none"
    return {
        "complexity": complexity,
        "privacy_sensitivity": detection.level,
        "response_time_requirement": _PACE[complexity],
        "contains_sensitive_data": bool(detection.spans),
        "estimated_tokens": _ANSWER_TOKENS[complexity],
        "reasoning": f"weight {weight}, clauses {clauses}; private: {private}",
        "language": language,
    }


def _complexity(weight: int, clauses: int) -> _Complexity:
    if weight <= 40 and clauses <= 2:
        return "simple"
    return "complex" if weight > 110 or clauses > 4 else "moderate"
