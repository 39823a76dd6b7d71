"""A snack bar's menu, in Korean and in English: nothing about coffee is in code."""

import pytest

from tests.unit.understanding.talk import cart, customer, ordered

pytestmark = pytest.mark.unit

BAR = "snack_bar"


def test_an_order_with_its_required_option() -> None:
    assert ordered("라면 두 개 하나는 매운맛 하나는 순한맛이요", menu=BAR) == [
        (1, "ramen", {"spice": "fiery"}),
        (1, "ramen", {"spice": "mild"}),
    ]


def test_a_counted_option_and_a_flag() -> None:
    assert ordered("매운맛 라면에 계란 두 개랑 치즈 추가해서 하나요", menu=BAR) == [
        (1, "ramen", {"spice": "fiery", "egg": 2, "cheese": True})
    ]
    assert ordered("a fiery ramen with two extra eggs and cheese", menu=BAR, language="en") == [
        (1, "ramen", {"spice": "fiery", "egg": 2, "cheese": True})
    ]


def test_a_default_is_declined() -> None:
    assert ordered("새우김밥 하나 단무지 빼고요", menu=BAR) == [(1, "shrimp_gimbap", {"radish": False})]
    assert ordered("one shrimp gimbap without pickled radish", menu=BAR, language="en") == [
        (1, "shrimp_gimbap", {"radish": False})
    ]


def test_a_shelf_asks_which_one() -> None:
    who = customer("김밥 세 줄 주세요", menu=BAR)
    assert cart(who) == []
    who.say("새우김밥으로요")
    assert cart(who) == [(3, "shrimp_gimbap", {})]


def test_what_an_option_needs_comes_with_it() -> None:
    assert ordered("라면 하나 고추기름 넣어주세요", menu=BAR) == [(1, "ramen", {"spice": "fiery", "chilli_oil": True})]


def test_what_is_sold_out_is_told() -> None:
    who = customer(menu=BAR, language="en")
    spoken = who.say("two tuna gimbap please")
    assert cart(who) == []
    assert [(notice.code, notice.item) for notice in spoken.proposal.notices] == [("sold_out", "tuna_gimbap")]


def test_a_short_word_for_an_item_with_options() -> None:
    assert ordered("라볶이 하나", menu=BAR) == [(1, "rice_cakes", {"spice": "medium", "egg": 1})]


def test_changes_in_both_languages() -> None:
    korean = ("콜라 두 병이요", "하나는 사이다로 바꿔주세요")
    english = ("two colas", "change one of them to a lemon soda")
    assert ordered(*korean, menu=BAR) == [(1, "cider", {}), (1, "cola", {})]
    assert ordered(*english, menu=BAR, language="en") == [(1, "cider", {}), (1, "cola", {})]


def test_a_cafe_word_means_nothing_here() -> None:
    who = customer(menu=BAR)
    spoken = who.say("아이스 아메리카노 한 잔 주세요")
    assert cart(who) == []
    assert [notice.code for notice in spoken.proposal.notices] in (["off_menu"], ["not_understood"])
