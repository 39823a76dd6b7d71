"""A restaurant's schema as a menu of ours, and orders of that menu as the trees of the dataset.

An intent with a slot for its type becomes one item for each type, any other intent becomes one item. Slots whose values
can be graded or declined become a flag for each value, with levels; other slots become choices. Values that count
(`SHOT(2)`) become counts. Nothing here knows a restaurant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from evals.foodordering.naming import (
    DECLINED,
    NONE,
    ambiguous_words,
    grades,
    item_words,
    level_words,
    portions,
    shelf_words,
    takes_others,
    value_words,
)
from evals.foodordering.schema import NOT, NUMBER, QUANTITY, Intent, Restaurant, Slot, Value
from evals.foodordering.trees import Node
from kiosk.menu import Menu, OptionSetting
from kiosk.ordering import Line

MOST_UNITS = 20
_LEVEL_UNITS = {NONE: 0, "extra": 2}
_COUNTING = frozenset({"single", "double", "triple", "quadruple"})


@dataclass(frozen=True)
class _Sold:
    """What an item stands for."""

    intent: Intent
    type: Value | None


class Converted:
    """A menu of ours with the way back to trees."""

    def __init__(self, restaurant: Restaurant) -> None:
        """Convert a schema."""
        self.restaurant = restaurant
        self._sold = {
            identifier: _Sold(intent, value) for intent in restaurant.intents for identifier, value in _items(intent)
        }
        self._values: dict[str, tuple[str, Value]] = {}
        self._counted: dict[str, tuple[str, str]] = {}
        self._choices: dict[str, tuple[str, dict[str, Value]]] = {}
        self._grades = grades(restaurant)
        self._ambiguous = ambiguous_words(restaurant)
        self._levels = {
            level: {**_named(words), "units": _LEVEL_UNITS.get(level, 1)} for level, words in level_words(self._grades)
        }
        self._groups: dict[str, dict[str, Any]] = {}
        self._shorts: dict[str, dict[str, OptionSetting]] = {}
        self.menu = Menu.model_validate(self._menu())

    def trees(self, lines: Iterable[Line]) -> tuple[Node, ...]:
        """Return the lines of an order as trees."""
        return tuple(self._tree(line) for line in lines)

    def _tree(self, line: Line) -> Node:
        sold = self._sold[line.item]
        children = [Node(NUMBER, value=str(line.quantity))]
        if sold.type is not None and sold.intent.type_slot is not None:
            children.append(sold.type.node(sold.intent.type_slot.name))
        children += [self._feature(option, setting) for option, setting in line.options.items()]
        return Node(sold.intent.name, tuple(children))

    def _feature(self, option: str, setting: OptionSetting) -> Node:
        if option in self._choices:
            slot, values = self._choices[option]
            return values[str(setting)].node(slot)
        if option in self._counted:
            slot, name = self._counted[option]
            units = 1 if isinstance(setting, str) else int(setting)
            return self._graded(Node(slot, (Node(name, value=str(units)),)), setting)
        slot, value = self._values[option]
        return self._graded(value.node(slot), setting)

    def _graded(self, node: Node, setting: OptionSetting) -> Node:
        if not isinstance(setting, str):
            return node
        if setting == NONE:
            return Node(NOT, (node,))
        grade = setting.removeprefix(DECLINED)
        graded = Node("COMPLEX", (Node(QUANTITY, value=self._grades[grade].text), node))
        return graded if grade == setting else Node(NOT, (graded,))

    # -- the menu ----------------------------------------------------------------------------------------------------

    def _menu(self) -> dict[str, Any]:
        taken: set[str] = set()
        items = [self._item(identifier, sold, taken) for identifier, sold in self._sold.items()]
        return {
            "id": slug(self.restaurant.name),
            "names": {"en": self.restaurant.name},
            "currency": "USD",
            "categories": {
                slug(intent.name): {**_named(shelf_words(intent)), "portions": portions(intent)}
                for intent in self.restaurant.intents
            },
            "levels": self._levels,
            "option_groups": self._groups,
            "items": [item for item in items if item is not None],
            "option_combos": [{"alias": alias, "options": options} for alias, options in self._shorts.items()],
        }

    def _item(self, identifier: str, sold: _Sold, taken: set[str]) -> dict[str, Any] | None:
        said = dict.fromkeys(item_words(sold.intent, sold.type, self._ambiguous))
        words = [word for word in said if word.casefold() not in taken]
        if not words:
            return None
        taken.update(word.casefold() for word in words)
        keys = [key for slot in sold.intent.features for key in self._options(sold.intent, slot)]
        return {
            "id": identifier,
            **_named(words),
            "category": slug(sold.intent.name),
            "price": 0,
            "options": list(dict.fromkeys([*keys, *self._beside(sold)])),
        }

    def _options(self, intent: Intent, slot: Slot) -> Iterator[str]:
        """Add the groups of a slot to the menu and yield their keys."""
        if not slot.many and all(value.units() is None for value in slot.values):
            yield self._choice(slot)
            return
        for value in slot.values:
            units = value.units()
            yield self._flag(intent, slot, value) if units is None else self._count(intent, slot, value, *units)

    def _choice(self, slot: Slot) -> str:
        key = slug(slot.name)
        if key not in self._groups:
            values = dict(_identified(slot.values))
            self._choices[key] = slot.name, values
            taken: set[str] = set()
            entries = []
            for identifier, value in values.items():
                said = dict.fromkeys(value_words(slot, value))
                words = [word for word in said if word.casefold() not in taken]
                taken.update(word.casefold() for word in words)
                entries += [{"id": identifier, **_named(words)}] if words else []
            name = slot.name.replace("_", " ").lower()
            self._groups[key] = {"id": key, "kind": "choice", "names": {"en": name}, "values": entries}
        return key

    def _flag(self, intent: Intent, slot: Slot, value: Value) -> str:
        option = f"{slug(slot.name)}_{slug(value.text)}"
        levels = self._levels_of(intent, slot)
        key = "_".join([option, *levels])
        self._values[option] = slot.name, value
        group = {"id": option, "kind": "flag", "default": False, **_named(value_words(slot, value)), "levels": levels}
        self._groups.setdefault(key, group)
        return key

    def _count(self, intent: Intent, slot: Slot, value: Value, name: str, units: int) -> str:
        option = f"{slug(slot.name)}_{slug(name)}"
        levels = self._levels_of(intent, slot)
        key = "_".join([option, *levels])
        self._counted[option] = slot.name, name
        blank = {"id": option, "kind": "count", "names": {"en": name.replace("_", " ").lower()}, "aliases": []}
        group = self._groups.setdefault(key, {**blank, "max": MOST_UNITS, "levels": levels})
        numbers = self._number_words(intent)
        for word in value.words:
            plain = " ".join(part for part in word.split() if part not in numbers | _COUNTING)
            counts = units > 1 and plain == word  # "quad shot": the number is in the word
            if plain and plain not in group["aliases"] and not counts:
                group["aliases"].append(plain)
            if counts or _COUNTING.intersection(word.split()):
                self._shorts[word] = {option: units}
        return key

    def _beside(self, sold: _Sold) -> Iterator[str]:
        """Yield flags for the other types of the intent, where they can be had beside this one."""
        slot = sold.intent.type_slot
        if slot is None or sold.type is None or not takes_others(sold.intent):
            return
        for value in slot.values:
            if value is not sold.type:
                yield self._flag(sold.intent, slot, value)

    def _levels_of(self, intent: Intent, slot: Slot) -> list[str]:
        graded = slot.qualified and intent.slot(QUANTITY) is not None
        declined = slot.negatable and intent.slot(NOT) is not None
        return [level for level in self._levels if _fits(level, graded, declined)]

    @staticmethod
    def _number_words(intent: Intent) -> frozenset[str]:
        slot = intent.slot(NUMBER)
        return frozenset(word for value in (slot.values if slot else ()) for word in value.words)


def slug(name: str) -> str:
    """Return a name as an identifier of ours."""
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return plain if plain[:1].isalpha() else f"n_{plain}"


def _fits(level: str, graded: bool, declined: bool) -> bool:
    """Tell whether a slot whose values can be graded or declined has a level."""
    if level == NONE:
        return declined
    return graded and (declined or not level.startswith(DECLINED))


def _items(intent: Intent) -> Iterator[tuple[str, Value | None]]:
    if intent.type_slot is None:
        yield slug(intent.name), None
        return
    for identifier, value in _identified(intent.type_slot.values):
        yield f"{slug(intent.name)}_{identifier}", value


def _identified(values: Iterable[Value]) -> Iterator[tuple[str, Value]]:
    """Give each value an id of its own; values that only differ in marks are numbered."""
    taken: set[str] = set()
    for value in values:
        base, identifier, number = slug(value.text), slug(value.text), 1
        while identifier in taken:
            number += 1
            identifier = f"{base}_{number}"
        taken.add(identifier)
        yield identifier, value


def _named(words: Iterable[str]) -> dict[str, Any]:
    first, *others = words
    return {"names": {"en": first}, "aliases": others}
