"""Answers to a customer's questions, from the menu and the order alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from kiosk.ordering import Order, Question, Rules
from kiosk.replies.asked import Answer, Asked
from kiosk.replies.contents import answer_allergens, answer_caffeine, answer_calories
from kiosk.replies.limits import cannot_have, choices
from kiosk.replies.prices import answer_price, answer_total, extra_range, options_any, prices_of
from kiosk.replies.proposals import list_items, recommend
from kiosk.replies.selection import extremes, is_filtered, nearest
from kiosk.replies.wording import Speaker


def answer(question: Question, order: Order, rules: Rules, voice: Speaker, talk: Sequence[str] = ()) -> Answer:
    """Answer one question.

    Args:
        question: What the customer wants to know.
        order: The order after the turn.
        rules: Menu and stock.
        voice: Who speaks.
        talk: Items that the talk was about, for a question that names none.
    """
    named = tuple(item for item in question.items if item in rules.menu.by_id)
    about = named if named or is_filtered(question) else tuple(item for item in talk if item in rules.menu.by_id)
    asked = Asked(question, about, order, rules, voice)
    if question.text and not named and not is_filtered(question):
        return Answer(_unknown(asked))
    given = _ANSWERS[question.topic](asked)
    return replace(given, text=f"{given.text} {_unknown(asked)}") if question.text else given


def _unknown(asked: Asked) -> str:
    words = asked.voice.quote(asked.question.text)
    return asked.voice.say("unknown_words", words=words) if words else asked.voice.say("unknown")


def _hours_or_place(asked: Asked) -> Answer:
    return Answer(asked.voice.say("unknown"))


def _order(asked: Asked) -> Answer:
    order, voice = asked.order, asked.voice
    if not order.lines:
        return Answer(voice.say("order_empty"))
    key = "order_paid" if order.status == "paid" else "order"
    return Answer(voice.say(key, lines=voice.priced_lines(order), total=voice.total(order)))


def _menu(asked: Asked) -> Answer:
    if is_filtered(asked.question):
        return recommend(asked) if extremes(asked.question) else list_items(asked)
    if asked.question.items:
        return prices_of(asked)
    voice = asked.voice
    shelves = []
    for category in asked.rules.menu.categories:
        items = [item for item in asked.rules.menu.items if item.category == category]
        facts = [
            voice.words.phrases["sold_out_fact"] if asked.rules.is_sold_out(item.id) else voice.money(item.price)
            for item in items
        ]
        listed = [voice.with_fact(voice.name(item.id), fact) for item, fact in zip(items, facts, strict=True)]
        if listed:
            text = voice.words.joins.between.join(listed)
            shelves.append(voice.words.phrase("shelf", category=voice.category(category), items=text))
    return Answer(voice.say("menu", shelves="\n".join(shelves)))


def _options(asked: Asked) -> Answer:
    voice, menu = asked.voice, asked.rules.menu
    wanted = {*asked.question.option_ids, *asked.question.options}

    def of(item: str) -> str:
        offered = menu.options_of(item)
        groups = [group for option, group in offered.items() if not wanted or option in wanted]
        parts = [choices(voice, item, groups)] if groups else []
        refused = (option for option in wanted if option not in offered)
        parts += [cannot_have(voice, item, option, asked.question.options.get(option)) for option in sorted(refused)]
        if not wanted:
            parts += [cannot_have(voice, item, option, None) for option in menu.fixed(item)]
        return " ".join(parts) or voice.say("options_none", item=voice.name(item))

    if asked.items:
        return asked.each(of)
    return Answer(options_any(asked) if wanted else voice.say("options_which"))


def _availability(asked: Asked) -> Answer:
    question, voice, menu = asked.question, asked.voice, asked.rules.menu
    if question.categories or question.tags or question.caffeine or question.without_allergens:
        return list_items(asked)
    if not asked.items:
        wanted = [(option, value) for option, value in question.options.items()]
        parts = [voice.say("available_option", option=voice.setting(option, value)) for option, value in wanted]
        parts += [extra_range(voice, option, value) for option, value in wanted]
        parts += [options_any(asked)] if question.option_ids else []
        return Answer(" ".join(parts) or voice.say("unknown"))

    def of(item: str) -> str:
        if asked.rules.is_sold_out(item):
            other = nearest(asked.rules, item)
            instead = [voice.say("alternatives", items=voice.name(other))] if other else []
            return " ".join([voice.say("sold_out", item=voice.name(item)), *instead])
        if refusals := asked.refusals(item):
            return " ".join(refusals)
        settings = asked.settings(item)
        price = voice.money(menu.unit_price(item, settings))
        return voice.say("available_way" if settings else "available", thing=voice.item(item, settings), price=price)

    others = [other for item in asked.items if asked.rules.is_sold_out(item) if (other := nearest(asked.rules, item))]
    return replace(asked.each(of), topics=tuple(others) or asked.items)


_ANSWERS: Mapping[str, Callable[[Asked], Answer]] = {
    "price": answer_price,
    "total": answer_total,
    "order": _order,
    "menu": _menu,
    "options": _options,
    "availability": _availability,
    "caffeine": answer_caffeine,
    "calories": answer_calories,
    "allergens": answer_allergens,
    "recommend": recommend,
    "hours_or_place": _hours_or_place,
}
