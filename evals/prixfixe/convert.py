"""A PrixFixe catalog as a menu of ours: generics become items, dimensions choices, options counts with levels."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from evals.prixfixe.catalog import Attribute, Catalog, Dimension, Generic, Ingredient, Recipe
from evals.prixfixe.phrases import inflected
from kiosk.menu import Menu, OptionSetting

MOST_UNITS = 99
"""Catalogs give no upper bound that their own suites keep to."""
_LEVELS = {"none": {"no", "without", "none", "zero"}, "less": {"less", "light"}, "extra": {"extra", "more"}}
"""What our levels are called by any catalog; all other words for them come from the catalog itself."""
_LEVEL_UNITS = {"none": 0, "extra": 2}


class Converted:
    """A menu of ours with the names that the catalog gives to what stands on an order."""

    def __init__(self, catalog: Catalog) -> None:
        """Convert a catalog."""
        self.catalog = catalog
        self._ids = _identifiers([*catalog.products, *catalog.options])
        self._products = {self._ids[generic.name]: generic for generic in catalog.products}
        self._options = {self._ids[generic.name]: generic for generic in catalog.options}
        self._by_name = {
            generic.form_name(form): (generic, form)
            for generic in (*catalog.products, *catalog.options)
            for form in generic.forms()
        }
        self.menu = Menu.model_validate(self._menu())

    def product_name(self, item: str, options: Mapping[str, OptionSetting]) -> str:
        """Return the catalog's name for an item in the form that its settings give."""
        generic = self._products[item]
        settings = zip(generic.dimensions, generic.default, strict=True)
        form = [
            self._attribute(dimension, options.get(slug(dimension.name)), default) for dimension, default in settings
        ]
        return generic.form_name(form)

    def option_units(self, options: Mapping[str, OptionSetting]) -> Iterator[tuple[int, str]]:
        """Yield the options among an order line's settings as (quantity, the catalog's name)."""
        for option, setting in options.items():
            generic = self._options.get(option)
            if generic is None:
                continue
            if isinstance(setting, str):
                yield 1, generic.form_name([_by_level(dimension)[setting].name for dimension in generic.dimensions])
            else:
                yield int(setting), generic.form_name(generic.default)

    @staticmethod
    def _attribute(dimension: Dimension, setting: OptionSetting | None, default: str) -> str:
        chosen = (attribute.name for attribute in dimension.attributes if slug(attribute.name) == setting)
        return next(chosen, default)

    # -- the menu ----------------------------------------------------------------------------------------------------

    def _menu(self) -> dict[str, Any]:
        products = self.catalog.products
        words = _with_heads(_distinct_words((self._ids[generic.name], generic.words) for generic in products))
        combos, option_combos = self._recipes()
        taken = {word for phrases in words.values() for word in phrases}
        return {
            "id": "prixfixe",
            "names": {"en": "PrixFixe"},
            "currency": "USD",
            "categories": {_category(generic): _named([_category(generic).replace("_", " ")]) for generic in products},
            "levels": self._levels(),
            "option_groups": dict(self._groups()),
            "items": [self._item(generic, words[self._ids[generic.name]]) for generic in products],
            "combos": [combo for combo in combos if combo["alias"] not in taken],
            "option_combos": option_combos,
        }

    def _item(self, generic: Generic, words: tuple[str, ...]) -> dict[str, Any]:
        dimensions = [slug(dimension.name) for dimension in generic.dimensions]
        choices = [_choice_key(*pair) for pair in zip(generic.dimensions, generic.default, strict=True)]
        options = [
            _option_key(self._ids[option.name], exclusive) for option, exclusive in self.catalog.options_of(generic)
        ]
        return {
            "id": self._ids[generic.name],
            **_named(words or (generic.name,)),
            "category": _category(generic),
            "price": 0,
            "options": [*choices, *options],
            "excluded": [dict(zip(dimensions, map(slug, form), strict=True)) for form in sorted(generic.excluded)],
        }

    def _groups(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for generic in self.catalog.products:
            for dimension, default in zip(generic.dimensions, generic.default, strict=True):
                yield _choice_key(dimension, default), _choice(dimension, default)
            for option, exclusive in self.catalog.options_of(generic):
                yield _option_key(self._ids[option.name], exclusive), self._count(option, exclusive)

    def _count(self, option: Generic, exclusive: str | None) -> dict[str, Any]:
        graded = [level for dimension in option.dimensions for level in _by_level(dimension)]
        level_words = {
            word for level in self._levels().values() for word in (*level["names"].values(), *level["aliases"])
        }
        return {
            "id": self._ids[option.name],
            "kind": "count",
            **_named(dict.fromkeys(inflected(option.words))),
            "max": MOST_UNITS,
            "levels": graded,
            "units": [unit for unit in dict.fromkeys((*option.units, *self.catalog.units)) if unit not in level_words],
            "exclusive": None if exclusive is None else slug(exclusive),
        }

    def _levels(self) -> dict[str, dict[str, Any]]:
        words: dict[str, list[str]] = defaultdict(list)
        for option in self.catalog.options:
            for dimension in option.dimensions:
                for level, attribute in _by_level(dimension).items():
                    words[level] += [word for word in attribute.words if word not in words[level]]
        return {level: {**_named(said), "units": _LEVEL_UNITS.get(level, 1)} for level, said in words.items()}

    def _recipes(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return the recipes of one product as combos and those of options alone as option combos."""
        combos: list[dict[str, Any]] = []
        option_combos: list[dict[str, Any]] = []
        for recipe in self.catalog.recipes:
            if all(self._by_name[each.name][0].is_option for each in recipe.items):
                options = self._settings(recipe.items)
                option_combos += [{"alias": word, "options": options} for word in recipe.words]
            elif len(recipe.items) == 1:
                combos += self._combo(recipe)
        return combos, option_combos

    def _combo(self, recipe: Recipe) -> Iterator[dict[str, Any]]:
        made = recipe.items[0]
        generic, form = self._by_name[made.name]
        differing = zip(generic.dimensions, form, generic.default, strict=True)
        choices = {slug(dimension.name): slug(name) for dimension, name, default in differing if name != default}
        options = {**choices, **self._settings(made.children)}
        for word in recipe.words:
            yield {"alias": word, "item": self._ids[generic.name], "options": options, "quantity": made.quantity}

    def _settings(self, ingredients: Iterable[Ingredient]) -> dict[str, OptionSetting]:
        settings: dict[str, OptionSetting] = {}
        for each in ingredients:
            generic, form = self._by_name[each.name]
            graded = {
                attribute.name: level
                for dimension in generic.dimensions
                for level, attribute in _by_level(dimension).items()
            }
            level = next((graded[name] for name in form if name in graded), None)
            settings[self._ids[generic.name]] = level or each.quantity
        return settings


def slug(name: str) -> str:
    """Return a name as an identifier of ours."""
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return plain if plain[:1].isalpha() else f"n_{plain}"


def _identifiers(generics: Iterable[Generic]) -> dict[str, str]:
    """Return an id for each generic's name; names that only differ in marks get different ids."""
    ids: dict[str, str] = {}
    for generic in generics:
        base = slug(generic.name)
        taken = set(ids.values())
        names = (base if number == 1 else f"{base}_{number}" for number in range(1, len(ids) + 2))
        ids.setdefault(generic.name, next(name for name in names if name not in taken))
    return ids


def _named(words: Iterable[str]) -> dict[str, Any]:
    first, *others = words
    return {"names": {"en": first}, "aliases": others}


def _category(generic: Generic) -> str:
    return slug(generic.tags[0]) if generic.tags else "products"


def _choice_key(dimension: Dimension, default: str) -> str:
    return f"{slug(dimension.name)}_{slug(default)}"


def _option_key(identifier: str, exclusive: str | None) -> str:
    return identifier if exclusive is None else f"{identifier}_in_{slug(exclusive)}"


def _choice(dimension: Dimension, default: str) -> dict[str, Any]:
    words = _distinct_words((slug(attribute.name), attribute.words) for attribute in dimension.attributes)
    values = [{"id": value, **_named(said)} for value, said in words.items() if said]
    name = dimension.name.replace("_", " ")
    return {
        "id": slug(dimension.name),
        "kind": "choice",
        "names": {"en": name},
        "required": True,
        "default": slug(default),
        "values": values,
    }


def _distinct_words(entries: Iterable[tuple[str, tuple[str, ...]]]) -> dict[str, tuple[str, ...]]:
    """Leave a word that two entries have to the first of them."""
    listed = list(entries)
    taken: set[str] = set()
    words: dict[str, tuple[str, ...]] = {}
    for key, said in listed:
        words[key] = tuple(dict.fromkeys(word for word in said if word.casefold() not in taken))
        taken.update(word.casefold() for word in words[key])
    return words


def _with_heads(words: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Give the last word that long names share ("a muffin") to the first item: PrixFixe matches parts that way."""
    taken = {word for said in words.values() for word in said}
    owners: dict[str, list[str]] = defaultdict(list)
    for key, said in words.items():
        for head in dict.fromkeys(word.split()[-1] for word in said if " " in word):
            owners[head].append(key)
    longer = dict(words)
    for head, keys in owners.items():
        if len(keys) > 1 and head not in taken:
            longer[keys[0]] = (*longer[keys[0]], head)
    return longer


def _by_level(dimension: Dimension) -> Mapping[str, Attribute]:
    """Return the graded amounts of a dimension by the id of the level; what is hidden is the plain amount."""
    return {_level(attribute): attribute for attribute in dimension.attributes if not attribute.hidden}


def _level(attribute: Attribute) -> str:
    """Return the level that an attribute is, told by its words."""
    said = {attribute.name, *attribute.words}
    return next((level for level, words in _LEVELS.items() if words & said), slug(attribute.name))
