"""Carts as PrixFixe writes them, and the cost of repairing one.

A cart is units of forms (a form is a generic item with its attributes: "iced grande latte"), each with units of option
forms ("extra foam"). Carts are equal when their contents are, in any order ("complete" in PrixFixe's terms).

The repair cost of a cart is the number of edits that make it complete. One edit each: to delete an item with all its
options, or an option; to add an item or an option in its default form, one unit of it; to change an attribute; to
change a quantity. Nothing turns one generic item into another: that is a deletion and an addition with everything that
the new one needs. The cost of two carts is that of the cheapest way to pair their items.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from evals.prixfixe.catalog import Catalog


@dataclass(frozen=True)
class Unit:
    """Units of one form with their options."""

    name: str
    quantity: int = 1
    children: tuple[Unit, ...] = ()

    def text(self) -> str:
        """Return it on one line, for people."""
        inside = f" [{'; '.join(child.text() for child in self.children)}]" if self.children else ""
        return f"{self.quantity} {self.name}{inside}"


Cart = tuple[Unit, ...]


@dataclass(frozen=True)
class _Form:
    generic: str
    attributes: tuple[str, ...] = ()
    default: tuple[str, ...] = ()


class Measures:
    """Compares carts of one catalog."""

    def __init__(self, catalog: Catalog) -> None:
        """Index the names of all forms; suites write the attributes of a name in any order."""
        self._forms: dict[str, _Form] = {}
        for generic in (*catalog.products, *catalog.options):
            for form in generic.forms():
                self._forms.setdefault(_key(generic.form_name(form)), _Form(generic.name, form, generic.default))

    def complete(self, got: Cart, expected: Cart) -> bool:
        """Tell whether two carts have the same contents, in any order."""
        return _contents(got) == _contents(expected)

    def repair_cost(self, got: Sequence[Unit], expected: Sequence[Unit]) -> int:
        """Return the number of edits that turn `got` into `expected`."""
        pairs: dict[str, tuple[list[Unit], list[Unit]]] = defaultdict(lambda: ([], []))
        for unit in _merged(got):
            pairs[self._form(unit).generic][0].append(unit)
        for unit in _merged(expected):
            pairs[self._form(unit).generic][1].append(unit)
        return sum(_cheapest(have, want, self._change, self._add) for have, want in pairs.values())

    def kind_of_error(self, before: Cart, got: Cart, expected: Cart) -> str:
        """Name the first thing that is wrong with a cart: what a developer would look at."""
        have, want = self._generics(got), self._generics(expected)
        if _contents(got) == _contents(before):
            return "nothing_done"
        if have != want:
            return "items_missing" if not have - want else "items_too_many" if not want - have else "other_items"
        if Counter(unit.name for unit in _merged(got)) != Counter(unit.name for unit in _merged(expected)):
            return "attributes"
        if Counter((unit.name, unit.quantity) for unit in _merged(got)) != Counter(
            (unit.name, unit.quantity) for unit in _merged(expected)
        ):
            return "quantities"
        return self._kind_of_option_error(got, expected)

    def _kind_of_option_error(self, got: Cart, expected: Cart) -> str:
        have = self._generics(child for unit in got for child in unit.children)
        want = self._generics(child for unit in expected for child in unit.children)
        if have != want:
            return "options_missing" if not have - want else "options_too_many" if not want - have else "other_options"
        counted = (
            Counter((child.name, child.quantity) for unit in cart for child in unit.children)
            for cart in (got, expected)
        )
        return "option_amounts" if next(counted) != next(counted) else "options_on_other_items"

    def _generics(self, units: Iterable[Unit]) -> Counter[str]:
        return Counter(self._form(unit).generic for unit in units)

    def _form(self, unit: Unit) -> _Form:
        return self._forms.get(_key(unit.name), _Form(unit.name))

    def _add(self, unit: Unit) -> int:
        form = self._form(unit)
        differing = sum(mine != default for mine, default in zip(form.attributes, form.default, strict=True))
        return 1 + (unit.quantity > 1) + differing + sum(self._add(child) for child in unit.children)

    def _change(self, have: Unit, want: Unit) -> int:
        attributes = zip(self._form(have).attributes, self._form(want).attributes, strict=True)
        differing = sum(mine != wanted for mine, wanted in attributes)
        return differing + (have.quantity != want.quantity) + self.repair_cost(have.children, want.children)


def _key(name: str) -> str:
    return " ".join(sorted(name.lower().split()))


def _merged(units: Iterable[Unit]) -> Cart:
    """Join units of the same form with the same options: an order of ours keeps them on one line."""
    counted: Counter[tuple[str, frozenset[tuple[str, int]]]] = Counter()
    first: dict[tuple[str, frozenset[tuple[str, int]]], Unit] = {}
    for unit in units:
        children = _merged(unit.children)
        same = _key(unit.name), frozenset((_key(child.name), child.quantity) for child in children)
        counted[same] += unit.quantity
        first.setdefault(same, Unit(unit.name, 1, children))
    return tuple(Unit(first[same].name, quantity, first[same].children) for same, quantity in counted.items())


def _contents(units: Iterable[Unit]) -> Mapping[tuple[str, int, frozenset[tuple[str, int]]], int]:
    return Counter(
        (_key(unit.name), unit.quantity, frozenset((_key(child.name), child.quantity) for child in unit.children))
        for unit in _merged(units)
    )


def _cheapest(
    have: Sequence[Unit], want: Sequence[Unit], change: Callable[[Unit, Unit], int], add: Callable[[Unit], int]
) -> int:
    """Pair units one by one, at the least cost; what stays over is deleted or added."""

    @cache
    def rest(position: int, left: frozenset[int]) -> int:
        if position == len(have):
            return sum(add(want[index]) for index in left)
        pairings = (change(have[position], want[index]) + rest(position + 1, left - {index}) for index in left)
        return min(1 + rest(position + 1, left), *pairings, sys.maxsize)

    return rest(0, frozenset(range(len(want))))
