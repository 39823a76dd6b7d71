"""The menu as a page needs it: every option that an item really offers, with its prices, and nothing to compute."""

from __future__ import annotations

from typing import Any

from kiosk.menu import Item, Menu, OptionGroup
from kiosk.ordering import Rules


def menu_view(rules: Rules) -> dict[str, Any]:
    """Return the menu; categories without items of their own are left out."""
    menu = rules.menu
    shelves = {item.category for item in menu.items}
    return {
        "id": menu.id,
        "version": menu.version,
        "names": dict(menu.names),
        "currency": menu.currency,
        "categories": [
            {"id": category.id, "names": dict(category.names)}
            for category in menu.categories.values()
            if category.id in shelves
        ],
        "items": [_item(item, rules) for item in menu.items],
    }


def _item(item: Item, rules: Rules) -> dict[str, Any]:
    menu = rules.menu
    return {
        "id": item.id,
        "category": item.category,
        "names": dict(item.names),
        "price": item.price,
        "sold_out": rules.is_sold_out(item.id),
        "tags": list(item.tags),
        "kcal": item.kcal,
        "caffeine_mg": item.caffeine_mg,
        "allergens": [dict(menu.allergens[allergen].names) for allergen in item.allergens],
        "fixed": menu.fixed(item.id),
        "fixed_names": _fixed_names(item.id, menu),
        "options": [_option(group) for group in menu.options_of(item.id).values()],
        "picture": f"/pictures/{item.id}.svg",
    }


def _fixed_names(item_id: str, menu: Menu) -> list[dict[str, str]]:
    """Return the names of settings that an item always has."""
    groups = {group.id: group for group in menu.option_groups.values()}
    return [dict(groups[option].by_id[str(value)].names) for option, value in menu.fixed(item_id).items()]


def _option(group: OptionGroup) -> dict[str, Any]:
    return {
        "id": group.id,
        "names": dict(group.names),
        "kind": group.kind,
        "required": group.required,
        "default": group.neutral,
        "requires": dict(group.requires),
        "values": [{"id": value.id, "names": dict(value.names), "price": value.price} for value in group.values],
        "price": group.price,
        "price_each": group.price_each,
        "min": group.min,
        "max": group.max,
    }
