"""Graded amounts, options that exclude each other, forms that are not sold: what menus say and what orders keep."""

from pathlib import Path
from typing import Any

import pytest

from kiosk.menu import Menu, MenuError, load_menu
from kiosk.ordering import Order, OrderError, Rules
from kiosk.ordering import operations as ops

pytestmark = pytest.mark.unit

STALL = """\
id: stall
names: {en: Stall}
currency: EUR
categories:
  soup: {names: {en: soup}}
levels:
  none: {names: {en: "no"}, units: 0}
  less: {names: {en: light}, aliases: [a drop of]}
  extra: {names: {en: extra}, units: 2}
option_groups:
  bowl:
    kind: choice
    default: cup
    names: {en: bowl}
    values:
      - {id: cup, names: {en: cup}}
      - {id: tub, names: {en: tub}}
  chili: {kind: count, max: 3, price_each: 40, names: {en: chili}, levels: [none, less, extra], units: [spoon]}
  herbs: {kind: flag, default: true, price: 0, names: {en: herbs}, levels: [extra]}
  here: {kind: flag, default: false, names: {en: for here}, exclusive: place}
  away: {kind: flag, default: false, names: {en: to go}, exclusive: place}
  rice: {kind: count, max: 2, names: {en: rice}, levels: [none], exclusive: filling}
  corn: {kind: count, max: 2, names: {en: corn}, exclusive: filling}
items:
  - id: broth
    category: soup
    price: 500
    names: {en: broth}
    options: [bowl, chili, herbs, here, away, rice, corn]
    excluded:
      - {bowl: tub, here: true}
combos:
  - {alias: party, item: broth, quantity: 4, options: {bowl: tub}}
option_combos:
  - {alias: the works, options: {chili: 2, rice: 1}}
"""


def load(tmp_path: Path, text: str) -> Menu:
    path = tmp_path / "stall.yaml"
    path.write_text(text, encoding="utf-8")
    return load_menu(path)


@pytest.fixture
def rules(tmp_path: Path) -> Rules:
    return Rules(load(tmp_path, STALL))


def options(order: Order) -> dict[str, Any]:
    return dict(order.lines[0].options)


def test_a_count_or_flag_can_be_set_to_its_levels_only(rules: Rules) -> None:
    groups = rules.menu.option_groups
    assert [groups["chili"].accepts(setting) for setting in (2, "extra", "huge", True)] == [True, True, False, False]
    assert [groups["herbs"].accepts(setting) for setting in (False, "extra", "less", 1)] == [True, True, False, False]


def test_a_level_costs_as_much_as_its_units(rules: Rules) -> None:
    def price(chili: int | str) -> int:
        return rules.menu.unit_price("broth", {"chili": chili})

    assert (price("none"), price("less"), price(1), price("extra")) == (500, 540, 540, 580)


def test_what_is_declined_stays_on_the_order_and_what_is_taken_back_does_not(rules: Rules) -> None:
    order = ops.add_item(Order("o"), rules, "broth", 1, {"chili": "none"})
    assert options(order) == {"chili": "none"}
    assert options(ops.change_options(order, rules, "1", {"chili": None})) == {}


def test_the_option_chosen_last_takes_the_place_of_the_others_of_its_set(rules: Rules) -> None:
    order = ops.add_item(Order("o"), rules, "broth", 1, {"here": True, "corn": 2, "chili": 1})
    changed = ops.change_options(order, rules, "1", {"away": True, "rice": 1})
    assert options(changed) == {"chili": 1, "away": True, "rice": 1}


def test_to_decline_one_of_a_set_displaces_nothing(rules: Rules) -> None:
    order = ops.add_item(Order("o"), rules, "broth", 1, {"corn": 1})
    assert options(ops.change_options(order, rules, "1", {"rice": "none", "here": False})) == {
        "rice": "none",
        "corn": 1,
    }


def test_a_form_that_is_not_sold_is_refused_and_changes_nothing(rules: Rules) -> None:
    order = ops.add_item(Order("o"), rules, "broth", 1, {"bowl": "tub"})
    with pytest.raises(OrderError, match="form_not_sold"):
        ops.change_options(order, rules, "1", {"here": True})
    assert options(ops.change_options(order, rules, "1", {"here": True, "bowl": "cup"})) == {"here": True}


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("levels: [extra]", "levels: [heaps]", "option_groups.herbs.levels: unknown level 'heaps'"),
        ("default: cup\n", "default: cup\n    levels: [extra]\n", "a choice has values instead"),
        ("{bowl: tub, here: true}", "{bowl: bucket}", "items.broth.excluded: no option group has bowl='bucket'"),
        ("{chili: 2, rice: 1}", "{chili: 9}", "option_combos.the works.options: no option group has chili=9"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, old: str, new: str, named: str) -> None:
    assert old in STALL
    with pytest.raises(MenuError) as error:
        load(tmp_path, STALL.replace(old, new, 1))
    assert named in str(error.value)
