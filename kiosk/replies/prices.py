"""What things cost: items with options, options alone, and the order."""

from __future__ import annotations

from dataclasses import replace

from kiosk.menu import OptionSetting
from kiosk.replies.asked import Answer, Asked
from kiosk.replies.limits import described
from kiosk.replies.proposals import list_items, recommend
from kiosk.replies.selection import extremes
from kiosk.replies.wording import Speaker


def answer_price(asked: Asked) -> Answer:
    """Say what the items, the options or the order cost, whatever the question names."""
    question = asked.question
    if extremes(question):
        return recommend(asked)
    if question.items and asked.items:
        return prices_of(asked)
    if question.categories or question.not_categories or question.tags:
        return list_items(asked)
    if question.options or question.option_ids:
        return Answer(_extra_prices(asked))
    if asked.order.lines:
        return answer_total(asked)
    return prices_of(asked) if asked.items else Answer(asked.voice.say("price_which"))


def answer_total(asked: Asked) -> Answer:
    """Say what the order costs so far."""
    order, voice = asked.order, asked.voice
    if not order.lines:
        return Answer(voice.say("order_empty"))
    return Answer(voice.say("total", total=voice.total(order)))


def prices_of(asked: Asked) -> Answer:
    """Say what each item costs, what all of them cost together, and what the options add."""
    menu, voice, items = asked.rules.menu, asked.voice, asked.items
    counts = dict(zip(items, asked.question.quantities, strict=False))
    settings = {item: asked.settings(item) for item in items}
    amounts = {item: menu.unit_price(item, settings[item]) * counts.get(item, 1) for item in items}
    refusals = [refusal for item in items for refusal in asked.refusals(item)]
    notes = [_extra(voice, item, option, value) for item in items for option, value in settings[item].items()]
    prices = []
    for item in items:
        price = voice.money(amounts[item])
        if counts.get(item, 1) > 1:
            prices.append(voice.say("price_units", units=voice.units(item, counts[item], settings[item]), price=price))
        else:
            prices.append(voice.say("price", thing=voice.item(item, settings[item]), price=price))
            notes += [] if settings[item] else _on_order(asked, item)
    if len(items) > 1 and counts:
        prices.append(voice.say("price_sum", price=voice.money(sum(amounts.values()))))
    said = [*refusals, *prices, *dict.fromkeys(note for note in notes if note)]
    return Answer(" ".join(said), items)


def _on_order(asked: Asked, item_id: str) -> list[str]:
    """Say what an item costs as it stands on the order, where that is not its plain price."""
    base = asked.rules.menu.by_id[item_id].price
    lines = tuple(line for line in asked.order.lines if line.item == item_id)
    costs = [asked.rules.menu.unit_price(line.item, line.options) * line.quantity for line in lines]
    if costs in ([], [base]):
        return []
    return [asked.voice.say("price_on_order", lines=asked.voice.priced_lines(replace(asked.order, lines=lines)))]


def _extra(voice: Speaker, item_id: str, option: str, value: OptionSetting) -> str:
    """Say what an option adds to an item's price; '' where it is the way the item comes anyway."""
    group = voice.menu.options_of(item_id)[option]
    extra = group.extra_price(value)
    if not extra or value == group.neutral:
        return ""
    return voice.say("price_extra", option=voice.setting(option, value, item_id), price=voice.money(extra))


def _extra_prices(asked: Asked) -> str:
    voice, question = asked.voice, asked.question
    parts = [extra_range(voice, option, value) for option, value in question.options.items()]
    return " ".join([*parts, *([options_any(asked)] if question.option_ids else [])])


def extra_range(voice: Speaker, option: str, value: OptionSetting) -> str:
    """Say what an option adds to whatever it is chosen for."""
    groups = [group for group in voice.menu.option_groups.values() if group.id == option and group.accepts(value)]
    chosen = [group for group in groups if group.neutral != value] or groups
    extras = sorted({group.extra_price(value) for group in chosen})
    name = voice.setting(option, value)
    if not extras:
        return voice.say("option_not_offered_here", option=name)
    if extras[-1] == 0:
        return voice.say("price_extra_none", option=name)
    low, high = voice.money(extras[0]), voice.money(extras[-1])
    return voice.say("price_extra_range" if low != high else "price_extra", option=name, price=low, low=low, high=high)


def options_any(asked: Asked) -> str:
    """Say which values an option has, wherever it is offered."""
    voice = asked.voice
    groups = [
        group
        for option in (*asked.question.option_ids, *asked.question.options)
        for group in [voice.group(option)]
        if group
    ]
    if not groups:
        return voice.say("unknown")
    listed = voice.words.joins.between.join(dict.fromkeys(described(voice, group) for group in groups))
    return voice.say("options_any", options=listed)
