"""The cart as a customer reads it."""

from itertools import count

import pytest

from kiosk.cli.cart import cart_lines
from kiosk.cli.texts import Language, load_texts
from kiosk.menu import OptionSetting, load_menu
from kiosk.ordering import Order, Rules, to_state
from kiosk.ordering.operations import add_item, cancel_order, request_payment
from state import OrderState

pytestmark = pytest.mark.unit

RULES = Rules(load_menu())


def order(*, closed: bool = False) -> OrderState:
    large: dict[str, OptionSetting | None] = {"size": "large", "temperature": "iced", "milk": "soy", "shots": 2}
    filled = add_item(Order("o"), RULES, "latte", 3, large)
    if closed:
        return to_state(request_payment(filled, RULES), RULES.menu)
    frappe = add_item(filled, RULES, "java_chip_frappe", 1, {"whip": False})
    return to_state(add_item(frappe, RULES, "americano", 1), RULES.menu)


def shown(state: OrderState | None, language: Language) -> list[str]:
    return cart_lines(state, RULES.menu, load_texts(language))


def test_a_line_says_quantity_name_options_and_price() -> None:
    assert shown(order(), "ko") == [
        "3 x 카페라떼 (라지, 아이스, 두유, 샷 추가 2)  20,400원",
        "1 x 자바칩프라페 (휘핑크림 없음)  6,300원",
        "1 x 아메리카노 (온도 선택 필요)  4,000원",
        "합계 30,700원",
    ]


def test_the_cart_speaks_english() -> None:
    assert shown(order(), "en")[0] == "3 x cafe latte (large, iced, soy milk, extra shot 2)  ₩20,400"


def test_a_cart_that_is_not_open_says_so() -> None:
    assert shown(order(closed=True), "ko")[-1] == "합계 20,400원 · 결제 대기"
    cancelled = to_state(cancel_order(Order("o")), RULES.menu)
    assert shown(cancelled, "ko") == ["합계 0원 · 취소됨"]


def test_an_empty_open_cart_says_nothing() -> None:
    assert shown(None, "ko") == shown(to_state(Order("o"), RULES.menu), "ko") == []


def test_every_option_of_the_menu_can_be_said() -> None:
    numbers = count(1)
    for item in RULES.menu.items:
        for option, group in RULES.menu.options_of(item.id).items():
            settings: list[OptionSetting] = [value.id for value in group.values]
            settings += [True, False] if group.kind == "flag" else [group.max] if group.kind == "count" else []
            for setting in settings:
                if item.sold_out or group.requires:
                    continue
                state = to_state(add_item(Order(str(next(numbers))), RULES, item.id, 1, {option: setting}), RULES.menu)
                assert shown(state, "en")[0].startswith(f"1 x {item.name('en')}")
