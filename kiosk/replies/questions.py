"""The open question of the kiosk, in words."""

from __future__ import annotations

from kiosk.ordering import Order, Rules
from kiosk.replies.wording import Speaker
from state import Pending

_LONG = 4


def ask(pending: Pending, order: Order, rules: Rules, voice: Speaker) -> str:
    """Return the sentence that asks for an answer to `pending`."""
    match pending["kind"]:
        case "missing":
            return _missing(pending, order, voice)
        case "which_item":
            candidates = pending["candidates"]
            priced = [voice.with_fact(voice.name(item), _price(item, rules, voice)) for item in candidates]
            key = "ask_which_long" if len(candidates) >= _LONG else "ask_which"
            return voice.say(key, items=voice.words.join(priced, choice=True))
        case "offer":
            return voice.say("ask_offer", item=voice.name(pending["candidates"][0]))
        case _:
            return _confirm(pending, order, voice)


def _price(item: str, rules: Rules, voice: Speaker) -> str:
    if rules.is_sold_out(item):
        return voice.words.phrases["sold_out_fact"]
    return voice.money(rules.menu.by_id[item].price)


def _missing(pending: Pending, order: Order, voice: Speaker) -> str:
    lines = [line for line_id in pending["line_ids"] if (line := order.find(line_id))]
    group = voice.menu.options_of(lines[0].item)[pending["option"]]
    values = voice.words.join([value.name(voice.words.language) for value in group.values], choice=True)
    question = group.questions.get(voice.words.language) or voice.say("ask_missing", values=values)
    if len(lines) == len(order.lines):
        return question
    return voice.say("ask_missing_for", units=voice.lines(lines), question=question)


def _confirm(pending: Pending, order: Order, voice: Speaker) -> str:
    action = pending["action"]
    if action["type"] == "call_staff":
        return voice.say("ask_staff")
    count = action.get("quantity", 1)
    line = order.find(str(action.get("line_id", "")))
    item = str(action.get("item") or (line.item if line else ""))
    if item not in voice.menu.by_id:
        return voice.say("ask_confirm_plain", count=count)
    options = action.get("options") or (line.options if line else {})
    said = {option: value for option, value in options.items() if value is not None}
    return voice.say("ask_confirm", units=voice.units(item, count, said))
