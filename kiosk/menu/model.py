"""The menu: what is sold, with which options, at which price.

Everything the agent knows about food and drink comes from this model; no item or option word lives in code.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

OptionSetting = str | int | bool
"""A chosen option: a value id (choice), a number of units (count), on/off (flag), or the id of a level (extra)."""


def _nfc(text: str) -> str:
    normal = unicodedata.normalize("NFC", text).strip()
    if not normal:
        raise ValueError("must not be empty; write the word customers use or remove the entry")
    return normal


Text = Annotated[str, AfterValidator(_nfc)]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Won = Annotated[int, Field(strict=True, ge=0, description="integer minor units of the menu's currency")]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Named(_Entry):
    """Something with a display name per language (ISO 639-1 code -> name) and other words customers use for it."""

    names: Mapping[str, Text] = Field(min_length=1)
    aliases: tuple[Text, ...] = ()

    def name(self, language: str) -> str:
        """Return the display name in `language`, or in the first language the menu file gives."""
        return self.names.get(language) or next(iter(self.names.values()))

    @property
    def words(self) -> tuple[str, ...]:
        """All names and aliases, each once, in file order."""
        return tuple(dict.fromkeys((*self.names.values(), *self.aliases)))


class Category(Named):
    """A shelf of the menu; `parent` groups shelves (coffee and tea are drinks).

    `counters` are the words that count its items, per language (잔 for drinks); the shelves below inherit them.
    `portions` are words that customers put before its items beside those that every language has (side of).
    """

    id: Identifier
    parent: str | None = None
    counters: Mapping[str, Text] = Field(default_factory=dict)
    portions: tuple[Text, ...] = ()


class Allergen(Named):
    """An allergen that items may contain."""

    id: Identifier


class OptionValue(Named):
    """One value of a choice option."""

    id: Identifier
    price: Won = 0


class Level(Named):
    """A graded amount of an option in place of a number: none, less, extra; it costs as much as `units` units.

    The ids `none`, `less` and `extra` are what every language pack has words for; names and aliases add the menu's own.
    """

    id: Identifier
    units: int = Field(default=1, ge=0)


class OptionGroup(Named):
    """An option that items may offer.

    `kind` is `choice` (one of `values`), `count` (`min`..`max` units at `price_each`) or `flag` (on/off at `price`).
    `required` choices without a `default` must be asked for. `requires` names option settings that must hold for this
    option to make sense (ice needs an iced drink). `questions` ask for a required option in the menu's own words.
    `caffeine_free` marks a flag that takes the caffeine out of an item. A count or a flag may also be set to one of
    `levels` ("extra foam", "no foam"); `units` are the words that count it (pump). Of the options that name the same
    `exclusive` set an item has one at most (a milk, for here or to go): the one chosen last.
    """

    key: Identifier
    id: Identifier
    kind: Literal["choice", "count", "flag"]
    required: bool = False
    default: str | bool | None = None
    requires: Mapping[str, OptionSetting] = Field(default_factory=dict)
    questions: Mapping[str, Text] = Field(default_factory=dict)
    caffeine_free: bool = False
    values: tuple[OptionValue, ...] = ()
    price: Won = 0
    price_each: Won = 0
    min: int = Field(default=0, ge=0)
    max: int = Field(default=1, ge=1)
    levels: tuple[str, ...] = ()
    units: tuple[Text, ...] = ()
    exclusive: Identifier | None = None

    @model_validator(mode="before")
    @classmethod
    def _id_is_key(cls, data: Any) -> Any:
        return {"id": data.get("key"), **data} if isinstance(data, dict) else data

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        ids = [value.id for value in self.values]
        if repeated := _repeated(ids):
            raise ValueError(f"values: id '{repeated}' is given twice; ids must be unique within the option")
        if self.kind == "choice" and not ids:
            raise ValueError("values: a choice needs at least one value")
        if self.kind != "choice" and ids:
            raise ValueError(f"values: only a choice has values, this option is a {self.kind}")
        if self.kind == "choice" and self.default is not None and self.default not in ids:
            raise ValueError(f"default: '{self.default}' is not one of the values {', '.join(ids)}")
        if self.kind == "flag" and not isinstance(self.default, bool):
            raise ValueError("default: a flag needs true or false")
        if self.caffeine_free and self.kind != "flag":
            raise ValueError(f"caffeine_free: only a flag can be caffeine free, this option is a {self.kind}")
        if self.min > self.max:
            raise ValueError(f"min: {self.min} is above max {self.max}")
        if self.kind == "choice" and self.levels:
            raise ValueError("levels: a choice has values instead; give the levels as values")
        words = [word.casefold() for value in self.values for word in value.words]
        if repeated := _repeated(words):
            raise ValueError(f"values: '{repeated}' names two values; customers could not tell them apart")
        return self

    @cached_property
    def by_id(self) -> Mapping[str, OptionValue]:
        """Values by id."""
        return {value.id: value for value in self.values}

    @property
    def neutral(self) -> OptionSetting | None:
        """The setting an order line has when the customer says nothing (None: must be asked)."""
        return self.min if self.kind == "count" else self.default

    def accepts(self, setting: OptionSetting) -> bool:
        """Tell whether `setting` has the right type and lies in range for this option."""
        if self.kind == "choice":
            return isinstance(setting, str) and setting in self.by_id
        if isinstance(setting, str):
            return setting in self.levels
        if self.kind == "flag" or isinstance(setting, bool):
            return self.kind == "flag" and isinstance(setting, bool)
        return self.min <= setting <= self.max

    def extra_price(self, setting: OptionSetting, levels: Mapping[str, Level] | None = None) -> int:
        """Return what `setting` adds to the unit price, in minor units; `levels` are the menu's."""
        if self.kind == "choice":
            return self.by_id[str(setting)].price
        if isinstance(setting, str):
            return (self.price_each or self.price) * (levels or {})[setting].units
        return self.price_each * int(setting) if self.kind == "count" else self.price * bool(setting)


class Item(Named):
    """Something sold.

    `only` narrows an option to some of its values; one value fixes it (a cold brew is iced), and nobody asks for it.
    `excluded` are forms that are not sold: settings that cannot come together, defaults included (iced and short).
    """

    id: Identifier
    category: str
    price: Won
    options: tuple[str, ...] = ()
    only: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    excluded: tuple[Mapping[str, OptionSetting], ...] = ()
    caffeine_mg: int = Field(default=0, ge=0)
    kcal: int = Field(default=0, ge=0)
    allergens: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    sold_out: bool = False


class Combo(_Entry):
    """A short word for `quantity` units of an item with options (an iced americano in one word)."""

    alias: Text
    item: str
    options: Mapping[str, OptionSetting] = Field(default_factory=dict)
    quantity: int = Field(default=1, ge=1)


class OptionCombo(_Entry):
    """A short word for options (one and one: a cream and a sugar); it fits every item that offers all of them."""

    alias: Text
    options: Mapping[str, OptionSetting] = Field(min_length=1)


class Menu(_Entry):
    """A validated menu. Build it with `kiosk.menu.load_menu`."""

    id: Identifier
    version: int = Field(default=1, ge=1)
    names: Mapping[str, Text]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217")]
    categories: Mapping[str, Category]
    allergens: Mapping[str, Allergen] = Field(default_factory=dict)
    option_groups: Mapping[str, OptionGroup] = Field(default_factory=dict)
    items: tuple[Item, ...] = Field(min_length=1)
    combos: tuple[Combo, ...] = ()
    option_combos: tuple[OptionCombo, ...] = ()
    levels: Mapping[str, Level] = Field(default_factory=dict)

    @field_validator("categories", "allergens", "levels", mode="before")
    @classmethod
    def _id_from_key(cls, entries: Any) -> Any:
        return _with_key(entries, "id")

    @field_validator("option_groups", mode="before")
    @classmethod
    def _group_key(cls, entries: Any) -> Any:
        return _with_key(entries, "key")

    @field_validator("categories")
    @classmethod
    def _known_parent(cls, categories: Mapping[str, Category], _: ValidationInfo) -> Mapping[str, Category]:
        for category in categories.values():
            if category.parent is not None and category.parent not in categories:
                raise ValueError(f"{category.id}.parent: unknown category '{category.parent}'")
        for category in categories.values():
            seen, current = {category.id}, category.parent
            while current is not None:
                if current in seen:
                    raise ValueError(f"{category.id}.parent: '{category.parent}' leads back to '{category.id}'")
                seen.add(current)
                current = categories[current].parent
        return categories

    @model_validator(mode="after")
    def _references(self) -> Self:
        if repeated := _repeated([item.id for item in self.items]):
            raise ValueError(f"items: id '{repeated}' is given twice; ids must be unique")
        for key, group in self.option_groups.items():
            self._check_requires(key, group)
            for level in group.levels:
                if level not in self.levels:
                    raise ValueError(f"option_groups.{key}.levels: unknown level '{level}'; add it to levels")
        for item in self.items:
            self._check_item(item)
        for combo in self.combos:
            self._check_combo(combo)
        for short in self.option_combos:
            self._check_option_combo(short)
        self._check_words()
        return self

    def _check_requires(self, key: str, group: OptionGroup) -> None:
        for needed, setting in group.requires.items():
            named = [other for other in self.option_groups.values() if other.id == needed and other is not group]
            if not any(other.accepts(setting) for other in named):
                raise ValueError(f"option_groups.{key}.requires: no other option group has {needed}={setting!r}")
            if any(group.id in other.requires for other in named):
                raise ValueError(f"option_groups.{key}.requires: '{needed}' needs '{group.id}' in turn; remove one")

    def _check_item(self, item: Item) -> None:
        def fail(field: str, problem: str) -> None:
            raise ValueError(f"items.{item.id}.{field}: {problem}")

        if item.category not in self.categories:
            fail("category", f"unknown category '{item.category}'; known: {', '.join(self.categories)}")
        for key in item.options:
            if key not in self.option_groups:
                fail("options", f"unknown option group '{key}'; known: {', '.join(self.option_groups)}")
        if repeated := _repeated([self.option_groups[key].id for key in item.options]):
            fail("options", f"option '{repeated}' is offered twice")
        for allergen in item.allergens:
            if allergen not in self.allergens:
                fail("allergens", f"unknown allergen '{allergen}'; known: {', '.join(self.allergens)}")
        for option, values in item.only.items():
            groups = [group for group in self.option_groups.values() if group.id == option]
            if not groups or any(value not in group.by_id for group in groups for value in values) or not values:
                fail("only", f"'{option}: {list(values)}' names no value of an option group")
            if len(values) > 1 and option not in [self.option_groups[key].id for key in item.options]:
                fail("only", f"'{option}' leaves a choice of {list(values)}; add '{option}' to options")
        for form in item.excluded:
            for option, setting in form.items():
                if not any(group.id == option and group.accepts(setting) for group in self.option_groups.values()):
                    fail("excluded", f"no option group has {option}={setting!r}")

    def _check_combo(self, combo: Combo) -> None:
        item = self.by_id.get(combo.item)
        if item is None:
            raise ValueError(f"combos.{combo.alias}.item: unknown item '{combo.item}'")
        offered = self.options_of(item.id)
        for option, setting in combo.options.items():
            if option not in offered or not offered[option].accepts(setting):
                raise ValueError(f"combos.{combo.alias}.options: {item.id} does not offer {option}={setting!r}")

    def _check_option_combo(self, combo: OptionCombo) -> None:
        for option, setting in combo.options.items():
            if not any(group.id == option and group.accepts(setting) for group in self.option_groups.values()):
                raise ValueError(f"option_combos.{combo.alias}.options: no option group has {option}={setting!r}")

    def _check_words(self) -> None:
        owner: dict[str, str] = {}
        entries = [(word, item.id) for item in self.items for word in item.words]
        entries += [(combo.alias, f"combo {combo.alias}") for combo in self.combos]
        for word, owned_by in entries:
            other = owner.setdefault(word.casefold(), owned_by)
            if other != owned_by:
                raise ValueError(f"items.{owned_by}.aliases: '{word}' is already a name of {other}; keep it at one")
        if repeated := _repeated([combo.alias.casefold() for combo in self.combos]):
            raise ValueError(f"combos: alias '{repeated}' is given twice")

    @cached_property
    def by_id(self) -> Mapping[str, Item]:
        """Items by id."""
        return {item.id: item for item in self.items}

    @cached_property
    def _options(self) -> Mapping[str, Mapping[str, OptionGroup]]:
        return {item.id: {group.id: group for group in self._choices(item)} for item in self.items}

    def _choices(self, item: Item) -> Iterator[OptionGroup]:
        """Yield the groups that leave the customer a choice, with only the values that the item has."""
        for group in (self.option_groups[key] for key in item.options):
            left = tuple(value for value in group.values if value.id in item.only.get(group.id, group.by_id))
            if len(left) == len(group.values):
                yield group
            elif len(left) > 1:
                default = group.default if group.default in item.only[group.id] else None
                yield OptionGroup.model_validate({**group.model_dump(), "values": left, "default": default})

    def options_of(self, item_id: str) -> Mapping[str, OptionGroup]:
        """Return the option groups an item offers, by option id, in menu order."""
        return self._options[item_id]

    def in_category(self, category_id: str) -> Iterator[Item]:
        """Yield the items of a category and of the categories below it."""
        return (item for item in self.items if self.belongs(item.id, category_id))

    def belongs(self, item_id: str, category_id: str) -> bool:
        """Tell whether an item stands in a category or below it."""
        return any(shelf.id == category_id for shelf in self.shelves(item_id))

    def shelves(self, item_id: str) -> Iterator[Category]:
        """Yield the shelf an item stands on and those above it, nearest first."""
        current: str | None = self.by_id[item_id].category
        while current is not None:
            shelf = self.categories[current]
            yield shelf
            current = shelf.parent

    def counter(self, item_id: str, language: str) -> str | None:
        """Return the counter word that the nearest shelf of an item names for a language."""
        return next((word for shelf in self.shelves(item_id) if (word := shelf.counters.get(language))), None)

    def fixed(self, item_id: str) -> dict[str, OptionSetting]:
        """Return the settings an item always has because it offers no choice (a cold brew is iced)."""
        return {option: values[0] for option, values in self.by_id[item_id].only.items() if len(values) == 1}

    def unit_price(self, item_id: str, options: Mapping[str, OptionSetting]) -> int:
        """Return the price of one unit with `options`, in minor units."""
        groups = self.options_of(item_id)
        extras = (groups[option].extra_price(value, self.levels) for option, value in options.items())
        return self.by_id[item_id].price + sum(extras)

    def is_excluded(self, item_id: str, options: Mapping[str, OptionSetting]) -> bool:
        """Tell whether an item is not sold in this form; what is not said has its neutral setting."""
        groups, fixed = self.options_of(item_id), self.fixed(item_id)

        def setting(option: str) -> OptionSetting | None:
            neutral = groups[option].neutral if option in groups else None
            return options.get(option, fixed.get(option, neutral))

        forms = self.by_id[item_id].excluded
        return any(all(setting(option) == value for option, value in form.items()) for form in forms)


def _repeated(values: list[str]) -> str | None:
    return next((value for value, count in Counter(values).items() if count > 1), None)


def _with_key(entries: Any, field: str) -> Any:
    if not isinstance(entries, dict):
        return entries
    return {key: {field: key, **value} if isinstance(value, dict) else value for key, value in entries.items()}
