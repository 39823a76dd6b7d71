"""The scorer: what it forgives, and above all what it must not forgive."""

from typing import Any

import pytest

from evals.score import Report, actual_cart, failed_turn, score_turn
from evals.suite import Conversation
from kiosk.menu import Menu, load_menu
from state import OrderState, OrderStatus

pytestmark = pytest.mark.unit

LARGE_ICED_LATTE = {"item": "latte", "quantity": 2, "options": {"size": "large", "temperature": "iced"}}


@pytest.fixture(scope="module")
def menu() -> Menu:
    return load_menu()


def conversation(*lines: dict[str, Any], **turn: Any) -> Conversation:
    return Conversation.model_validate(
        {"id": "c1", "lang": "ko", "tags": ["add"], "turns": [{"user": "라떼", "order": list(lines), **turn}]}
    )


def order(*lines: dict[str, Any], status: OrderStatus = "open") -> OrderState:
    filled: list[Any] = [
        {"line_id": str(n), "missing": [], "unit_price": 0, "line_total": 0, "options": {}, **line}
        for n, line in enumerate(lines, start=1)
    ]
    return {
        "order_id": "o",
        "status": status,
        "revision": 1,
        "currency": "KRW",
        "total": 0,
        "lines": filled,
        "next_line_id": len(lines) + 1,
    }


@pytest.mark.parametrize(
    "got",
    [
        [{**LARGE_ICED_LATTE, "quantity": 1}],
        [{**LARGE_ICED_LATTE, "quantity": 3}],
        [{**LARGE_ICED_LATTE, "item": "cappuccino"}],
        [{**LARGE_ICED_LATTE, "options": {"size": "large", "temperature": "hot"}}],
        [{**LARGE_ICED_LATTE, "options": {"temperature": "iced"}}],
        [{**LARGE_ICED_LATTE, "options": {"size": "large", "temperature": "iced", "shots": 1}}],
        [LARGE_ICED_LATTE, {"item": "espresso", "quantity": 1}],
        [],
    ],
    ids=["fewer", "more", "other item", "other value", "option lacking", "option too many", "line too many", "empty"],
)
def test_a_wrong_cart_is_not_exact(menu: Menu, got: list[dict[str, Any]]) -> None:
    result = score_turn(conversation(LARGE_ICED_LATTE), 0, order(*got), "", menu)
    assert not result.cart_right
    assert not result.exact
    assert result.expected or result.got


def test_no_order_at_all_counts_as_an_empty_open_one(menu: Menu) -> None:
    assert score_turn(conversation(status="open"), 0, None, "", menu).exact
    assert not score_turn(conversation(LARGE_ICED_LATTE), 0, None, "", menu).exact


def test_a_right_cart_with_the_wrong_status_is_not_exact(menu: Menu) -> None:
    expected = conversation(LARGE_ICED_LATTE, status="awaiting_payment")
    result = score_turn(expected, 0, order(LARGE_ICED_LATTE), "", menu)
    assert result.cart_right
    assert not result.exact
    assert (result.expected, result.got) == (("status awaiting_payment",), ("status open",))


def test_a_status_that_the_suite_does_not_give_does_not_matter(menu: Menu) -> None:
    paying = order(LARGE_ICED_LATTE, status="awaiting_payment")
    assert score_turn(conversation(LARGE_ICED_LATTE), 0, paying, "", menu).exact


def test_the_order_of_lines_and_equal_lines_do_not_matter(menu: Menu) -> None:
    tea = {"item": "yuja_tea", "quantity": 1, "options": {"temperature": "hot"}}
    one = {**LARGE_ICED_LATTE, "quantity": 1}
    assert score_turn(conversation(LARGE_ICED_LATTE, tea), 0, order(tea, one, one), "", menu).exact


def test_settings_that_equal_the_menus_default_may_be_told_or_left_out(menu: Menu) -> None:
    plain = {"item": "latte", "quantity": 1, "options": {"temperature": "hot"}}
    spelled_out = {"temperature": "hot", "size": "regular", "milk": "whole", "shots": 0, "decaf": False}
    told = {**plain, "options": spelled_out}
    assert score_turn(conversation(told), 0, order(plain), "", menu).exact
    assert score_turn(conversation(plain), 0, order(told), "", menu).exact


def test_the_temperature_of_a_one_way_item_may_be_told_or_left_out(menu: Menu) -> None:
    told = {"item": "cold_brew", "quantity": 1, "options": {"temperature": "iced"}}
    assert score_turn(conversation(told), 0, order({**told, "options": {}}), "", menu).exact
    hot = {**told, "options": {"temperature": "hot"}}
    assert not score_turn(conversation(told), 0, order(hot), "", menu).exact


def test_a_count_of_one_is_not_a_yes(menu: Menu) -> None:
    one_shot = {"item": "espresso", "quantity": 1, "options": {"shots": 1}}
    yes_shot = {"item": "espresso", "quantity": 1, "options": {"shots": True}}
    assert actual_cart(order(one_shot), menu) != actual_cart(order(yes_shot), menu)


@pytest.mark.parametrize(
    ("reply", "right"),
    [
        ("4,000원입니다", True),
        ("가격은 4 000 원", True),
        ("COFFEE 4000원", False),
        ("5000원입니다", False),
        ("", False),
    ],
)
def test_replies_are_compared_without_case_spaces_and_commas(menu: Menu, reply: str, right: bool) -> None:
    expected = conversation(reply_any=["4000원", "4천원"], reply_none=["coffee"])
    result = score_turn(expected, 0, None, reply, menu)
    assert result.reply_right is right
    assert result.exact, "the reply is a measure of its own"
    assert result.exact_with_reply is right


def test_a_turn_that_ended_in_an_exception_is_wrong_in_every_measure(menu: Menu) -> None:
    report = Report("s", ((one := conversation(reply_any=["네"]), (failed_turn(one, 0, "ValueError"),)),))
    assert report.exact.value == report.replies.value == report.conversations.value == 0
    assert report.failures()[0].error == "ValueError"


def test_a_dialogue_counts_only_when_each_of_its_turns_does(menu: Menu) -> None:
    right, wrong = conversation(LARGE_ICED_LATTE), conversation()
    results = tuple((one, (score_turn(one, 0, order(LARGE_ICED_LATTE), "", menu),)) for one in (right, wrong))
    twice = Report("s", (*results, (right, results[0][1] + results[1][1])))
    assert (twice.exact.right, twice.exact.total) == (2, 4)
    assert (twice.conversations.right, twice.conversations.total) == (1, 3)
    assert twice.by_tag()["add"].to_dict() == {"right": 2, "total": 4, "score": 0.5}
