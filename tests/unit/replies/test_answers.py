"""Answers to questions come from the menu and the order."""

from typing import Any

import pytest

from kiosk.ordering import AddItem, Question
from kiosk.replies import check_reply
from tests.unit.data.menus import menus
from tests.unit.replies.play import Say, quiet

pytestmark = pytest.mark.unit


def plain(text: str) -> str:
    """As the suites compare replies: lower case, without spaces and commas."""
    return text.casefold().replace(" ", "").replace(",", "")


CAFE_ANSWERS: list[tuple[dict[str, Any], list[str], list[str]]] = [
    ({"topic": "price", "items": ("americano",)}, ["4000원"], ["4000won"]),
    ({"topic": "price", "options": {"milk": "oat"}}, ["600원"], ["600won"]),
    ({"topic": "price", "items": ("dolce_latte",), "options": {"milk": "oat"}}, ["600원", "5900원"], ["600won"]),
    ({"topic": "price", "options": {"size": "jumbo"}}, ["1400원"], ["1400won"]),
    ({"topic": "price", "items": ("bagel",), "options": {"cream_cheese": True}}, ["1000원", "4800원"], ["1000won"]),
    ({"topic": "price", "items": ("earl_grey",), "quantities": (2,)}, ["8600원"], ["8600won"]),
    ({"topic": "price", "items": ("earl_grey", "bagel"), "quantities": (2, 1)}, ["12400원"], ["12400won"]),
    ({"topic": "price", "categories": ("ade",), "options": {"size": "large"}}, ["6200원"], ["6200won"]),
    ({"topic": "price", "items": ("latte",), "options": {"milk": "whole"}}, ["4500원"], ["4500won"]),
    ({"topic": "price", "options": {"milk": "lowfat"}}, ["추가요금이없"], ["noextracharge"]),
    (
        {"topic": "price", "items": ("espresso",), "options": {"size": "large"}},
        ["라지가안돼", "3500원"],
        ["notpossible"],
    ),
    ({"topic": "price", "price": "least"}, ["마카롱"], ["macaron"]),
    ({"topic": "price", "option_ids": ("size",)}, ["700원", "1400원"], ["700won"]),
    ({"topic": "menu", "categories": ("ade",)}, ["레몬에이드", "자몽에이드"], ["lemonade", "grapefruitade"]),
    ({"topic": "menu"}, ["에스프레소(3500원)", "초코케이크(품절)"], ["espresso", "chocolatecake(soldout)"]),
    ({"topic": "menu", "options": {"whip": True}}, ["카페모카", "초코라떼"], ["cafemocha"]),
    ({"topic": "options", "items": ("dolce_latte",), "option_ids": ("milk",)}, ["두유", "오트밀크"], ["oatmilk"]),
    ({"topic": "options", "items": ("latte",)}, ["라지+700원", "디카페인"], ["large+700won"]),
    ({"topic": "options", "items": ("cheesecake",)}, ["옵션이없"], ["nothingtochoose"]),
    (
        {"topic": "options", "items": ("cold_brew",), "options": {"temperature": "hot"}},
        ["아이스로만"],
        ["onlycomesiced"],
    ),
    ({"topic": "availability", "items": ("chocolate_cake",)}, ["품절", "치즈케이크"], ["soldout", "cheesecake"]),
    ({"topic": "availability", "items": ("latte",)}, ["네", "4500원"], ["yes"]),
    ({"topic": "availability", "options": {"milk": "soy"}}, ["네두유있어요"], ["yeswehavesoymilk"]),
    (
        {"topic": "availability", "items": ("cold_brew",), "options": {"temperature": "hot"}},
        ["아이스로만"],
        ["onlycomes"],
    ),
    ({"topic": "availability", "items": ("latte",), "options": {"milk": "soy"}}, ["가능해요"], ["yes"]),
    ({"topic": "availability", "text": "비건 빵"}, ["비건빵", "직원"], ["staff"]),
    ({"topic": "caffeine", "items": ("cold_brew",)}, ["200mg", "디카페인"], ["200mg"]),
    ({"topic": "caffeine", "items": ("peppermint",)}, ["카페인이없"], ["nocaffeine"]),
    ({"topic": "caffeine", "caffeine": "most"}, ["콜드브루(200mg)"], ["coldbrew(200mg)"]),
    ({"topic": "calories", "items": ("chocolate_latte",)}, ["340kcal"], ["340kcal"]),
    ({"topic": "calories", "calories": "most", "categories": ("dessert",)}, ["치즈케이크(420kcal)"], ["cheesecake"]),
    ({"topic": "allergens", "items": ("macaron",), "with_allergens": ("nuts",)}, ["네", "견과류"], ["yes", "nuts"]),
    ({"topic": "allergens", "items": ("americano",), "with_allergens": ("milk",)}, ["않은"], ["notlisted"]),
    ({"topic": "allergens", "items": ("latte",)}, ["우유가들어", "직원"], ["containsmilk", "staff"]),
    ({"topic": "allergens", "categories": ("dessert",), "without_allergens": ("nuts",)}, ["마카롱"], ["macaron"]),
    ({"topic": "allergens", "with_allergens": ("nuts",)}, ["마카롱이에요", "직원"], ["foundinmacaron", "staff"]),
    ({"topic": "allergens", "with_allergens": ("milk",)}, ["20가지", "레몬에이드"], ["20inall", "lemonade"]),
    ({"topic": "allergens"}, ["견과류", "직원"], ["nuts", "staff"]),
    ({"topic": "recommend"}, ["아메리카노", "카페라떼"], ["americano"]),
    ({"topic": "recommend", "categories": ("drink",), "caffeine": "free"}, ["페퍼민트"], ["peppermint"]),
    ({"topic": "recommend", "categories": ("coffee",), "caffeine": "free"}, ["디카페인"], ["decaf"]),
    ({"topic": "recommend", "categories": ("coffee",), "caffeine": "low"}, ["디카페인"], ["decaf"]),
    ({"topic": "recommend", "caffeine": "free", "options": {"temperature": "hot"}}, ["핫페퍼민트"], ["hotpeppermint"]),
    (
        {"topic": "recommend", "not_categories": ("coffee",), "without_allergens": ("milk",)},
        ["레몬에이드"],
        ["lemonade"],
    ),
    ({"topic": "recommend", "tags": ("vegan",)}, ["직원"], ["staff"]),
    ({"topic": "hours_or_place", "text": "와이파이"}, ["와이파이", "직원"], ["staff"]),
    ({"topic": "hours_or_place"}, ["직원"], ["staff"]),
    ({"topic": "total"}, ["아직담긴메뉴가없"], ["nothingonyourorder"]),
    ({"topic": "order"}, ["아직담긴메뉴가없"], ["nothingonyourorder"]),
    ({"topic": "price"}, ["어떤메뉴"], ["whichitem"]),
]


@pytest.mark.parametrize(("question", "korean", "english"), CAFE_ANSWERS, ids=str)
def test_the_cafe_answers(at_cafe: Say, question: dict[str, Any], korean: list[str], english: list[str]) -> None:
    for language, expected in (("ko", korean), ("en", english)):
        reply, outcome = at_cafe(language=language, questions=[Question(**question)])
        assert [words for words in expected if words not in plain(reply.text)] == [], reply.text
        assert check_reply(reply.text, outcome.order, menus()["haru_cafe"]) == []


@pytest.mark.parametrize(
    ("question", "korean"),
    [
        ({"topic": "price", "items": ("ramen",), "options": {"spice": "fiery"}}, ["매운맛라면은5000원"]),
        ({"topic": "menu"}, ["김밥:기본김밥(3500원)", "참치김밥(품절)", "음료수:사이다"]),
        ({"topic": "options", "items": ("cold_noodles",)}, ["맵기(보통맛매운맛+500원)"]),
        ({"topic": "options", "items": ("white_ramen",)}, ["순한맛으로만나와요"]),
        ({"topic": "allergens", "with_allergens": ("shrimp",)}, ["새우김밥모둠튀김"]),
        ({"topic": "caffeine", "caffeine": "most"}, ["콜라(35mg)"]),
        ({"topic": "recommend"}, ["기본김밥", "라면", "떡볶이"]),
        ({"topic": "availability", "items": ("tuna_gimbap",)}, ["품절", "새우김밥"]),
        ({"topic": "price", "items": ("plain_gimbap",), "quantities": (3,)}, ["기본김밥3줄은10500원"]),
        ({"topic": "menu", "options": {"cheese": True}}, ["라면(치즈5500원)"]),
    ],
    ids=str,
)
def test_another_restaurant_answers_from_its_own_menu(
    at_snack_bar: Say, question: dict[str, Any], korean: list[str]
) -> None:
    reply, _ = at_snack_bar(questions=[Question(**question)])
    assert [words for words in korean if words not in plain(reply.text)] == [], reply.text


def test_what_is_on_the_order_is_priced_as_it_stands_there(at_cafe: Say) -> None:
    _, outcome = at_cafe(actions=[AddItem(item="java_chip_frappe", options={"size": "jumbo"})])
    for question in ({"topic": "price", "items": ("java_chip_frappe",)}, {"topic": "price"}, {"topic": "total"}):
        reply, _ = at_cafe(outcome.order, questions=[Question(**question)])
        assert "7,700원" in reply.text


def test_the_order_is_read_back_with_line_prices(at_cafe: Say) -> None:
    _, outcome = at_cafe(actions=[AddItem(item="macaron", quantity=4), AddItem(item="bagel")])
    reply, _ = at_cafe(outcome.order, questions=[Question(topic="order")])
    assert "마카롱 4개 11,200원, 베이글 1개 3,800원" in reply.text
    assert "15,000원" in reply.text


def test_a_question_that_names_nothing_is_about_what_the_talk_was_about(at_cafe: Say) -> None:
    reply, _ = at_cafe(dialogue=quiet(topics=["green_tea_latte"]), questions=[Question(topic="caffeine")])
    assert "60mg" in reply.text
    _, outcome = at_cafe(actions=[AddItem(item="cold_brew_latte")])
    reply, _ = at_cafe(outcome.order, quiet(focus=["1"]), questions=[Question(topic="caffeine")])
    assert "200mg" in reply.text


def test_nothing_that_is_sold_out_is_proposed(at_snack_bar: Say, at_cafe: Say) -> None:
    for play, gone in ((at_snack_bar, "참치김밥"), (at_cafe, "초코케이크")):
        for wish in ({}, {"categories": ("gimbap",)}, {"categories": ("dessert",)}, {"calories": "most"}):
            reply, _ = play(questions=[Question(topic="recommend", **wish)])
            assert gone not in reply.text


def test_at_most_three_things_are_proposed(at_cafe: Say) -> None:
    reply, _ = at_cafe(questions=[Question(topic="recommend", categories=("drink",))])
    assert len(reply.dialogue["topics"]) == 3


def test_several_questions_are_all_answered(at_cafe: Say) -> None:
    questions = [Question(topic="price", items=("latte",)), Question(topic="calories", items=("latte",))]
    reply, _ = at_cafe(questions=questions)
    assert "4,500원" in reply.text
    assert "180kcal" in reply.text
    assert reply.dialogue["topics"] == ["latte"]
