"""What a menu answers about its items, on two menus that have nothing in common."""

import pytest

from kiosk.menu import Menu, load_menu
from kiosk.menu.currency import decimal_amount, minor_digits
from tests.unit.data.menus import menus

pytestmark = pytest.mark.unit

CAFE = load_menu()
SNACKS = menus()["snack_bar"]


@pytest.mark.parametrize("menu", menus().values(), ids=menus())
def test_every_price_is_a_whole_number_of_minor_units(menu: Menu) -> None:
    prices = [item.price for item in menu.items]
    prices += [value.price for group in menu.option_groups.values() for value in group.values]
    prices += [price for group in menu.option_groups.values() for price in (group.price, group.price_each)]
    assert all(type(price) is int and price >= 0 for price in prices)


@pytest.mark.parametrize("menu", menus().values(), ids=menus())
def test_everything_has_a_name_in_both_languages(menu: Menu) -> None:
    named = [*menu.items, *menu.categories.values(), *menu.allergens.values(), *menu.option_groups.values()]
    named += [value for group in menu.option_groups.values() for value in group.values]
    assert [entry.names for entry in named if not {"ko", "en"} <= set(entry.names)] == []


@pytest.mark.parametrize("menu", menus().values(), ids=menus())
def test_a_combo_stands_for_a_legal_item(menu: Menu) -> None:
    for combo in menu.combos:
        assert menu.unit_price(combo.item, combo.options) >= menu.by_id[combo.item].price


def test_a_name_falls_back_to_the_first_language_of_the_file() -> None:
    assert CAFE.by_id["latte"].name("fr") == "카페라떼"


def test_items_stand_on_their_shelf_and_on_those_above() -> None:
    assert [item.id for item in SNACKS.in_category("meal")] == [
        item.id for item in SNACKS.items if item.category != "soft_drink"
    ]
    assert SNACKS.belongs("ramen", "noodles")
    assert not SNACKS.belongs("cider", "meal")


def test_only_leaves_an_item_the_values_it_has() -> None:
    spice = SNACKS.options_of("cold_noodles")["spice"]
    assert [*spice.by_id] == ["medium", "fiery"]
    assert not spice.accepts("mild")
    assert spice.extra_price("fiery") == 500


def test_only_one_value_is_no_choice_even_where_the_item_lists_the_option() -> None:
    assert "spice" not in SNACKS.options_of("white_ramen")
    assert SNACKS.fixed("white_ramen") == {"spice": "mild"}


def test_two_groups_can_be_one_option_with_another_default_and_price() -> None:
    mocha, chocolate = CAFE.options_of("cafe_mocha")["whip"], CAFE.options_of("chocolate_latte")["whip"]
    assert (mocha.neutral, mocha.extra_price(True)) == (True, 0)
    assert (chocolate.neutral, chocolate.extra_price(True)) == (False, 500)


def test_a_unit_costs_its_item_and_its_options() -> None:
    assert CAFE.unit_price("latte", {"size": "large", "milk": "soy", "shots": 2}) == 4500 + 700 + 600 + 1000
    assert SNACKS.unit_price("ramen", {"spice": "fiery", "egg": 2, "cheese": True}) == 4500 + 500 + 1600 + 1000


def test_a_count_takes_whole_numbers_in_its_range() -> None:
    skewers = SNACKS.options_of("fish_cake")["skewers"]
    assert [skewers.accepts(number) for number in (0, 1, 5, 6, True, "2")] == [False, True, True, False, False, False]


@pytest.mark.parametrize(
    ("currency", "digits", "shown"),
    [("KRW", 0, "1,234,567"), ("JPY", 0, "1,234,567"), ("USD", 2, "12,345.67"), ("KWD", 3, "1,234.567")],
)
def test_money_is_shown_with_the_minor_digits_of_its_currency(currency: str, digits: int, shown: str) -> None:
    assert minor_digits(currency) == digits
    assert decimal_amount(1_234_567, currency) == shown


def test_small_and_negative_amounts_keep_their_digits() -> None:
    assert decimal_amount(5, "USD") == "0.05"
    assert decimal_amount(-5, "USD") == "-0.05"
    assert decimal_amount(0, "KRW") == "0"
