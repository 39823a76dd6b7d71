"""A PrixFixe catalog: a folder of YAML files with dimensions, tensors, a tree of items, rules, recipes and a lexicon.

The tree hands what a group says (type, tensor, default, forms, units) down to its items; tags add up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from evals.prixfixe.phrases import expand_all
from evals.suite import SuiteError

_HANDED_DOWN = ("type", "tensor", "default", "forms", "units")
_SECTIONS = ("dimensions", "tensors", "catalog", "rules", "recipes", "lexicon")


@dataclass(frozen=True)
class Attribute:
    """One value of a dimension; a hidden one is left out of the names of forms."""

    name: str
    words: tuple[str, ...]
    hidden: bool = False


@dataclass(frozen=True)
class Dimension:
    """What forms of an item differ in: temperature, size, quantity of an option."""

    name: str
    attributes: tuple[Attribute, ...]


@dataclass(frozen=True)
class Generic:
    """A product or an option, in all its forms; a form is one attribute name for each dimension."""

    name: str
    words: tuple[str, ...]
    is_option: bool
    dimensions: tuple[Dimension, ...]
    default: tuple[str, ...]
    excluded: frozenset[tuple[str, ...]]
    tags: tuple[str, ...]
    units: tuple[str, ...]

    def forms(self) -> Iterator[tuple[str, ...]]:
        """Yield every form that is sold."""
        names = [[attribute.name for attribute in dimension.attributes] for dimension in self.dimensions]
        return (form for form in product(*names) if form not in self.excluded)

    def form_name(self, form: Sequence[str]) -> str:
        """Return the name of a form: its attributes that are not hidden, then the generic name."""
        shown = []
        for dimension, name in zip(self.dimensions, form, strict=True):
            hidden = any(attribute.hidden for attribute in dimension.attributes if attribute.name == name)
            shown += [] if hidden else [name]
        return " ".join([*shown, self.name])


@dataclass(frozen=True)
class Rule:
    """Which options (by tag) items (by tag) take, and which sets of options exclude each other there."""

    parents: frozenset[str]
    children: frozenset[str]
    exclusive: tuple[str, ...]


@dataclass(frozen=True)
class Ingredient:
    """One entry of a recipe: units of a form, with options."""

    name: str
    quantity: int
    children: tuple[Ingredient, ...] = ()


@dataclass(frozen=True)
class Recipe:
    """Words that stand for several things at once."""

    words: tuple[str, ...]
    items: tuple[Ingredient, ...]


@dataclass(frozen=True)
class Catalog:
    """Everything that a folder says, and the words of the lexicon's units."""

    products: tuple[Generic, ...]
    options: tuple[Generic, ...]
    rules: tuple[Rule, ...]
    recipes: tuple[Recipe, ...]
    units: tuple[str, ...]

    @classmethod
    def load(cls, folder: Path) -> Catalog:
        """Read a folder.

        Raises:
            SuiteError: There is no catalog in it, or it cannot be read.
        """
        sections = _read(folder)
        if not sections["catalog"]:
            raise SuiteError(f"{folder}: no YAML file with a 'catalog'; name the folder of the menu")
        try:
            dimensions = {entry["name"]: _dimension(entry) for entry in sections["dimensions"]}
            tensors = {
                entry["name"]: tuple(dimensions[name] for name in entry["dimensions"]) for entry in sections["tensors"]
            }
            generics = list(_generics(sections["catalog"], {}, (), tensors))
            return cls(
                products=tuple(generic for generic in generics if not generic.is_option),
                options=tuple(generic for generic in generics if generic.is_option),
                rules=tuple(_rule(entry) for entry in sections["rules"]),
                recipes=tuple(_recipe(entry) for entry in sections["recipes"]),
                units=_units(sections["lexicon"]),
            )
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise SuiteError(f"{folder}: not a PrixFixe catalog ({type(error).__name__}: {error})") from error

    def options_of(self, product: Generic) -> Iterator[tuple[Generic, str | None]]:
        """Yield the options that a product takes, each with the name of the set in which it excludes others."""
        rules = [rule for rule in self.rules if rule.parents.intersection(product.tags)]
        children = frozenset().union(*(rule.children for rule in rules))
        exclusive = [name for rule in rules for name in rule.exclusive]
        for option in self.options:
            if children.intersection(option.tags):
                yield option, next((name for name in exclusive if name in option.tags), None)


def _read(folder: Path) -> dict[str, list[Any]]:
    """Merge the sections of all files, in the order in which they import each other, then by name."""
    sections: dict[str, list[Any]] = {name: [] for name in _SECTIONS}
    seen: set[Path] = set()

    def take(path: Path) -> None:
        if path in seen or not path.is_file():
            return
        seen.add(path)
        content = _yaml(path)
        for name in content.get("imports") or ():
            take((path.parent / str(name)).resolve())
        for section in _SECTIONS:
            sections[section] += content.get(section) or ()

    take((folder / "menu.yaml").resolve())
    for path in sorted(folder.glob("*.yaml")):
        take(path.resolve())
    return sections


def _yaml(path: Path) -> Mapping[str, Any]:
    try:
        # Strings only: "no" is the name of an attribute here.
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SuiteError(f"{path}: cannot be read as YAML ({type(error).__name__})") from error
    return content if isinstance(content, dict) else {}


def _dimension(entry: Mapping[str, Any]) -> Dimension:
    attributes = [
        Attribute(each["name"], expand_all(each.get("aliases") or (each["name"],)), each.get("hidden") == "true")
        for each in entry["attributes"]
    ]
    return Dimension(entry["name"], tuple(attributes))


def _generics(
    entries: Sequence[Mapping[str, Any]],
    context: Mapping[str, Any],
    tags: tuple[str, ...],
    tensors: Mapping[str, tuple[Dimension, ...]],
) -> Iterator[Generic]:
    for entry in entries:
        inside = {**context, **{key: entry[key] for key in _HANDED_DOWN if key in entry}}
        own_tags = (*tags, *(tag for tag in entry.get("tags") or () if tag not in tags))
        if "items" in entry:
            yield from _generics(entry["items"], inside, own_tags, tensors)
        else:
            yield _generic(entry, inside, own_tags, tensors)


def _generic(
    entry: Mapping[str, Any],
    context: Mapping[str, Any],
    tags: tuple[str, ...],
    tensors: Mapping[str, tuple[Dimension, ...]],
) -> Generic:
    dimensions = tensors.get(context.get("tensor", "none"), ())
    first = tuple(dimension.attributes[0].name for dimension in dimensions)
    default = tuple(context.get("default") or ())
    return Generic(
        name=entry["name"],
        words=expand_all(entry.get("aliases") or (entry["name"],)),
        is_option=context.get("type") == "option",
        dimensions=dimensions,
        default=default if len(default) == len(first) else first,
        excluded=_excluded(dimensions, context.get("forms") or ()),
        tags=tags,
        units=(context["units"],) if context.get("units") else (),
    )


def _excluded(
    dimensions: tuple[Dimension, ...], clauses: Sequence[Mapping[str, Sequence[str]]]
) -> frozenset[tuple[str, ...]]:
    """Return the forms that the clauses leave out; the last clause that fits a form decides."""
    every = set(product(*([attribute.name for attribute in dimension.attributes] for dimension in dimensions)))
    sold = set() if clauses and "include" in clauses[0] else set(every)
    for clause in clauses:
        pattern = clause.get("include") or clause.get("exclude") or ()
        fitting = {form for form in every if all(want in ("*", has) for want, has in zip(pattern, form, strict=False))}
        sold = sold | fitting if "include" in clause else sold - fitting
    return frozenset(every - sold)


def _rule(entry: Mapping[str, Any]) -> Rule:
    children, exclusive = entry.get("children") or (), entry.get("exclusive") or ()
    return Rule(frozenset(entry.get("parents") or ()), frozenset(children), tuple(exclusive))


def _recipe(entry: Mapping[str, Any]) -> Recipe:
    return Recipe(expand_all(entry.get("aliases") or ()), tuple(_ingredient(each) for each in entry["items"]))


def _ingredient(entry: Mapping[str, Any]) -> Ingredient:
    children = tuple(_ingredient(child) for child in entry.get("children") or ())
    return Ingredient(entry["name"], int(entry.get("quantity", 1)), children)


def _units(lexicon: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    return expand_all(alias for entry in lexicon if entry["name"] == "UNIT" for alias in entry.get("aliases") or ())
