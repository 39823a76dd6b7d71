"""The prompts, one Markdown file each, and how a turn is put into them."""

from __future__ import annotations

import json
import math
import weakref
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from kiosk.menu import Item, Menu, OptionGroup
from kiosk.serving.turn import PromptStyle, TurnRequest
from state import Dialogue, OrderState, Pending

MOST_HISTORY_MESSAGES = 20
_MOST_HISTORY_CHARS = 4000
MOST_HISTORY_TOKENS = 3200
"""What the longest history has, all of it in Hangul."""
_MOST_ALIASES = 4
_INSTRUCTION_TOKENS: dict[int, int] = {}
"""By the identity of the menu, for as long as it lives: a menu is too large to be compared every turn."""
_LANGUAGES = {"ko": "Korean", "en": "English"}


def render(request: TurnRequest, schema: Mapping[str, Any] | None = None) -> list[BaseMessage]:
    """Return the messages for one turn: instructions and menu, the talk so far, and the turn itself.

    `schema` is written out for models that cannot be held to it by other means.
    """
    turn = template("turn").substitute(
        language=_LANGUAGES.get(request.dialogue["language"], request.dialogue["language"]),
        order=_order(request.order),
        question=_question(request.dialogue),
        feedback=_feedback(request.feedback),
        # JSON quoting keeps the customer's words inside their quotes, whatever they say.
        utterance=json.dumps(request.utterance, ensure_ascii=False),
    )
    system = _system(request.menu, request.prompt_style)
    if schema is not None:
        system += template("schema").substitute(schema=json.dumps(schema))
    return [SystemMessage(system), *_recent(request.history), HumanMessage(turn)]


def estimated_tokens(text: str) -> int:
    """Return about how many tokens a text has: four Latin letters make one, a Hangul syllable nearly one."""
    latin = sum(character.isascii() for character in text)
    return math.ceil(latin / 4 + (len(text) - latin) * 0.8)


def instruction_tokens(menu: Menu) -> int:
    """Estimate how many tokens the instructions with a menu have, in the default style."""
    if id(menu) not in _INSTRUCTION_TOKENS:
        _INSTRUCTION_TOKENS[id(menu)] = estimated_tokens(_system(menu, "default"))
        weakref.finalize(menu, _INSTRUCTION_TOKENS.pop, id(menu), None)
    return _INSTRUCTION_TOKENS[id(menu)]


def _system(menu: Menu, style: PromptStyle) -> str:
    return template("system").substitute(
        shop=" / ".join(menu.names.values()),
        style=template(style).template.strip(),
        menu="\n".join(_menu_lines(menu)),
    )


@cache
def template(name: str) -> Template:
    """Return a prompt by the name of its file."""
    return Template((files(__name__) / f"{name}.md").read_text(encoding="utf-8"))


def _menu_lines(menu: Menu) -> Iterable[str]:
    """Yield the menu: one line an item below the options that it shares with others, and the short words."""
    groups = {group.id: group for group in menu.option_groups.values()}
    yield from (f"option {group.id}: {_settings(group)}" for group in groups.values())
    shelves: dict[tuple[str, ...], list[Item]] = {}
    for item in menu.items:
        shelves.setdefault(tuple(menu.options_of(item.id)), []).append(item)
    for options, items in shelves.items():
        yield f"with {', '.join(options) or 'no options'}:"
        yield from (f"- {item.id} = {_words(item)}{_fixed(menu, item)}" for item in items)
    for combo in menu.combos:
        yield f"{combo.alias} = {combo.item} {_plain(combo.options)}"


def _settings(group: OptionGroup) -> str:
    if group.kind == "choice":
        settings = ", ".join(f"{value.id} ({'/'.join(value.names.values())})" for value in group.values)
    else:
        plain = f"{group.min}..{group.max}" if group.kind == "count" else "true, false"
        settings = ", ".join([plain, *group.levels])
    must = "; ask if not said" if group.required and group.neutral is None else ""
    return f"{'/'.join(group.names.values())}: {settings}{must}"


def _words(item: Item) -> str:
    return ", ".join(item.words[: len(item.names) + _MOST_ALIASES])


def _fixed(menu: Menu, item: Item) -> str:
    fixed = menu.fixed(item.id)
    return f" (always {', '.join(str(value) for value in fixed.values())})" if fixed else ""


def _plain(options: Mapping[str, object]) -> str:
    return ", ".join(f"{option}={setting}" for option, setting in options.items())


def _order(order: OrderState) -> str:
    lines = [
        f"- line {line['line_id']}: {line['quantity']} x {line['item']} {json.dumps(line['options'])}"
        + (f" (not said yet: {', '.join(line['missing'])})" if line["missing"] else "")
        for line in order["lines"]
    ]
    return "\n".join(lines) or "(empty)"


def _question(dialogue: Dialogue) -> str:
    pending = dialogue["pending"]
    topics = f"Items last talked about: {', '.join(dialogue['topics'])}." if dialogue["topics"] else ""
    focus = f"Lines last talked about: {', '.join(dialogue['focus'])}." if dialogue["focus"] else ""
    return " ".join(part for part in (_pending(pending) if pending else "none.", topics, focus) if part)


def _pending(pending: Pending) -> str:
    candidates = ", ".join(pending.get("candidates", []))
    match pending["kind"]:
        case "missing":
            return f"which {pending['option']} for line {', '.join(pending['line_ids'])}?"
        case "which_item":
            return f"which of {candidates}, {pending.get('quantity', 1)} times?"
        case "confirm_action":
            return f"really do {json.dumps(pending['action'], ensure_ascii=False)}? On yes, repeat this action."
        case "offer":
            return f"{candidates} instead, {pending.get('quantity', 1)} times? On yes, add it."


def _feedback(feedback: tuple[str, ...]) -> str:
    if not feedback:
        return ""
    return "\nYour last answer could not be used. Put right:\n" + "\n".join(f"- {issue}" for issue in feedback) + "\n"


def _recent(history: tuple[BaseMessage, ...]) -> list[BaseMessage]:
    """Return the end of the talk that fits: whole messages of customer and kiosk, newest kept."""
    kept: list[BaseMessage] = []
    room = _MOST_HISTORY_CHARS
    for message in reversed(history[-MOST_HISTORY_MESSAGES:]):
        text = str(message.text)
        room -= len(text)
        if room < 0:
            break
        if isinstance(message, HumanMessage | AIMessage) and text:
            kept.append(type(message)(content=text))
    return kept[::-1]
