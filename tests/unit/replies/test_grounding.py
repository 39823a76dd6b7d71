"""A reply that a model wrote is shown only when every number and claim in it holds."""

import pytest

from kiosk.menu import load_menu
from kiosk.ordering import Order, Rules
from kiosk.ordering import operations as ops
from kiosk.replies import check_reply

pytestmark = pytest.mark.unit

MENU = load_menu()
RULES = Rules(MENU)
EMPTY = Order("order-0042")
ORDER = ops.add_item(EMPTY, RULES, "latte", 3, {"size": "large", "milk": "soy", "temperature": "iced"})


def problems(text: str, order: Order = EMPTY, language: str | None = "ko") -> list[str]:
    return [issue.partition(":")[0] for issue in check_reply(text, order, MENU, language)]


@pytest.mark.parametrize(
    "text",
    [
        "아메리카노는 4,000원이에요.",
        "아메리카노는 4천원입니다.",
        "아메리카노는 사천 원이에요.",
        "카페라떼 라지는 5,200원이에요.",
        "카페라떼 라지에 두유로 하시면 5,800원입니다.",
        "카페라떼에 샷 추가 2번이면 5,500원이에요.",
        "오트밀크는 600원이 추가돼요.",
        "얼그레이 2잔은 8,600원이에요.",
        "아메리카노 4,000원, 베이글 3,800원, 모두 7,800원이에요.",
        "콜드브루 카페인은 200mg, 초코라떼는 340kcal예요.",
        "콜드브루에는 카페인이 이백 밀리그램 들어 있어요.",
        "네, 알겠습니다. 2번 출구 옆 5층이에요.",
    ],
)
def test_a_sound_korean_reply_passes(text: str) -> None:
    assert check_reply(text, EMPTY, MENU, "ko") == []


@pytest.mark.parametrize(
    "text", ["The americano is 4,000 won.", "A large cafe latte with soy milk comes to ₩5,800.", "It has 150 mg."]
)
def test_a_sound_english_reply_passes(text: str) -> None:
    assert check_reply(text, EMPTY, MENU, "en") == []


def test_the_orders_own_amounts_are_grounded() -> None:
    assert problems("카페라떼 3잔은 17,400원이에요.", ORDER) == []
    assert problems("지금까지 17,400원, 한 잔에 5,800원이에요.", ORDER) == []
    assert problems("지금까지 17,400원이에요.") == ["ungrounded"]


@pytest.mark.parametrize(
    "text",
    [
        "아메리카노는 100원이에요.",
        "아메리카노는 3천9백원이에요.",
        "아메리카노는 구천 원이에요.",
        "카페라떼는 5,800원이에요.",
        "콜드브루 카페인은 250mg이에요.",
        "초코라떼는 99 칼로리예요.",
        "총 0원입니다.",
        "카페라떼는 $4.50이에요.",
    ],
)
def test_a_number_from_nowhere_is_found(text: str) -> None:
    assert problems(text) == ["ungrounded"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["empty"]),
        ("  \n", ["empty"]),
        ('{"actions": []}', ["json"]),
        ("[1, 2]", ["json"]),
        ("```\n담았어요\n```", ["json"]),
        ('담았어요 {"item": "latte"}', ["json"]),
        ("ValueError: 라떼가 없어요", ["fault"]),
        ("Traceback (most recent call last)", ["fault"]),
        ("서버 HTTP 500 응답입니다", ["fault"]),
        ("{name}님 안녕하세요", ["fault"]),
        ("<b>안녕하세요</b> 고객님", ["fault"]),
        ("결제가 완료됐어요.", ["claim"]),
        ("오늘은 무료로 드릴게요.", ["promise"]),
        ("Sure, I added that for you.", ["language"]),
    ],
)
def test_what_a_customer_must_not_see_is_found(text: str, expected: list[str]) -> None:
    assert [one for one in expected if one not in problems(text)] == []


def test_the_language_is_judged_without_menu_names() -> None:
    assert problems("We have 아아 and 뜨아.", language="en") == []
    assert problems("americano, latte 둘 다 있어요", language="ko") == []
    assert problems("안녕하세요", language="en") == ["language"]
    assert problems("Hello there", language=None) == []


def test_a_paid_order_may_be_called_paid() -> None:
    waiting = ops.request_payment(ORDER, RULES)
    assert problems("결제가 완료됐어요.", ops.mark_paid(waiting, waiting.revision)) == []


def test_another_currency_is_checked_with_its_digits() -> None:
    dollars = MENU.model_copy(update={"currency": "USD"})
    assert check_reply("The americano is $40.00.", EMPTY, dollars, "en") == []
    assert check_reply("The americano is $4.00.", EMPTY, dollars, "en") != []
