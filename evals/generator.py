"""Conversations made from any menu: what is said and what must then be on the cart come from one and the same order.

The cart is kept with the kiosk's own pure operations, so it is legal and priced; the words are the menu's own, put into
the templates of a language (`evals.phrasing`). The same seed gives the same conversations.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from evals.phrasing import Phrasing, phrasing
from evals.suite import Conversation, ExpectedLine, Turn
from kiosk.menu import Item, Menu, OptionGroup, OptionSetting
from kiosk.menu.model import Named
from kiosk.ordering import Order, OrderError, Rules, to_state
from kiosk.ordering.operations import add_item, change_options, remove_item, request_payment, set_quantity, settle
from kiosk.ordering.order import missing_options

_MOST_QUANTITY, _MOST_UNITS, _MOST_TURNS, _MOST_DOSES = 5, 3, 4, 3
_SAYS_REQUIRED, _SAYS_OTHER, _SAYS_ALIAS, _SINGLE = 0.85, 0.15, 0.3, 0.6


def generate(menu: Menu, seed: int, count: int, language: str) -> Iterator[Conversation]:
    """Yield conversations.

    Args:
        menu: Any menu.
        seed: The same seed gives the same conversations.
        count: How many.
        language: A language that `evals.phrasing` has templates for.
    """
    for number in range(count):
        talk = _Talk(menu, random.Random(f"{seed}-{number}-{language}"), phrasing(language))
        turns = tuple(talk.turns())
        identity = f"generated-{menu.id}-{language}-{seed}-{number:04d}"
        yield Conversation(id=identity, lang=language, tags=("generated", *talk.tags), turns=turns)


@dataclass(frozen=True)
class _Unit:
    """Something ordered: how many of which item with which options."""

    item: Item
    quantity: int
    options: dict[str, OptionSetting]


@dataclass
class _Talk:
    """One customer: the order so far, and the items that were not spoken of yet."""

    menu: Menu
    chance: random.Random
    words: Phrasing
    tags: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rules = Rules(self.menu)
        self.order = Order("generated")
        self.left = [item for item in self.menu.items if not item.sold_out and self.words.is_own(self._name(item))]
        self.chance.shuffle(self.left)

    def turns(self) -> Iterator[Turn]:
        """Yield what is said, each with the cart that must follow."""
        kinds = (("more", self._more), ("remove", self._remove), ("quantity", self._quantity), ("option", self._option))
        yield self._turn("order", self._order("order"))
        for _ in range(self.chance.randrange(_MOST_TURNS)):
            kind, say = self.chance.choice(kinds)
            if said := say():
                yield self._turn(kind, said)
        if not any(missing_options(self.menu, line.item, line.options) for line in self.order.lines):
            self.order = request_payment(self.order, self.rules)
            yield self._turn("pay", self._say("pay"))

    def _turn(self, kind: str, text: str) -> Turn:
        if kind not in self.tags:
            self.tags.append(kind)
        lines = (
            ExpectedLine(item=line["item"], quantity=line["quantity"], options=line["options"])
            for line in to_state(self.order, self.menu)["lines"]
        )
        return Turn(user=text, order=tuple(lines), status=self.order.status)

    def _say(self, key: str, **slots: object) -> str:
        return self.words.fill(self.chance.choice(self.words.templates(key)), **slots)

    # What is done

    def _order(self, key: str) -> str:
        units = [self._unit(self.left.pop()) for _ in range(min(len(self.left), self.chance.randint(1, _MOST_UNITS)))]
        for unit in units:
            self.order = add_item(self.order, self.rules, unit.item.id, unit.quantity, unit.options)
        return self._say(key, units=self._joined([self._spoken(unit) for unit in units]))

    def _more(self) -> str:
        return self._order("more") if self.left else ""

    def _remove(self) -> str:
        if len(self.order.lines) < 2:
            return ""
        line = self.chance.choice(self.order.lines)
        self.order = remove_item(self.order, line.line_id)
        return self._say("remove", name=self._name(self.menu.by_id[line.item]))

    def _quantity(self) -> str:
        line = self.chance.choice(self.order.lines)
        quantity = self.chance.choice([number for number in range(2, _MOST_QUANTITY + 1) if number != line.quantity])
        self.order = set_quantity(self.order, self.rules, line.line_id, quantity)
        return self._say("quantity", name=self._name(self.menu.by_id[line.item]), **self._number(line.item, quantity))

    def _option(self) -> str:
        """Change a choice of a line that offers one, to a value that it does not have."""
        line = self.chance.choice(self.order.lines)
        choices = [group for group in self.menu.options_of(line.item).values() if group.kind == "choice"]
        choices = [group for group in choices if _is_possible(self.menu, line.item, group, dict(line.options))]
        if not choices:
            return ""
        group = self.chance.choice(choices)
        present = line.options.get(group.id, group.neutral)
        value = self.chance.choice([value for value in group.values if value.id != present])
        try:
            self.order = change_options(self.order, self.rules, line.line_id, {group.id: value.id})
        except OrderError:
            return ""
        return self._say("option", name=self._name(self.menu.by_id[line.item]), value=self._name(value))

    # How it is said

    def _unit(self, item: Item) -> _Unit:
        quantity = 1 if self.chance.random() < _SINGLE else self.chance.randint(2, _MOST_QUANTITY)
        options: dict[str, OptionSetting] = {}
        for group in self.menu.options_of(item.id).values():
            said = _SAYS_REQUIRED if group.required and group.neutral is None else _SAYS_OTHER
            if self.chance.random() < said and _is_possible(self.menu, item.id, group, options):
                options[group.id] = self._setting(group)
        return _Unit(item, quantity, options if self._is_legal(item, options) else {})

    def _is_legal(self, item: Item, options: dict[str, OptionSetting]) -> bool:
        try:
            settle(self.rules, item.id, {}, options)
        except OrderError:
            return False
        return not self.menu.is_excluded(item.id, options)

    def _setting(self, group: OptionGroup) -> OptionSetting:
        if group.kind == "choice":
            return self.chance.choice([value.id for value in group.values if value.id != group.neutral])
        if group.kind == "flag":
            return not group.default
        return self.chance.randint(group.min + 1, min(group.max, group.min + _MOST_DOSES))

    def _spoken(self, unit: _Unit) -> str:
        groups = self.menu.options_of(unit.item.id)
        lead: list[str] = []
        extras: list[str] = []
        for option, setting in unit.options.items():
            if groups[option].required and groups[option].kind == "choice":
                lead.append(self._name(groups[option].by_id[str(setting)]))
            else:
                extras.append(self._extra(groups[option], setting))
        slots = {"lead": " ".join(lead), "name": self._alias(unit.item), **self._number(unit.item.id, unit.quantity)}
        together = self.words.fill(self.words.with_, parts=self.words.joins.with_.join(extras)) if extras else ""
        return self._say("unit_single" if unit.quantity == 1 else "unit", **{**slots, "with": together})

    def _extra(self, group: OptionGroup, setting: OptionSetting) -> str:
        if group.kind == "choice":
            return self._say("value", value=self._name(group.by_id[str(setting)]))
        if group.kind == "flag":
            return self._say("flag_on" if setting else "flag_off", name=self._name(group))
        return self._say("count_one" if setting == 1 else "count_many", name=self._name(group), count=setting)

    def _joined(self, units: list[str]) -> str:
        if len(units) < 2:
            return "".join(units)
        between, last = self.chance.choice(self.words.joins.between), self.chance.choice(self.words.joins.last)
        return between.join(units[:-1]) + last + units[-1]

    def _number(self, item_id: str, quantity: int) -> dict[str, object]:
        return {"number": self.words.numbers[quantity], "digit": quantity, "counter": self._counter(item_id)}

    def _counter(self, item_id: str) -> str:
        return self.menu.counter(item_id, self.words.language) or self.words.counter

    def _name(self, named: Named) -> str:
        return named.name(self.words.language)

    def _alias(self, item: Item) -> str:
        """Return a name of an item; not one that says an option as well, because the options are said beside it."""
        if self.chance.random() >= _SAYS_ALIAS:
            return self._name(item)
        groups = self.menu.options_of(item.id).values()
        values = [word.casefold() for group in groups for value in group.values for word in value.words]
        plain = [word for word in item.words if self.words.is_own(word) and not _says_any(word, values)]
        return self.chance.choice([self._name(item), *plain])


def _says_any(word: str, values: list[str]) -> bool:
    squeezed = word.casefold().replace(" ", "")
    return any(squeezed.startswith(value.replace(" ", "")) for value in values)


def _is_possible(menu: Menu, item_id: str, group: OptionGroup, options: dict[str, OptionSetting]) -> bool:
    """Tell whether an option makes sense with the others: what it requires holds, and nothing excludes it."""
    groups, fixed = menu.options_of(item_id), menu.fixed(item_id)
    for needed, setting in group.requires.items():
        neutral = groups[needed].neutral if needed in groups else None
        if options.get(needed, fixed.get(needed, neutral)) != setting:
            return False
    taken = {groups[option].exclusive for option in options}
    return group.exclusive is None or group.exclusive not in taken
