"""Sentences around a payment, and those for turns that nobody could handle."""

import pytest

from kiosk.menu import load_menu
from kiosk.ordering import Order, Rules
from kiosk.ordering import operations as ops
from kiosk.replies import fixed_reply, languages, order_number, payment_reply

pytestmark = pytest.mark.unit

CAFE = Rules(load_menu())
ORDER = ops.add_item(ops.add_item(Order("3f2a-77d1"), CAFE, "macaron", 2), CAFE, "bagel", 1, {"warmed": True})


def test_the_read_back_holds_every_line_and_the_total() -> None:
    korean, english = (payment_reply("read_back", ORDER, CAFE, language) for language in ("ko", "en"))
    assert "마카롱 2개 5,600원, 베이글(데우기) 1개 3,800원. 모두 9,400원" in korean
    assert "2 macarons for 5,600 won and 1 bagel (warmed) for 3,800 won. The total is 9,400 won" in english


def test_an_approved_payment_gives_the_order_number() -> None:
    assert order_number(ORDER) == "77D1"
    assert "77D1번" in payment_reply("approved", ORDER, CAFE, "ko")
    assert "77D1" in payment_reply("approved", ORDER, CAFE, "en")


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
