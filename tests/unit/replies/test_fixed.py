"""Sentences around a payment, and those for turns that nobody could handle."""

from dataclasses import replace

import pytest

from kiosk.menu import load_menu
from kiosk.ordering import Order, Rules, to_state
from kiosk.ordering import operations as ops
from kiosk.replies import fixed_reply, languages, payment_reply
from state import OrderState

pytestmark = pytest.mark.unit

CAFE = Rules(load_menu())
ORDER = to_state(
    ops.add_item(ops.add_item(Order("3f2a-77d1"), CAFE, "macaron", 2), CAFE, "bagel", 1, {"warmed": True}), CAFE.menu
)


def test_an_approved_payment_gives_the_order_number() -> None:
    paid: OrderState = {**ORDER, "status": "paid", "number": "17"}
    assert "17번" in payment_reply("approved", paid, CAFE, "ko")
    assert "17" in payment_reply("approved", paid, CAFE, "en")


def test_a_payment_for_something_that_is_gone_names_it() -> None:
    without = replace(CAFE, sold_out_now=frozenset({"macaron", "cookie"}))
    assert "마카롱이 품절" in payment_reply("sold_out", ORDER, without, "ko")
    assert "ran out of macaron" in payment_reply("sold_out", ORDER, without, "en")


def test_a_declined_and_a_late_payment_keep_the_order() -> None:
    assert "주문은 그대로" in payment_reply("declined", ORDER, CAFE, "ko")
    assert "still here" in payment_reply("declined", ORDER, CAFE, "en")
    assert "바뀌어서" in payment_reply("late", ORDER, CAFE, "ko")
    assert "has changed" in payment_reply("late", ORDER, CAFE, "en")


@pytest.mark.parametrize("language", languages())
def test_every_language_has_its_fixed_sentences(language: str) -> None:
    for kind in ("safe", "blank", "too_long", "private"):
        assert fixed_reply(kind, language).endswith((".", "?", "。"))


def test_the_safe_sentence_keeps_the_order_and_calls_a_person() -> None:
    assert "그대로" in fixed_reply("safe", "ko")
    assert "직원" in fixed_reply("safe", "ko")
    assert "staff" in fixed_reply("safe", "en")
