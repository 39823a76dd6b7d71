"""What the kiosk says to a turn: what was done, what was not, and one question."""

from typing import Any

import pytest

from kiosk.ordering import (
    AddItem,
    CallStaff,
    CancelOrder,
    ChangeOptions,
    Clarification,
    ClearOrder,
    Notice,
    Order,
    Question,
    RemoveItem,
    ReplaceItem,
    RequestPayment,
    SetQuantity,
)
from tests.unit.replies.play import Say, quiet

pytestmark = pytest.mark.unit


def has(text: str, *expected: str) -> bool:
    return all(words in text for words in expected)


@pytest.fixture
def lattes(at_cafe: Say) -> Order:
    return at_cafe(actions=[AddItem(item="latte", quantity=3, options={"temperature": "iced"})])[1].order


# What was done


def test_what_was_understood_is_read_back_in_the_customers_language(at_cafe: Say) -> None:
    add = AddItem(item="latte", quantity=3, options={"size": "large", "temperature": "iced"})
    assert "아이스 카페라떼 라지 3잔" in at_cafe(actions=[add])[0].text
    assert "3 large iced cafe lattes" in at_cafe(language="en", actions=[add])[0].text


def test_many_options_stand_in_brackets(at_cafe: Say) -> None:
    options: dict[str, Any] = {"temperature": "hot", "milk": "soy", "shots": 2, "decaf": True}
    add = AddItem(item="latte", options=options)
    assert "핫 카페라떼(두유, 샷 추가 2번, 디카페인) 1잔" in at_cafe(actions=[add])[0].text
    assert "1 hot cafe latte (soy milk, 2 extra shots, decaf)" in at_cafe(language="en", actions=[add])[0].text


def test_what_is_left_out_is_said_too(at_cafe: Say) -> None:
    add = AddItem(item="java_chip_frappe", options={"whip": False})
    assert "자바칩프라페(휘핑크림 빼고) 1잔" in at_cafe(actions=[add])[0].text
    assert "1 java chip frappe (no whipped cream)" in at_cafe(language="en", actions=[add])[0].text


def test_counters_come_from_the_menu(at_snack_bar: Say) -> None:
    actions = [AddItem(item="plain_gimbap", quantity=2), AddItem(item="cider"), AddItem(item="fritters")]
    assert has(at_snack_bar(actions=actions)[0].text, "기본김밥 2줄", "사이다 1병", "모둠튀김 1인분")


def test_several_additions_are_one_sentence_with_the_total(at_cafe: Say) -> None:
    reply, _ = at_cafe(actions=[AddItem(item="macaron", quantity=2), AddItem(item="bagel")])
    assert has(reply.text, "마카롱 2개, 베이글 1개", "9,400원")


def test_the_same_turn_always_gives_the_same_reply_and_another_order_id_changes_nothing(at_cafe: Say) -> None:
    add = [AddItem(item="macaron", quantity=2)]
    first, again = at_cafe(actions=add)[0], at_cafe(actions=add)[0]
    assert first == again
    assert at_cafe(Order("another-id"), actions=add)[0].text == first.text


def test_variants_follow_the_revision(at_cafe: Say) -> None:
    texts, order = set(), Order("order-0a42")
    for _ in range(3):
        reply, outcome = at_cafe(order, actions=[AddItem(item="macaron")])
        texts.add(reply.text.split("마카롱 1개")[1].split(".")[0])
        order = outcome.order
    assert len(texts) > 1


@pytest.mark.parametrize(
    ("action", "korean", "english"),
    [
        (ChangeOptions(line_id="1", options={"temperature": "hot"}), "핫 카페라떼 3잔으로", "3 hot cafe lattes"),
        (ChangeOptions(line_id="1", options={"milk": "oat"}, quantity=1), "아이스 카페라떼 오트밀크 1잔", "(oat milk)"),
        (ChangeOptions(line_id="1", options={"temperature": "iced"}), "이미 그렇게", "already have"),
        (SetQuantity(line_id="1", quantity=2), "아이스 카페라떼 2잔으로", "2 iced cafe lattes"),
        (RemoveItem(line_id="1", quantity=1), "아이스 카페라떼 1잔", "1 iced cafe latte"),
        (RemoveItem(line_id="1"), "이제 담긴 메뉴가 없어요", "order is empty"),
        (ReplaceItem(line_id="1", item="cappuccino"), "아이스 카푸치노 3잔", "3 iced cappuccinos"),
        (ClearOrder(), "모두 비웠어요", "everything off"),
        (CancelOrder(), "취소했어요", "cancelled"),
        (CallStaff(), "직원을 불러", "member of staff"),
    ],
    ids=str,
)
def test_every_action_is_told(at_cafe: Say, lattes: Order, action: Any, korean: str, english: str) -> None:
    assert korean in at_cafe(lattes, actions=[action])[0].text
    assert english in at_cafe(lattes, language="en", actions=[action])[0].text


def test_payment_is_preceded_by_one_full_read_back(at_cafe: Say, lattes: Order) -> None:
    reply, outcome = at_cafe(lattes, actions=[AddItem(item="bagel"), RequestPayment()])
    assert outcome.order.status == "awaiting_payment"
    assert has(reply.text, "아이스 카페라떼 3잔 13,500원", "베이글 1개 3,800원", "17,300원", "결제")
    assert reply.dialogue["pending"] is None


def test_a_payment_that_cannot_be_says_why(at_cafe: Say) -> None:
    assert "담긴 메뉴가 없어서" in at_cafe(actions=[RequestPayment()])[0].text
    reply, _ = at_cafe(actions=[AddItem(item="latte"), RequestPayment()])
    assert has(reply.text, "결제 전에", "따뜻하게 드릴까요, 아이스로 드릴까요?")


def test_an_order_taken_back_from_payment_is_said_to_be_so(at_cafe: Say, lattes: Order) -> None:
    waiting = at_cafe(lattes, actions=[RequestPayment()])[1].order
    reply, _ = at_cafe(waiting, actions=[AddItem(item="bagel")])
    assert "결제는 잠시 멈췄어요" in reply.text


def test_a_closed_order_is_explained(at_cafe: Say, lattes: Order) -> None:
    cancelled = at_cafe(lattes, actions=[CancelOrder()])[1].order
    assert "이미 취소" in at_cafe(cancelled, actions=[CancelOrder()])[0].text
    assert "결제할 주문이 없어요" in at_cafe(cancelled, actions=[RequestPayment()])[0].text


# What was not done


@pytest.mark.parametrize(
    ("notice", "korean", "english"),
    [
        ({"code": "sold_out", "item": "chocolate_cake"}, "초코케이크는 지금 품절", "sold out"),
        ({"code": "off_menu", "text": "콜라"}, "콜라는 저희 메뉴에 없어요", "don't have"),
        ({"code": "one_way", "item": "cold_brew", "option": "temperature", "value": "hot"}, "아이스로만", "comes iced"),
        (
            {"code": "option_not_offered", "item": "espresso", "option": "size", "value": "large"},
            "라지가 안 돼요",
            "large",
        ),
        ({"code": "option_not_offered", "item": "macaron", "option": "warmed", "value": True}, "데우기가", "warmed"),
        ({"code": "option_not_offered", "text": "우유 거품"}, "우유 거품은 안 돼요", "not possible"),
        ({"code": "option_range", "item": "latte", "option": "shots", "value": 9}, "최대 4번", "up to 4"),
        ({"code": "not_in_order", "item": "latte"}, "카페라떼는 주문에 없어요", "not on your order"),
        ({"code": "not_in_order", "text": "머핀"}, "머핀은 주문에 없어요", "not on your order"),
        ({"code": "not_understood", "text": "어쩌고"}, "'어쩌고' 부분은", "didn't get"),
        ({"code": "not_understood"}, "잘 알아듣지 못했어요", "didn't get"),
        ({"code": "out_of_scope"}, "메뉴에 적힌 그대로", "Prices are"),
    ],
    ids=str,
)
def test_what_was_not_done_is_said_openly(at_cafe: Say, notice: dict[str, Any], korean: str, english: str) -> None:
    assert korean in at_cafe(notices=[Notice(**notice)])[0].text
    assert english in at_cafe(language="en", notices=[Notice(**notice)])[0].text


def test_a_demand_for_another_price_is_answered_with_the_real_total(at_cafe: Say, lattes: Order) -> None:
    assert "13,500원" in at_cafe(lattes, notices=[Notice(code="out_of_scope")])[0].text


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("<script>alert('x')</script>", "script alert 'x"),
        ("제 번호는 010-1234-5678", ""),
        ("mail me at me@example.com", ""),
        ("가" * 500, "가" * 30 + "…"),
        ("줄\n바꿈\x00\u200b끝", "줄 바꿈 끝"),
        ('{"items": []}', "items"),
    ],
)
def test_the_customers_words_are_quoted_safely(at_cafe: Say, words: str, shown: str) -> None:
    text = at_cafe(notices=[Notice(code="not_understood", text=words)])[0].text
    assert not set(text) & set("<>{}[]\x00\n")
    assert shown in text
    assert "1234" not in text
    assert "@" not in text


def test_every_reason_is_said_once(at_cafe: Say) -> None:
    reply, _ = at_cafe(notices=[Notice(code="off_menu", text="콜라"), Notice(code="off_menu", text="콜라")])
    assert reply.text.count("콜라") == 1


def test_of_two_settings_that_cannot_be_had_the_last_one_is_named(at_cafe: Say) -> None:
    wanted = [
        Notice(code="option_not_offered", item="americano", option="milk", value=milk) for milk in ("whole", "soy")
    ]
    text = at_cafe(notices=wanted)[0].text
    assert "두유가 안 돼요" in text
    assert "일반 우유" not in text


def test_the_total_is_said_once(at_cafe: Say) -> None:
    reply, _ = at_cafe(actions=[AddItem(item="bagel")], notices=[Notice(code="out_of_scope")])
    assert reply.text.count("3,800원") == 1


def test_a_question_that_the_order_has_answered_is_not_answered_again(at_cafe: Say) -> None:
    ask = Question(topic="availability", items=("bagel",))
    reply, _ = at_cafe(actions=[AddItem(item="bagel")], questions=[ask])
    assert "베이글 있어요" not in reply.text


def test_nothing_is_offered_in_the_place_of_what_the_customer_has_replaced_already(at_cafe: Say) -> None:
    reply, _ = at_cafe(actions=[AddItem(item="tiramisu")], notices=[Notice(code="sold_out", item="chocolate_cake")])
    assert has(reply.text, "티라미수 1개", "초코케이크는 지금 품절")
    assert "대신" not in reply.text
    assert reply.dialogue["pending"] is None


def test_a_part_that_was_understood_is_done_beside_one_that_was_not(at_cafe: Say) -> None:
    reply, _ = at_cafe(actions=[AddItem(item="bagel")], notices=[Notice(code="off_menu", text="청포도에이드")])
    assert has(reply.text, "베이글 1개", "청포도에이드는 저희 메뉴에 없어요")


# The next question


def test_a_required_option_is_asked_once_for_all_lines_that_miss_it(at_cafe: Say) -> None:
    actions = [AddItem(item="latte"), AddItem(item="cappuccino", quantity=2), AddItem(item="bagel")]
    reply, _ = at_cafe(actions=actions)
    assert reply.dialogue["pending"] == {"kind": "missing", "line_ids": ["1", "2"], "option": "temperature"}
    assert reply.text.endswith("카페라떼 1잔, 카푸치노 2잔은 따뜻하게 드릴까요, 아이스로 드릴까요?")
    assert reply.text.count("?") == 1


def test_lines_with_other_values_are_asked_about_apart(at_snack_bar: Say) -> None:
    reply, outcome = at_snack_bar(actions=[AddItem(item="ramen"), AddItem(item="cold_noodles")])
    assert reply.dialogue["pending"] == {"kind": "missing", "line_ids": ["1"], "option": "spice"}
    reply, _ = at_snack_bar(
        outcome.order, reply.dialogue, actions=[ChangeOptions(line_id="1", options={"spice": "mild"})]
    )
    assert reply.dialogue["pending"] == {"kind": "missing", "line_ids": ["2"], "option": "spice"}


def test_a_menu_without_a_question_of_its_own_gets_one_from_its_values(at_snack_bar: Say) -> None:
    reply, _ = at_snack_bar(language="en", actions=[AddItem(item="ramen")])
    assert reply.text.endswith("Which would you like: mild, medium or fiery?")


def test_the_line_that_the_talk_is_about_is_asked_about_first(at_snack_bar: Say) -> None:
    order = at_snack_bar(actions=[AddItem(item="ramen"), AddItem(item="cold_noodles")])[1].order
    reply, _ = at_snack_bar(order, actions=[ChangeOptions(line_id="2", options={"egg": 1})])
    assert reply.dialogue["pending"] == {"kind": "missing", "line_ids": ["2"], "option": "spice"}


def test_words_that_fit_several_items_are_asked_back(at_cafe: Say) -> None:
    candidates = ("strawberry_smoothie", "yogurt_smoothie")
    unclear = Clarification(candidates=candidates, quantity=2, options={"size": "large", "ice": None})
    reply, _ = at_cafe(clarification=unclear)
    assert has(reply.text, "딸기스무디", "플레인요거트스무디", "?")
    assert reply.dialogue["pending"] == {
        "kind": "which_item",
        "candidates": [*candidates],
        "quantity": 2,
        "options": {"size": "large"},
    }
    assert reply.dialogue["topics"] == [*candidates]


def test_a_question_in_between_leaves_the_choice_open(at_cafe: Say) -> None:
    unclear = Clarification(candidates=("lemonade", "grapefruit_ade"), quantity=2)
    asked, _ = at_cafe(clarification=unclear)
    reply, _ = at_cafe(dialogue=asked.dialogue, questions=[Question(topic="menu", categories=("ade",))])
    assert reply.dialogue["pending"] == asked.dialogue["pending"]
    done, _ = at_cafe(dialogue=asked.dialogue, actions=[AddItem(item="lemonade", quantity=2)])
    assert done.dialogue["pending"] is None


def test_a_large_quantity_waits_for_a_yes(at_cafe: Say) -> None:
    reply, outcome = at_cafe(actions=[AddItem(item="macaron", quantity=40)])
    assert outcome.order.lines == ()
    assert "마카롱 40개 맞으세요?" in reply.text
    pending = reply.dialogue["pending"]
    assert pending is not None
    assert pending["kind"] == "confirm_action"
    assert pending["action"] == AddItem(item="macaron", quantity=40).model_dump(mode="json")


def test_an_absurd_quantity_is_refused_and_a_person_offered(at_cafe: Say) -> None:
    reply, _ = at_cafe(actions=[AddItem(item="macaron", quantity=18_000)])
    assert has(reply.text, "100개까지만", "직원을 불러 드릴까요?")
    assert reply.needs_staff == "over_hard_cap"
    assert reply.dialogue["pending"] == {"kind": "confirm_action", "action": {"type": "call_staff"}}


def test_one_thing_near_what_is_missing_is_offered(at_cafe: Say) -> None:
    reply, _ = at_cafe(actions=[AddItem(item="chocolate_cake", quantity=2)])
    assert has(reply.text, "품절", "대신 치즈케이크는 어떠세요?")
    assert reply.dialogue["pending"] == {"kind": "offer", "candidates": ["cheesecake"], "quantity": 2, "options": {}}
    assert reply.dialogue["topics"] == ["cheesecake"]


def test_several_things_near_it_are_named(at_cafe: Say) -> None:
    notice = Notice(code="off_menu", text="콜라", suggestions=("lemonade", "chocolate_cake", "grapefruit_ade"))
    reply, _ = at_cafe(notices=[notice])
    assert has(reply.text, "대신 레몬에이드, 자몽에이드는 있어요")
    assert "초코케이크" not in reply.text
    assert reply.dialogue["pending"] is None


def test_an_offer_survives_a_pause_but_not_another_question(at_cafe: Say) -> None:
    offered, _ = at_cafe(notices=[Notice(code="sold_out", item="chocolate_cake", quantity=2)])
    waiting, _ = at_cafe(dialogue=offered.dialogue, social="wait")
    assert waiting.dialogue["pending"] == offered.dialogue["pending"]
    asked, _ = at_cafe(dialogue=offered.dialogue, questions=[Question(topic="price", items=("tiramisu",))])
    assert asked.dialogue["pending"] is None


def test_the_second_turn_in_a_row_that_is_not_understood_offers_a_person(at_cafe: Say) -> None:
    noise = [Notice(code="not_understood", text="어쩌고")]
    first, _ = at_cafe(notices=noise)
    assert (first.dialogue["misunderstood"], first.needs_staff) == (1, None)
    second, _ = at_cafe(dialogue=first.dialogue, notices=noise)
    assert (second.dialogue["misunderstood"], second.needs_staff) == (2, "misunderstood")
    assert "직원을 불러 드릴까요?" in second.text
    third, _ = at_cafe(dialogue=second.dialogue, social="greeting")
    assert third.dialogue["misunderstood"] == 0


def test_the_focus_is_what_was_touched_last_and_forgets_lines_that_are_gone(at_cafe: Say, lattes: Order) -> None:
    reply, outcome = at_cafe(lattes, quiet(focus=["1"]), actions=[AddItem(item="bagel")])
    assert reply.dialogue["focus"] == ["2"]
    reply, outcome = at_cafe(outcome.order, reply.dialogue, questions=[Question(topic="total")])
    assert reply.dialogue["focus"] == ["2"]
    reply, _ = at_cafe(outcome.order, reply.dialogue, actions=[RemoveItem(line_id="2")])
    assert reply.dialogue["focus"] == []


def test_a_new_order_does_not_inherit_the_focus_of_the_old_one(at_cafe: Say, lattes: Order) -> None:
    cancelled = at_cafe(lattes, actions=[CancelOrder()])[1].order
    reply, _ = at_cafe(cancelled, quiet(focus=["1"]), actions=[AddItem(item="bagel")])
    assert reply.dialogue["focus"] == ["1"]
    reply, _ = at_cafe(cancelled, quiet(focus=["1"]), social="chat")
    assert reply.dialogue["focus"] == []


# Small talk


@pytest.mark.parametrize(
    ("social", "korean", "english"),
    [
        ("greeting", "하루카페", "Haru Cafe"),
        ("thanks", ".", "."),
        ("goodbye", "좋은 하루", "nice day"),
        ("name", "반갑습니다", "Nice to meet you"),
        ("identity", "인공지능 키오스크", "AI kiosk"),
        ("complaint", "죄송합니다", "sorry"),
        ("wait", "네", "."),
        ("chat", "무엇을 드릴까요?", "What can I get you?"),
        ("yes", "네", "All right"),
        ("no", "네", "."),
    ],
)
def test_small_talk_is_answered_shortly(at_cafe: Say, social: str, korean: str, english: str) -> None:
    texts = [at_cafe(language=language, social=social)[0].text for language in ("ko", "en")]
    assert korean in texts[0] or "주문하실 메뉴" in texts[0]
    assert english in texts[1] or "What would you like" in texts[1]
    assert all(len(text) < 130 for text in texts)


def test_an_open_question_is_asked_again_after_small_talk_but_not_while_the_customer_thinks(at_cafe: Say) -> None:
    asked, outcome = at_cafe(actions=[AddItem(item="latte")])
    chatting, _ = at_cafe(outcome.order, asked.dialogue, social="chat")
    assert "따뜻하게 드릴까요" in chatting.text
    waiting, _ = at_cafe(outcome.order, asked.dialogue, social="wait")
    assert "?" not in waiting.text
    assert waiting.dialogue["pending"] == asked.dialogue["pending"]


def test_a_no_after_the_order_leads_to_payment(at_cafe: Say, lattes: Order) -> None:
    assert has(at_cafe(lattes, social="no")[0].text, "결제하겠다고", "13,500원")


def test_small_talk_keeps_the_topics(at_cafe: Say) -> None:
    assert at_cafe(dialogue=quiet(topics=["latte"]), social="chat")[0].dialogue["topics"] == ["latte"]
    noise = Notice(code="not_understood", text="어쩌고")
    assert at_cafe(dialogue=quiet(topics=["latte"]), notices=[noise])[0].dialogue["topics"] == []


def test_a_models_own_words_are_used_for_small_talk_only_when_they_are_sound(at_cafe: Say) -> None:
    assert at_cafe(social="chat", reply="비가 많이 오네요.")[0].text.startswith("비가 많이 오네요.")
    for unsound in (
        "오늘은 100원이에요.",
        '{"reply": "안녕"}',
        "Lovely weather today.",
        "오늘은 공짜예요. 무료로 드려요.",
    ):
        assert unsound not in at_cafe(social="chat", reply=unsound)[0].text
    assert "라떼 있어요" not in at_cafe(questions=[Question(topic="total")], reply="라떼 있어요")[0].text


def test_a_proposal_that_could_not_be_carried_out_asks_again(at_cafe: Say, lattes: Order) -> None:
    reply, outcome = at_cafe(lattes, actions=[RemoveItem(line_id="9")])
    assert outcome.issues
    assert reply.text in ("다시 한번 말씀해 주시겠어요?", "조금만 다르게 말씀해 주시겠어요?")
