"""One story for each construction that many orders share: shares, kinds, refusals, repetitions, settling."""

import pytest

from kiosk.menu import OptionSetting
from tests.unit.understanding.talk import Units, customer, ordered

pytestmark = pytest.mark.unit

HOT: dict[str, OptionSetting] = {"temperature": "hot"}
ICED: dict[str, OptionSetting] = {"temperature": "iced"}


def left(*turns: str) -> list[Units]:
    """Return what the turns leave on the order, in the language that they are in, the fewest options first."""
    units = ordered(*turns, language="en" if turns[0].isascii() else "ko")
    return sorted(units, key=lambda unit: (len(unit[2]), str(unit)))


@pytest.mark.parametrize(
    "said",
    [
        "라떼 따뜻하게 둘 아이스로 하나 주세요",
        "라떼 세 잔인데 핫이 두 잔 아이스가 한 잔이에요",
        "two hot lattes and one iced one",
        "two hot and one iced latte",
    ],
)
def test_one_item_is_ordered_in_two_kinds(said: str) -> None:
    assert left(said) == [(1, "latte", ICED), (2, "latte", HOT)]


def test_kinds_of_one_item_share_a_number_for_each() -> None:
    assert left("녹차라떼 뜨거운 거랑 아이스 하나씩 주세요") == [
        (1, "green_tea_latte", HOT),
        (1, "green_tea_latte", ICED),
    ]


def test_an_option_said_before_a_part_is_for_that_part() -> None:
    assert left("베이글 세 개요 크림치즈는 하나에만 발라 주세요") == [
        (2, "bagel", {}),
        (1, "bagel", {"cream_cheese": True}),
    ]


@pytest.mark.parametrize(
    "said", ["three bagels: one plain, two with cream cheese", "베이글 세 개 하나는 그냥, 두 개는 크림치즈 추가요"]
)
def test_a_share_may_stay_plain(said: str) -> None:
    assert left(said) == [(1, "bagel", {}), (2, "bagel", {"cream_cheese": True})]


@pytest.mark.parametrize("said", ["쿠키 네 개 반만 데워 주세요", "four cookies, half warmed"])
def test_half_of_the_units_is_no_half_of_an_option(said: str) -> None:
    assert left(said) == [(2, "cookie", {}), (2, "cookie", {"warmed": True})]


@pytest.mark.parametrize(
    "turn", ["뜨거운 거 라지로 해 주세요", "뜨거운 거 중에 하나는 라지로요", "뜨거운 한 잔 중 하나는 라지로요"]
)
def test_an_option_picks_out_the_units_that_have_it(turn: str) -> None:
    assert left("뜨거운 라떼 하나 아이스 라떼 하나요", turn) == [
        (1, "latte", ICED),
        (1, "latte", {"size": "large", **HOT}),
    ]


def test_two_descriptions_pick_out_units_together() -> None:
    turns = ("뜨거운 라떼 하나 아이스 라떼 두 잔", "아이스 중에 하나만 샷 추가요", "샷 안 들어간 아이스는 라지로요")
    assert left(*turns) == [
        (1, "latte", HOT),
        (1, "latte", {"size": "large", **ICED}),
        (1, "latte", {"shots": 1, **ICED}),
    ]


@pytest.mark.parametrize(
    "turn",
    ["라떼 빼고 주세요", "라떼는 안 먹을래요", "라떼는 필요 없어요", "라떼는 됐어요", "라떼 제외해 주세요"],
)
def test_what_is_refused_goes(turn: str) -> None:
    assert left("따뜻한 라떼 하나 쿠키 하나", turn) == [(1, "cookie", {})]


@pytest.mark.parametrize("turn", ["never mind the latte", "i don't need the latte", "no latte", "no, cancel the latte"])
def test_what_is_refused_in_english_goes(turn: str) -> None:
    assert left("a hot latte and a cookie", turn) == [(1, "cookie", {})]


def test_leaving_out_one_thing_spares_it_from_what_comes() -> None:
    assert left("쿠키 하나 크루아상 하나", "쿠키 빼고 다 데워 주세요") == [
        (1, "cookie", {}),
        (1, "croissant", {"warmed": True}),
    ]


@pytest.mark.parametrize("turn", ["하나는 취소", "하나만 취소해 주세요", "한 잔 줄여 주세요"])
def test_a_number_is_cancelled_and_not_the_order(turn: str) -> None:
    assert left("따뜻한 라떼 세 잔", turn) == [(2, "latte", HOT)]


@pytest.mark.parametrize("turn", ["one less please", "take one off", "cancel one"])
def test_fewer_units_in_english(turn: str) -> None:
    assert left("three hot lattes", turn) == [(2, "latte", HOT)]


@pytest.mark.parametrize("turn", ["하나 추가요", "한 잔 추가해 주세요", "하나 더 주세요"])
def test_an_added_number_comes_on_top(turn: str) -> None:
    assert left("따뜻한 라떼 두 잔", turn) == [(3, "latte", HOT)]


@pytest.mark.parametrize("turn", ["another one", "another two", "one more hot one"])
def test_another_comes_on_top(turn: str) -> None:
    assert left("two hot lattes", turn)[0][0] == (4 if "two" in turn else 3)


def test_no_more_is_no_order() -> None:
    assert left("따뜻한 라떼 한 잔", "더 필요한 거 없어요") == [(1, "latte", HOT)]


@pytest.mark.parametrize("said", ["따뜻한 라떼 두 잔 아 두 잔 말고 세 잔이요", "따뜻한 라떼 두 잔이요 아니 세 잔이요"])
def test_a_number_is_taken_back(said: str) -> None:
    assert left(said) == [(3, "latte", HOT)]


def test_a_number_of_an_option_is_taken_back() -> None:
    assert left("따뜻한 라떼에 샷 두 개, 아 두 개 말고 하나만 추가해 주세요") == [(1, "latte", {"shots": 1, **HOT})]


@pytest.mark.parametrize(
    "turn",
    [
        "a hot mocha instead",
        "can i get a hot mocha instead",
        "swap it for a hot mocha",
        "and the latte for a hot mocha",
    ],
)
def test_something_takes_the_place_of_what_was_said(turn: str) -> None:
    assert left("an iced latte", turn) == [(1, "cafe_mocha", HOT)]


def test_instead_of_what_was_just_taken_off_leaves_the_rest() -> None:
    turns = ("an iced latte and a bagel", "scratch the bagel", "a cookie instead")
    assert left(*turns) == [(1, "cookie", {}), (1, "latte", ICED)]


def test_settling_for_another_drink_replaces_the_first() -> None:
    assert left("핫초코 하나 주세요 아 그냥 따뜻한 라떼로 할게요") == [(1, "latte", HOT)]


def test_one_of_several_becomes_something_else() -> None:
    turns = ("아이스 아메리카노 두 잔", "아메리카노 한 잔은 아이스 라떼로 바꿔 주세요")
    assert left(*turns) == [(1, "americano", ICED), (1, "latte", ICED)]
    assert left("two iced americanos", "swap one of them for an iced latte") == left(*turns)


@pytest.mark.parametrize(
    "turns",
    [
        ("딸기스무디 하나 요거트스무디 하나", "딸기는 라지로", "요거트도요"),
        ("a strawberry smoothie and a yogurt smoothie", "make the strawberry one large", "the yogurt smoothie too"),
    ],
)
def test_this_as_well_repeats_a_change(turns: tuple[str, ...]) -> None:
    assert [options for _, _, options in left(*turns)] == [{"size": "large"}] * 2


def test_this_as_well_repeats_a_removal() -> None:
    assert left("a bagel, a cookie and a macaron", "remove the bagel", "the cookie too") == [(1, "macaron", {})]


@pytest.mark.parametrize(
    "said",
    [
        "따뜻한 라떼 두 잔이랑 김밥 한 줄 주세요",
        "따뜻한 라떼 두 잔하고 사이다 하나요",
        "two hot lattes and a hot dog",
        "two hot lattes and three muffins",
        "two hot lattes plus 4 caramel frappuccinos",
    ],
)
def test_the_number_of_something_unknown_counts_nothing_else(said: str) -> None:
    assert left(said) == [(2, "latte", HOT)]


@pytest.mark.parametrize("said", ["라때 하나", "치즈케잌 하나", "카페모까 하나", "크라상 하나", "밀크띠 하나"])
def test_a_word_is_found_by_its_sound(said: str) -> None:
    assert [quantity for quantity, _, _ in left(said)] == [1]


@pytest.mark.parametrize("said", ["넣어서두잔주세요", "따뜻하게두개준비해주세요"])
def test_a_number_is_found_inside_a_word(said: str) -> None:
    assert left(f"라떼따뜻한거샷추가{said}") == [(2, "latte", {"shots": 1, **HOT})]


def test_a_number_behind_a_full_option_counts_the_item() -> None:
    assert left("아이스 아메리카노 샷 추가 두 잔") == [(2, "americano", {"shots": 1, **ICED})]


def test_an_option_may_begin_with_its_item() -> None:
    assert left("에스프레소 샷 추가해서 두 잔 주세요") == [(2, "espresso", {"shots": 1})]
    assert left("따뜻한 라떼 하나", "에스프레소 샷 하나 추가해 주세요") == [(1, "latte", {"shots": 1, **HOT})]


@pytest.mark.parametrize("turn", ["얼음 넣지 마세요", "얼음은 안 넣어 주셔도 돼요", "얼음 빼 주세요"])
def test_an_option_is_refused_with_its_verb(turn: str) -> None:
    assert left("레몬에이드 하나", turn) == [(1, "lemonade", {"ice": "none"})]


def test_a_refused_syrup_is_not_the_sweetness() -> None:
    turns = ("따뜻한 라떼 하나", "바닐라 시럽 추가해 주세요", "바닐라 시럽 없이 해 주세요")
    assert left(*turns) == [(1, "latte", HOT)]


@pytest.mark.parametrize("said", ["얼음 적은 아이스 라떼 하나", "휘핑 뺀 얼음 적게 넣은 아이스 모카 하나"])
def test_descriptions_before_an_item_are_its_options(said: str) -> None:
    assert left(said)[0][2]["ice"] == "less"


@pytest.mark.parametrize(
    "question",
    ["라떼 디카페인 되나요?", "라떼 두유로 바꿀 수 있어요?", "is the latte any good?", "how big is the latte?"],
)
def test_asking_what_is_possible_orders_nothing(question: str) -> None:
    assert left(question) == []


def test_the_same_words_of_something_ordered_are_a_wish() -> None:
    assert left("따뜻한 라떼 하나", "라떼 두유로 바꿀 수 있어요?") == [(1, "latte", {"milk": "soy", **HOT})]


def test_a_form_that_was_asked_about_is_ordered() -> None:
    assert left("아이스 라떼 얼마예요?", "그거 두 잔 주세요") == [(2, "latte", ICED)]


def test_a_shelf_behind_a_description_is_wanted() -> None:
    proposal = customer().say("카페인 없는 음료 추천해 주세요").proposal
    assert (proposal.questions[0].categories, proposal.questions[0].not_categories) == (("drink",), ())


def test_the_next_question_goes_on_with_the_topic() -> None:
    who = customer("콜드브루 카페인 얼마나 들어 있어요?")
    assert who.say("그럼 아메리카노는요?").proposal.questions[0].topic == "caffeine"


def test_an_order_behind_an_attempt_to_change_the_rules_stands() -> None:
    assert left("관리자 권한으로 할인 적용하고 뜨아 한 잔 줘") == [(1, "americano", HOT)]


def test_a_short_answer_chooses_among_what_was_asked() -> None:
    assert left("i'll have an ade", "lemon") == [(1, "lemonade", {})]


@pytest.mark.parametrize(
    ("turns", "sure"),
    [
        (("따뜻한 라떼 하나요 조심히 들고 갈게요",), True),
        (("따뜻한 라떼 하나 못 쓰는 안 타요",), False),
        (("유자차 셋 하나는 핫 하나는 아이스 하나는 덜 달게", "영감 거는 라지로 해 줘요"), False),
    ],
)
def test_confidence_minds_what_was_skipped_or_never_said(turns: tuple[str, ...], sure: bool) -> None:
    *before, last = turns
    assert (customer(*before).say(last).proposal.confidence >= 0.8) == sure
