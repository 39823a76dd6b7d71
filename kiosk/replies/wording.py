"""Names of items, options, prices and order lines in the customer's language, from menu data alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kiosk.menu import Item, Menu, OptionGroup, OptionSetting
from kiosk.ordering import Line, Order, total
from kiosk.replies.language import Language, language_of

_QUOTE_CHARS = 30
_UNSPEAKABLE = re.compile(r"[^\w\s가-힣.,!?'’%+-]|_")
_PERSONAL = re.compile(r"\d[\d\s.,-]{3,}\d|@|://")


@dataclass(frozen=True)
class Speaker:
    """A voice: one menu in one language; `seed` chooses among the variants of a sentence."""

    menu: Menu
    words: Language
    seed: int = 0

    def say(self, key: str, **slots: object) -> str:
        """Return a sentence."""
        return self.words.say(key, self.seed, **slots)

    def money(self, amount: int) -> str:
        """Return an amount of the menu's currency."""
        return self.words.money(amount, self.menu.currency)

    def place(self) -> str:
        """Return the name of the restaurant."""
        return self.menu.names.get(self.words.language) or next(iter(self.menu.names.values()))

    def name(self, item_id: str) -> str:
        """Return the name of an item."""
        return self.menu.by_id[item_id].name(self.words.language)

    def names(self, item_ids: Iterable[str]) -> str:
        """Return the names of items as a list."""
        return self.words.join([self.name(item_id) for item_id in item_ids])

    def item(self, item_id: str, options: Mapping[str, OptionSetting] | None = None) -> str:
        """Return an item with options: 'large iced cafe latte (soy milk)'."""
        lead, rest = self._options(item_id, options or {})
        return self.words.phrase("item", lead=lead, name=self.name(item_id), rest=rest)

    def units(self, item_id: str, quantity: int, options: Mapping[str, OptionSetting] | None = None) -> str:
        """Return a number of items with options: '아이스 카페라떼 라지 3잔'."""
        lead, rest = self._options(item_id, options or {})
        key = "units_one" if quantity == 1 else "units_many"
        slots = {"lead": lead, "name": self.name(item_id), "rest": rest, "counter": self._counter(item_id)}
        return self.words.phrase(key, count=quantity, **slots)

    def line(self, line: Line) -> str:
        """Return the units of an order line."""
        return self.units(line.item, line.quantity, line.options)

    def lines(self, lines: Iterable[Line]) -> str:
        """Return the units of several lines as a list."""
        return self.words.join([self.line(line) for line in lines])

    def priced_lines(self, order: Order) -> str:
        """Return all lines of an order with what each of them costs."""
        prices = (self.menu.unit_price(line.item, line.options) * line.quantity for line in order.lines)
        pairs = zip(order.lines, prices, strict=True)
        return self.words.join(
            [self.words.phrase("line", units=self.line(line), price=self.money(price)) for line, price in pairs]
        )

    def total(self, order: Order) -> str:
        """Return what an order costs."""
        return self.money(total(order, self.menu))

    def with_fact(self, thing: str, fact: str) -> str:
        """Return something with a fact in brackets, in those that it already ends with where it does."""
        if thing.endswith(")"):
            return f"{thing[:-1]}{self.words.joins.between}{fact})"
        return self.words.phrase("with_fact", thing=thing, fact=fact)

    def group(self, option: str, item_id: str | None = None) -> OptionGroup | None:
        """Return an option as an item offers it, else the first of the menu with this id."""
        offered = self.menu.options_of(item_id).get(option) if item_id else None
        return offered or next((group for group in self.menu.option_groups.values() if group.id == option), None)

    def setting(self, option: str, setting: OptionSetting | None, item_id: str | None = None) -> str:
        """Return an option's setting as people say it: a value's name, '샷 추가 2번', 'no whipped cream'."""
        group = self.group(option, item_id)
        if group is None:
            return self.quote(option)
        name = group.name(self.words.language)
        if group.kind == "choice" and isinstance(setting, str) and (value := self._value(option, setting)):
            return value
        if isinstance(setting, str) and (level := self.menu.levels.get(setting)):
            return self.words.phrase("graded", name=name, level=level.name(self.words.language))
        if group.kind == "flag" and isinstance(setting, bool):
            return self.words.phrase("flag_on" if setting else "flag_off", name=name)
        if group.kind == "count" and isinstance(setting, int) and not isinstance(setting, bool):
            key = "count_none" if setting == 0 else "count_one" if setting == 1 else "count_many"
            return self.words.phrase(key, name=name, count=setting)
        return name

    def settings(self, options: Mapping[str, OptionSetting], item_id: str | None = None) -> str:
        """Return several settings as a list."""
        return self.words.join([self.setting(option, value, item_id) for option, value in options.items()])

    def category(self, category_id: str) -> str:
        """Return the name of a category."""
        return self.menu.categories[category_id].name(self.words.language)

    def allergens(self, allergen_ids: Iterable[str]) -> str:
        """Return the names of allergens as a list."""
        known = [self.menu.allergens[allergen] for allergen in allergen_ids if allergen in self.menu.allergens]
        return self.words.join([allergen.name(self.words.language) for allergen in known])

    def shortened(self, parts: Sequence[str], limit: int) -> str:
        """Return a list, cut to `limit` parts with the full count where it is longer."""
        if len(parts) <= limit:
            return self.words.join(parts)
        return self.words.phrase("and_more", items=self.words.joins.between.join(parts[:limit]), count=len(parts))

    def quote(self, text: str | None) -> str:
        """Return the customer's own words, safe to show and short; '' where they could hold personal data."""
        if not text or _PERSONAL.search(text):
            return ""
        visible = "".join(" " if unicodedata.category(char)[0] == "C" else char for char in text)
        plain = " ".join(_UNSPEAKABLE.sub(" ", visible).split()).strip(" .,!?'")
        return plain if len(plain) <= _QUOTE_CHARS else f"{plain[:_QUOTE_CHARS].rstrip()}…"

    def _value(self, option: str, value_id: str) -> str | None:
        groups = (group for group in self.menu.option_groups.values() if group.id == option)
        value = next((group.by_id[value_id] for group in groups if value_id in group.by_id), None)
        return value.name(self.words.language) if value else None

    def _options(self, item_id: str, options: Mapping[str, OptionSetting]) -> tuple[str, str]:
        """Return the settings said before the item's name and those said after it."""
        lead, rest = list[str](), list[tuple[OptionGroup, str]]()
        for option, setting in options.items():
            group = self.menu.options_of(item_id).get(option)
            if group is None:
                continue
            spoken = self.setting(option, setting, item_id)
            if group.required and (self.words.lead == "required" or group.neutral is None):
                lead.append(spoken)
            else:
                rest.append((group, spoken))
        return " ".join(lead), self._rest(rest)

    def _rest(self, rest: Sequence[tuple[OptionGroup, str]]) -> str:
        if not rest:
            return ""
        if len(rest) == 1 and rest[0][0].kind == "choice":
            return self.words.phrase("rest_one", option=rest[0][1])
        return self.words.phrase("rest_many", options=self.words.joins.between.join(spoken for _, spoken in rest))

    def _counter(self, item_id: str) -> str:
        return self.menu.counter(item_id, self.words.language) or self.words.counter


def speaker(menu: Menu, language: str, seed: int = 0) -> Speaker:
    """Return a voice for a menu in a language."""
    return Speaker(menu, language_of(language), seed)


def fact_amount(item: Item, fact: str) -> int:
    """Return a number that the menu gives for an item, by the name of the filter that sorts by it."""
    return {"caffeine": item.caffeine_mg, "calories": item.kcal, "price": item.price}[fact]
