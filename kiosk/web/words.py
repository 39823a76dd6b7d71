"""Taps in words, for the history of a conversation: short, with signs where people read signs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import yaml

from kiosk.menu import Menu, OptionGroup, OptionSetting
from kiosk.ordering import Action, AddItem, ChangeOptions, Order, RemoveItem, ReplaceItem, SetQuantity


def words_of(actions: Sequence[Action], order: Order, menu: Menu, language: str) -> str:
    """Return what a tap does, in the customer's language: `+ Cafe latte ×2 · iced`."""
    return ", ".join(dict.fromkeys(_words(action, order, menu, language) for action in actions))


def _words(action: Action, order: Order, menu: Menu, language: str) -> str:
    match action:
        case AddItem(item=item, quantity=quantity, options=options):
            return _thing(f"+ {_item(menu, item, language)} ×{quantity}", _settings(menu, item, options, language))
        case ReplaceItem(line_id=line_id, item=item, options=options):
            new = _thing(_item(menu, item, language), _settings(menu, item, options, language))
            return f"{_line(order, line_id, menu, language)} → {new}"
        case ChangeOptions(line_id=line_id, options=options):
            line = order.find(line_id)
            settings = _settings(menu, line.item, options, language) if line else []
            return _thing(_line(order, line_id, menu, language), settings)
        case SetQuantity(line_id=line_id, quantity=quantity):
            return f"{_line(order, line_id, menu, language)} ×{quantity}"
        case RemoveItem(line_id=line_id, quantity=quantity):
            return f"− {_line(order, line_id, menu, language)}{f' ×{quantity}' if quantity else ''}"
        case _:
            return _texts()[language][action.type]


def _thing(name: str, settings: Sequence[str]) -> str:
    return " · ".join([name, *settings])


def _line(order: Order, line_id: str, menu: Menu, language: str) -> str:
    line = order.find(line_id)
    return _item(menu, line.item, language) if line else "?"


def _item(menu: Menu, item: str, language: str) -> str:
    return menu.by_id[item].name(language) if item in menu.by_id else "?"


def _settings(menu: Menu, item: str, options: Mapping[str, str | int | bool | None], language: str) -> list[str]:
    if item not in menu.by_id:
        return []
    groups = menu.options_of(item)
    return [_setting(groups[option], value, language) for option, value in options.items() if option in groups]


def _setting(group: OptionGroup, value: OptionSetting | None, language: str) -> str:
    if isinstance(value, str) and value in group.by_id:
        return group.by_id[value].name(language)
    name = group.name(language)
    if value is True:
        return name
    return f"− {name}" if value in (None, False, 0) else f"{name} {value}"


@cache
def _texts() -> dict[str, dict[str, str]]:
    texts: dict[str, dict[str, str]] = yaml.safe_load((files("kiosk.web") / "words.yaml").read_text(encoding="utf-8"))
    return texts
