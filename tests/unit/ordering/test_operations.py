"""Single operations, where the law alone does not tell what should come out."""

from typing import Any

import pytest

from kiosk.menu import load_menu
from kiosk.ordering import Caps, Order, OrderError, Rules, missing_options, to_state
from kiosk.ordering import operations as ops
from tests.unit.data.menus import menus

pytestmark = pytest.mark.unit

CAFE = Rules(load_menu())
SNACKS = Rules(menus()["snack_bar"])


def order_of(rules: Rules, *lines: tuple[str, int, dict[str, Any]]) -> Order:
    order = Order("order-0042")
    for item, quantity, options in lines:
        order = ops.add_item(order, rules, item, quantity, options)
    return order


def content(order: Order) -> list[tuple[str, int, dict[str, Any]]]:
    return [(line.item, line.quantity, dict(line.options)) for line in order.lines]


def test_equal_units_are_merged_and_default_settings_are_left_out() -> None:
    order = order_of(
        CAFE, ("latte", 1, {"temperature": "hot"}), ("latte", 2, {"size": "regular", "temperature": "hot"})
    )
    assert content(order) == [("latte", 3, {"temperature": "hot"})]


def test_the_price_of_the_contract_of_the_design() -> None:
    order = order_of(CAFE, ("latte", 3, {"size": "large", "milk": "soy", "shots": 2}))
    plain = to_state(order, CAFE.menu)
    assert plain["lines"][0]["unit_price"] == 6800
    assert plain["total"] == 20400
    assert plain["lines"][0]["missing"] == ["temperature"]


def test_an_option_that_needs_another_brings_it_along_where_it_is_still_open() -> None:
    assert content(order_of(CAFE, ("americano", 1, {"ice": "less"}))) == [
        ("americano", 1, {"temperature": "iced", "ice": "less"})
    ]


def test_an_option_that_needs_another_is_refused_against_it() -> None:
    with pytest.raises(OrderError, match="option_needs") as error:
        order_of(CAFE, ("americano", 1, {"temperature": "hot", "ice": "less"}))
    assert error.value.field == "americano.ice"


def test_an_option_is_dropped_with_the_one_it_needs() -> None:
    order = order_of(CAFE, ("americano", 1, {"temperature": "iced", "ice": "less"}))
    assert content(ops.change_options(order, CAFE, "1", {"temperature": "hot"})) == [
        ("americano", 1, {"temperature": "hot"})
    ]


def test_a_chain_of_needs_falls_with_its_first_link() -> None:
    whole = {"spice": "mild", "cheese": True, "crust": True, "glaze": "soy_glaze"}
    order = order_of(SNACKS, ("rice_cakes", 1, whole))
    assert order.lines[0].options == whole
    assert ops.change_options(order, SNACKS, "1", {"cheese": False}).lines[0].options == {"spice": "mild"}


def test_a_need_that_the_default_meets_survives_other_changes() -> None:
    order = order_of(SNACKS, ("ramen", 1, {"rinse": True}))
    assert ops.change_options(order, SNACKS, "1", {"egg": 1}).lines[0].options == {"egg": 1, "rinse": True}
    assert ops.change_options(order, SNACKS, "1", {"portion": "double"}).lines[0].options == {"portion": "double"}


def test_a_need_against_the_default_is_not_bought_unasked() -> None:
    with pytest.raises(OrderError, match="option_needs"):
        order_of(SNACKS, ("rice_cakes", 1, {"crust": True}))


def test_a_fixed_option_is_never_missing_and_may_be_said() -> None:
    order = order_of(SNACKS, ("white_ramen", 1, {"spice": "mild"}))
    assert content(order) == [("white_ramen", 1, {})]
    assert missing_options(SNACKS.menu, "white_ramen", {}) == []
    assert missing_options(SNACKS.menu, "ramen", {}) == ["spice"]


@pytest.mark.parametrize(("item", "spice"), [("white_ramen", "fiery"), ("cold_noodles", "mild")])
def test_a_value_that_the_item_does_not_have_is_refused(item: str, spice: str) -> None:
    with pytest.raises(OrderError):
        order_of(SNACKS, (item, 1, {"spice": spice}))


def test_a_part_of_a_line_can_be_changed_replaced_and_removed() -> None:
    order = order_of(CAFE, ("latte", 4, {"temperature": "hot"}))
    order = ops.change_options(order, CAFE, "1", {"temperature": "iced"}, 2)
    order = ops.replace_item(order, CAFE, "1", "cappuccino", {}, 1)
    order = ops.remove_item(order, "2", 1)
    assert content(order) == [
        ("latte", 1, {"temperature": "hot"}),
        ("cappuccino", 1, {"temperature": "hot"}),
        ("latte", 1, {"temperature": "iced"}),
    ]
    assert [line.line_id for line in order.lines] == ["1", "3", "2"]


def test_a_replacement_keeps_what_the_new_item_offers_too() -> None:
    order = order_of(CAFE, ("latte", 1, {"temperature": "iced", "milk": "oat", "shots": 1}))
    assert content(ops.replace_item(order, CAFE, "1", "cold_brew", {})) == [("cold_brew", 1, {"shots": 1})]


def test_line_ids_are_never_given_twice() -> None:
    order = ops.remove_item(order_of(CAFE, ("macaron", 1, {}), ("bagel", 1, {})), "2")
    assert ops.add_item(order, CAFE, "cookie").lines[-1].line_id == "3"


@pytest.mark.parametrize(
    ("item", "quantity", "options", "problem"),
    [
        ("none_such", 1, {}, "unknown_item"),
        ("chocolate_cake", 1, {}, "sold_out"),
        ("bagel", 1, {"milk": "oat"}, "option_not_offered"),
        ("latte", 1, {"milk": "almond"}, "option_value_unknown"),
        ("latte", 1, {"shots": 5}, "option_value_unknown"),
        ("latte", 1, {"shots": True}, "option_value_unknown"),
        ("latte", 1, {"decaf": 1}, "option_value_unknown"),
        ("latte", 0, {}, "quantity_invalid"),
        ("latte", 101, {}, "over_hard_cap"),
    ],
)
def test_what_breaks_a_rule_is_refused_by_name(item: str, quantity: int, options: dict[str, Any], problem: str) -> None:
    with pytest.raises(OrderError) as error:
        ops.add_item(Order("order-0042"), CAFE, item, quantity, options)
    assert error.value.problem == problem


def test_the_order_as_a_whole_has_a_cap() -> None:
    tight = Rules(CAFE.menu, Caps(soft=3, hard=5, order=8))
    order = order_of(tight, ("macaron", 5, {}))
    with pytest.raises(OrderError, match="over_hard_cap"):
        ops.add_item(order, tight, "bagel", 4)


@pytest.mark.parametrize(
    ("lines", "problem"),
    [([], "empty_order"), ([("latte", 1, {})], "missing_option")],
)
def test_an_order_that_is_not_complete_cannot_be_paid(
    lines: list[tuple[str, int, dict[str, Any]]], problem: str
) -> None:
    with pytest.raises(OrderError) as error:
        ops.request_payment(order_of(CAFE, *lines), CAFE)
    assert error.value.problem == problem


def test_what_sells_out_before_payment_stops_it() -> None:
    order = order_of(CAFE, ("macaron", 1, {}))
    with pytest.raises(OrderError, match="sold_out"):
        ops.request_payment(order, Rules(CAFE.menu, sold_out_now=frozenset({"macaron"})))


def test_every_change_takes_an_order_back_from_payment() -> None:
    waiting = ops.request_payment(order_of(CAFE, ("macaron", 1, {})), CAFE)
    assert ops.add_item(waiting, CAFE, "bagel").status == "open"
    assert ops.set_quantity(waiting, CAFE, "1", 2).status == "open"
    assert ops.remove_item(waiting, "1").status == "open"


def test_a_quantity_of_nothing_removes_the_line() -> None:
    assert ops.set_quantity(order_of(CAFE, ("macaron", 2, {})), CAFE, "1", 0).lines == ()
