"""The words of a kiosk's own: what detection takes for the menu, and what traces may show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kiosk.menu import Menu
from kiosk.serving.registry import Registry


def menu_words(menu: Menu) -> frozenset[str]:
    """Return names and aliases of everything on the menu; they are never personal by themselves."""
    named: list[Any] = [*menu.items, *menu.categories.values(), *menu.option_groups.values(), *menu.allergens.values()]
    named += [value for group in menu.option_groups.values() for value in group.values]
    return frozenset(word for entry in named for word in entry.words) | {combo.alias for combo in menu.combos}


def known_ids(menu: Menu, registry: Registry) -> frozenset[str]:
    """Return the ids of the menu and of the endpoints, with the names of their models."""
    return frozenset(_ids(menu)) | {name for it in registry.endpoints.values() for name in (it.id, it.model)}


def _ids(menu: Menu) -> Iterator[str]:
    yield menu.currency
    yield from (item.id for item in menu.items)
    yield from menu.categories
    yield from menu.allergens
    for group in menu.option_groups.values():
        yield group.id
        yield from (value.id for value in group.values)
