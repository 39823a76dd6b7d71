"""Which items of the menu a question is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import zip_longest

from kiosk.menu import Item, Menu, OptionSetting
from kiosk.ordering import Question, Rules
from kiosk.replies.wording import fact_amount

FACTS = ("caffeine", "calories", "price")
_LOW_SHARE, _HIGH_SHARE = 4, 0.75


def select(question: Question, rules: Rules) -> list[Item]:
    """Return the items that fit a question's filters, best first, those that are sold out left out."""
    menu = rules.menu
    pool = [menu.by_id[item] for item in question.items if item in menu.by_id] or list(menu.items)
    fitting = [item for item in pool if not rules.is_sold_out(item.id) and _fits(item, question, menu)]
    if question.caffeine in ("free", "low", "high"):
        fitting = _by_caffeine(fitting, question.caffeine, menu)
    for fact, wanted in extremes(question):
        return _extreme(fitting, fact, wanted)
    return fitting


def extremes(question: Question) -> list[tuple[str, str]]:
    """Return what a question wants most or least of."""
    wishes = ((fact, getattr(question, fact)) for fact in FACTS)
    return [(fact, wish) for fact, wish in wishes if wish in ("most", "least")]


def is_filtered(question: Question) -> bool:
    """Tell whether a question narrows the menu by anything but items."""
    filters = (question.categories, question.not_categories, question.without_allergens, question.with_allergens)
    wishes = (question.tags, question.options, question.option_ids, question.caffeine, extremes(question))
    return any(filters) or any(wishes)


def varied(items: Sequence[Item]) -> list[Item]:
    """Return items so that the first ones come from different categories."""
    shelves: dict[str, list[Item]] = {}
    for item in items:
        shelves.setdefault(item.category, []).append(item)
    return [item for row in zip_longest(*shelves.values()) for item in row if item is not None]


def offers(menu: Menu, item_id: str, option: str, setting: OptionSetting | None = None) -> bool:
    """Tell whether an item comes with an option (in this setting), chosen or fixed."""
    group = menu.options_of(item_id).get(option)
    if group is None:
        return setting is not None and menu.fixed(item_id).get(option) == setting
    return setting is None or group.accepts(setting)


def caffeine_flag(menu: Menu, item_id: str) -> str | None:
    """Return the option that takes the caffeine out of an item."""
    if menu.by_id[item_id].caffeine_mg == 0:
        return None
    return next((group.id for group in menu.options_of(item_id).values() if group.caffeine_free), None)


def nearest(rules: Rules, item_id: str) -> str | None:
    """Return what to offer in the place of an item: of its category, by price."""
    item = rules.menu.by_id[item_id]
    others = [other for other in rules.menu.items if other.category == item.category and other.id != item_id]
    sellable = [other for other in others if not rules.is_sold_out(other.id)]
    closest = min(sellable, key=lambda other: abs(other.price - item.price), default=None)
    return closest.id if closest else None


def _fits(item: Item, question: Question, menu: Menu) -> bool:
    def within(categories: Iterable[str]) -> bool:
        return any(menu.belongs(item.id, category) for category in categories)

    contained = set(item.allergens)
    return (
        (not question.categories or within(question.categories))
        and not within(question.not_categories)
        and contained.isdisjoint(question.without_allergens)
        and contained.issuperset(question.with_allergens)
        and set(item.tags).issuperset(question.tags)
        and all(offers(menu, item.id, option, setting) for option, setting in question.options.items())
        and all(offers(menu, item.id, option) for option in question.option_ids)
    )


def _by_caffeine(items: list[Item], wanted: str, menu: Menu) -> list[Item]:
    """Return items without caffeine first and then those that can be made so, or those with little or much of it."""
    if wanted == "free":
        without = [item for item in items if item.caffeine_mg == 0]
        return [*without, *(item for item in items if caffeine_flag(menu, item.id))]
    most = max((item.caffeine_mg for item in menu.items), default=0)
    if wanted == "low":
        low = [item for item in items if item.caffeine_mg * _LOW_SHARE <= most]
        return low or _by_caffeine(items, "free", menu)
    return [item for item in items if item.caffeine_mg >= most * _HIGH_SHARE]


def _extreme(items: list[Item], fact: str, wanted: str) -> list[Item]:
    """Return the items that share the highest or lowest amount."""
    best: Callable[[Iterable[int]], int] = max if wanted == "most" else min
    amounts = [fact_amount(item, fact) for item in items]
    return [item for item in items if fact_amount(item, fact) == best(amounts)]
