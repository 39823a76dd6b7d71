"""What the kiosk proposes, and lists of what fits a wish."""

from __future__ import annotations

from kiosk.menu import Item
from kiosk.ordering import Question
from kiosk.replies.asked import Answer, Asked
from kiosk.replies.selection import caffeine_flag, extremes, is_filtered, select, varied
from kiosk.replies.wording import fact_amount

BEST = "best"
"""The tag of items that a kiosk proposes when the customer names no wish."""
_PROPOSALS = 3
_LISTED = 12


def recommend(asked: Asked) -> Answer:
    """Propose a few items that fit the wish, or the best sellers where there is none."""
    voice, question = asked.voice, asked.question
    plain = not is_filtered(question) and not question.items
    wanted = question.model_copy(update={"tags": (BEST,)}) if plain else question
    items = select(wanted, asked.rules) or (select(question, asked.rules) if plain else [])
    notes = [voice.say("disclaimer")] if question.without_allergens or question.with_allergens else []
    if not items:
        known = {tag for item in asked.rules.menu.items for tag in item.tags}.issuperset(question.tags)
        return Answer(" ".join([voice.say("none_found" if known else "unknown"), *notes]))
    chosen = _best_first(items, wanted)[:_PROPOSALS]
    fact = _fact_of(wanted)
    text = voice.words.join([_proposal(asked, item, fact) for item in chosen], choice=not extremes(wanted))
    key = next((f"{wish}_{name}" for name, wish in extremes(wanted)), "recommend")
    key = "recommend_best" if BEST in wanted.tags else key
    return Answer(" ".join([voice.say(key, items=text), *notes]), tuple(item.id for item in chosen))


def list_items(asked: Asked) -> Answer:
    """List the items that fit the filters, with prices."""
    voice, question = asked.voice, asked.question
    items = select(question, asked.rules)
    if not items:
        return Answer(voice.say("none_found"))
    text = voice.shortened([_proposal(asked, item, "price") for item in items], _LISTED)
    topics = tuple(item.id for item in items)
    if len(question.categories) == 1:
        return Answer(voice.say("list_in", category=voice.category(question.categories[0]), items=text), topics)
    return Answer(voice.say("list", items=text), topics)


def _best_first(items: list[Item], question: Question) -> list[Item]:
    """Order proposals: what needs no change before what can be made to fit, best sellers, then variety."""
    if question.caffeine == "free":
        without = [item for item in items if item.caffeine_mg == 0]
        return [*varied(without), *varied([item for item in items if item.caffeine_mg])]
    best = [item for item in items if BEST in item.tags]
    return [*best, *varied([item for item in items if item not in best])] if not extremes(question) else varied(items)


def _fact_of(question: Question) -> str:
    wished = next((name for name, _ in extremes(question)), None)
    return wished or ("caffeine" if question.caffeine in ("low", "high") else "price")


def _proposal(asked: Asked, item: Item, fact: str) -> str:
    """Return an item with the settings that make it fit and the number that matters."""
    voice, settings = asked.voice, asked.settings(item.id)
    flag = caffeine_flag(asked.rules.menu, item.id) if asked.question.caffeine in ("free", "low") else None
    if flag:
        settings, fact = {**settings, flag: True}, "price"
    thing = voice.item(item.id, settings)
    if fact == "price":
        return voice.with_fact(thing, voice.money(asked.rules.menu.unit_price(item.id, settings)))
    unit = {"caffeine": "mg", "calories": "kcal"}[fact]
    return voice.with_fact(thing, voice.words.phrase(unit, amount=f"{fact_amount(item, fact):,}"))
