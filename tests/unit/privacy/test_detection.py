"""What is personal and what is not, one class at a time."""

from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.privacy import SPAN_TYPES, Detection, detect, mask, warm_up
from tests.clock import processor_seconds

pytestmark = pytest.mark.unit


def found(text: str, menu_words: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    return [(span.type, text[span.start : span.end]) for span in detect(text, menu_words=menu_words).spans]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("제 이름은 노아름이에요", "노아름"),
        ("심하준 이름으로 적립할게요", "심하준"),
        ("저는 배수연이라고 해요", "배수연"),
        ("컵에 소담이라고 적어주세요", "소담"),
        ("이름 ㅎㅏㄴㅂㅕㄹ 이에요", "ㅎㅏㄴㅂㅕㄹ"),
        ("오.하.린 이라고 읽어요", "오.하.린"),
        ("My name is Rosalind", "Rosalind"),
        ("it's for the cup, name's milo", "milo"),
        ("put Aurelia on the cup", "Aurelia"),
        ("that's Z-A-R-A", "Z-A-R-A"),
        ("Mrs. Pemberton ordered it", "Pemberton"),
        ("名前は山田です", "山田"),
    ],
)
def test_finds_a_name_in_its_frame(text: str, name: str) -> None:
    assert ("NAME", name) in found(text)


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("010-0000-4321로 적립", "010-0000-4321"),
        ("공일공 영영영영 사삼이일이요", "공일공 영영영영 사삼이일"),
        ("０１０ ００００ ４３２１", "０１０ ００００ ４３２１"),
        ("뒷자리 공일칠삼이에요", "공일칠삼"),
        ("0 1 0 - 0 0 0 0 - 4 3 2 1", "0 1 0 - 0 0 0 0 - 4 3 2 1"),
        ("O10.0000.4321", "O10.0000.4321"),
        (
            "it's zero one zero, double zero double zero, four three two one",
            "zero one zero, double zero double zero, four three two one",
        ),
        ("+1 555 010 0123 please", "+1 555 010 0123"),
    ],
)
def test_finds_a_phone_however_it_is_given(text: str, phone: str) -> None:
    assert any(phone.lstrip("+") in part for kind, part in found(text) if kind == "PHONE")


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("kim@example.com로 보내주세요", "kim@example.com"),
        ("kim [at] example [dot] com", "kim [at] example [dot] com"),
        ("메일은 김 점 하나 골뱅이 네이버 점 컴이요", "김 점 하나 골뱅이 네이버 점 컴"),
        ("my email is jo dot doe at gmail dot com", "jo dot doe at gmail dot com"),
    ],
)
def test_finds_an_email_typed_or_said(text: str, email: str) -> None:
    assert ("EMAIL", email) in found(text)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("카드 4111-1111-1111-1111", "CARD", "4111-1111-1111-1111"),
        ("the card ending in 9009", "CARD", "9009"),
        ("유효기간은 07/31이에요", "CARD", "07/31"),
        ("cvc 삼이일", "CARD", "삼이일"),
        ("비번은 7812", "PASSWORD", "7812"),
        ("my password is hunter22", "PASSWORD", "hunter22"),
        ("주민번호 900101-1234567", "RRN", "900101-1234567"),
        ("생년월일 991231이에요", "BIRTH", "991231"),
        ("회원번호 AB-00991이요", "MEMBER_ID", "AB-00991"),
        ("my user id is mocha_fan", "MEMBER_ID", "mocha_fan"),
        ("신한은행 110-000-000000", "ACCOUNT", "110-000-000000"),
        ("passport M12345678", "PASSPORT", "M12345678"),
        ("서울시 종로구 가공로 7길 12", "ADDRESS", "서울시 종로구 가공로 7길 12"),
        ("deliver it to 40 Invented Street, apt 5", "ADDRESS", "40 Invented Street, apt 5"),
    ],
)
def test_finds_ids_secrets_and_addresses(text: str, kind: str, value: str) -> None:
    assert (kind, value) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "당뇨라서 시럽은 빼주세요",
        "임신 중이라 디카페인으로요",
        "복숭아 알러지가 있어요",
        "당.뇨가 있어요",
        "인슐린 맞고 왔어요",
        "I'm lactose intolerant",
        "type 2, so no sugar",
        "my daughter is allergic to almonds",
        "小麦アレルギーです",
        "我对牛奶过敏",
    ],
)
def test_health_is_high_and_a_class_of_its_own(text: str) -> None:
    assert detect(text).level == "high"
    assert {kind for kind, _ in found(text)} == {"HEALTH"}


def test_finds_several_in_one_utterance() -> None:
    text = "이름은 우다현이고 번호는 010-0000-1357, 땅콩 알레르기 있어요"
    assert [kind for kind, _ in found(text)] == ["NAME", "PHONE", "HEALTH"]


@pytest.mark.parametrize(
    "text",
    [
        "비건 메뉴 있어요? 제가 비건이라",
        "카페인에 예민해요",
        "설탕을 줄이고 있어요",
        "I'm vegetarian",
        "caffeine keeps me up",
    ],
)
def test_a_preference_is_medium(text: str) -> None:
    detection = detect(text)
    assert (detection.level, detection.spans) == ("medium", ())


@pytest.mark.parametrize(
    "text",
    [
        "고구마라떼 하나요",
        "아라 둘이랑 바라 하나",
        "6천원이죠?",
        "총 12,500원 결제할게요",
        "여섯 명이요",
        "이름이 뭐예요?",
        "전화번호 입력은 어디서 해요",
        "당 떨어졌다 단 거 주세요",
        "하트 모양 쿠키 있어요?",
        "오류코드 A12345678 나와요",
        "Will it take long?",
        "May I have a latte",
        "the heart-shaped one, please",
        "for here, please",
        "is there an allergen list?",
        "what's the wifi password",
        "혹시 아메리카노 한 잔 주세요",
        "다시 딸기로 2잔 주세요",
        "역시 모카가 낫겠다",
        "친구 라떼가 더 맛있대요",
        "밀크티시원한걸로1잔",
        "샷 추가한 거 빼주세요",
        "두유로 변경한 거요",
    ],
)
def test_everyday_talk_is_low(text: str) -> None:
    assert detect(text) == Detection("low", (), ())


def test_a_menu_word_is_no_name_even_where_a_name_could_stand() -> None:
    assert found("무지개소다로 부탁해요", ("무지개소다",)) == []
    assert found("아이스초코라떼라고 써 있던데요") == []
    assert found("I'd like it with Moonbeam please", ("Moonbeam",)) == []


def test_a_name_that_holds_a_menu_word_is_a_name() -> None:
    assert found("진아라 이름으로 아라 한 잔", ("아라",)) == [("NAME", "진아라")]


def test_a_masked_text_is_not_personal_again() -> None:
    text = "제 이름은 나은설이고요 번호는 010-0000-8080, 메일은 a.b@example.com이에요"
    masked = mask(text, detect(text)).text
    assert detect(masked).spans == ()


def test_reasons_are_codes_and_never_text() -> None:
    reasons = detect("제 이름은 나은설이고요 번호는 010-0000-8080").reasons
    assert reasons
    assert all(code.isascii() and not any(char.isdigit() for char in code) for code in reasons)


def test_offsets_point_into_the_given_text_and_not_into_a_folded_one() -> None:
    text = "\u200b전화 ０１０-００００-１１２２\ufe0f 이요"
    (span,) = detect(text).spans
    assert text[span.start : span.end].startswith("０１０")
    assert "２" not in text[: span.start] + text[span.end :]


@given(st.text(max_size=300))
@settings(deadline=None, max_examples=300)
def test_any_text_gives_sorted_spans_in_range_that_do_not_overlap(text: str) -> None:
    spans = detect(text).spans
    bounds = [bound for span in spans for bound in (span.start, span.end)]
    assert bounds == sorted(bounds)
    assert all(0 <= span.start < span.end <= len(text) and span.type in SPAN_TYPES for span in spans)


_PIECES = [
    "이름은 ",
    "010",
    "공일공",
    "-",
    "@",
    " at ",
    "dot com",
    "김",
    "ㄱㅏ",
    "카드 ",
    "I'm ",
    "Jo",
    "알레르기",
    "12",
    "\u200b",
    "<NAME_1>",
    "구 ",
    "로 ",
]


@given(st.lists(st.sampled_from(_PIECES), max_size=60).map("".join))
@settings(deadline=None, max_examples=300)
def test_pieces_of_personal_data_in_any_order_never_raise(text: str) -> None:
    masked = mask(text, detect(text))
    assert isinstance(masked.text, str)


@pytest.mark.parametrize(
    "piece",
    ["a", "1", "공일", "공 일 ", "a.", "a@", "이름은 ", "카드 1", "-", "ㄱㅏ", "가.", "at a dot ", "one ", "\ud800"],
)
def test_time_grows_with_the_length_of_the_text_and_no_faster(piece: str) -> None:
    warm_up()
    times = []
    for length in (25_000, 100_000):
        text = (piece * (length // len(piece) + 1))[:length]
        times.append(processor_seconds(partial(detect, text))[0])
    assert times[1] < max(8 * times[0], 1.0)
    assert times[1] < 3.0


def test_a_number_across_the_seam_of_a_long_text_is_still_found() -> None:
    for padding in range(1980, 2005):
        text = "가" * padding + " 010-0000-2468 " + "나" * 400
        assert "2468" not in mask(text, detect(text)).text
