"""What is in an item: caffeine, calories, allergens. What the menu does not state is not stated."""

from __future__ import annotations

from dataclasses import replace

from kiosk.menu import Item
from kiosk.replies.asked import Answer, Asked
from kiosk.replies.proposals import recommend
from kiosk.replies.selection import caffeine_flag, extremes, is_filtered, select, varied

_FEW = 3
_MANY = 12


def answer_caffeine(asked: Asked) -> Answer:
    """Say how much caffeine items have, or which items have none."""
    voice, question = asked.voice, asked.question
    if not asked.items or (question.caffeine and not question.items):
        wanted = question if is_filtered(question) else question.model_copy(update={"caffeine": "free"})
        return recommend(replace(asked, question=wanted))

    def of(item: str) -> str:
        amount = asked.rules.menu.by_id[item].caffeine_mg
        fact = voice.words.phrase("mg", amount=f"{amount:,}")
        said = voice.say("caffeine" if amount else "caffeine_none", item=voice.name(item), fact=fact)
        flag = caffeine_flag(asked.rules.menu, item)
        return f"{said} {voice.say('caffeine_flag', option=voice.setting(flag, True, item))}" if flag else said

    return asked.each(of)


def answer_calories(asked: Asked) -> Answer:
    """Say how many calories items have, or which items have the fewest."""
    voice = asked.voice
    if not asked.items or (extremes(asked.question) and not asked.question.items):
        wanted = asked.question if extremes(asked.question) else asked.question.model_copy(update={"calories": "least"})
        return recommend(replace(asked, question=wanted))
    return asked.each(
        lambda item: voice.say(
            "calories",
            item=voice.name(item),
            fact=voice.words.phrase("kcal", amount=f"{asked.rules.menu.by_id[item].kcal:,}"),
        )
    )


def answer_allergens(asked: Asked) -> Answer:
    """Say what an item contains, or which items contain an allergen, always with a word to ask the staff."""
    voice, menu, question = asked.voice, asked.rules.menu, asked.question
    named = [
        allergen for allergen in (*question.with_allergens, *question.without_allergens) if allergen in menu.allergens
    ]
    if not menu.allergens:
        return Answer(f"{voice.say('allergens_unknown')} {voice.say('disclaimer')}")
    if asked.items:
        given = asked.each(lambda item: _allergens_of(asked, menu.by_id[item], named))
    elif named:
        given = _who_contains(asked, named)
    else:
        given = Answer(voice.say("allergens_which", allergens=voice.allergens(menu.allergens)))
    return replace(given, text=f"{given.text} {voice.say('disclaimer')}")


def _allergens_of(asked: Asked, item: Item, named: list[str]) -> str:
    voice, name = asked.voice, asked.voice.name(item.id)
    found = [allergen for allergen in named if allergen in item.allergens]
    parts = []
    if found:
        parts.append(voice.say("allergens_yes", item=name, allergens=voice.allergens(found)))
    elif named:
        parts.append(voice.say("allergens_no", item=name, allergens=voice.allergens(named)))
    if item.allergens and set(found) != set(item.allergens):
        parts.append(voice.say("allergens", item=name, allergens=voice.allergens(item.allergens)))
    return " ".join(parts) or voice.say("allergens_none", item=name)


def _who_contains(asked: Asked, named: list[str]) -> Answer:
    """Name the items that hold an allergen first, because that is what must not be missed, then some that do not."""
    voice, question = asked.voice, asked.question
    open_question = question.model_copy(update={"with_allergens": (), "without_allergens": ()})
    pool = select(open_question, asked.rules)
    holding = [item for item in pool if not set(named).isdisjoint(item.allergens)]
    others = varied([item for item in pool if set(named).isdisjoint(item.allergens)])
    allergens, many = voice.allergens(named), len(holding) > _MANY
    key = "allergens_in_many" if many else "allergens_in" if holding else "allergens_in_none"
    listed = [voice.name(item.id) for item in holding]
    text = voice.shortened(listed, _FEW) if many else voice.words.join(listed)
    parts = [voice.say(key, allergens=allergens, items=text)]
    if holding and others:
        others = others if many else others[:_FEW]
        names = voice.shortened([voice.name(item.id) for item in others], _MANY)
        parts.append(voice.say("allergens_not_in", allergens=allergens, items=names))
    return Answer(" ".join(parts), tuple(item.id for item in others))
