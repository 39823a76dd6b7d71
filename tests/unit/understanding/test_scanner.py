"""Words are found whatever the spacing, the typing and the marks around them."""

import pytest

from kiosk.menu import load_menu
from kiosk.understanding.lexicon import Lexicon
from kiosk.understanding.scanner import Scanner
from kiosk.understanding.text import MASKED, jamo, normalize
from kiosk.understanding.tokens import Token

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner(Lexicon(load_menu()))


def items(tokens: list[Token]) -> list[str]:
    return [token.name.items[0] for token in tokens if token.name and not token.name.partial]


@pytest.mark.parametrize(
    "text", ["아이스 카페 라떼 두잔", "아이스카페라떼두잔", "아이스 카페라떼 두 잔", "아 이스카페라 떼 두잔"]
)
def test_spaces_do_not_matter_in_korean(scanner: Scanner, text: str) -> None:
    tokens = scanner.scan(normalize(text))
    assert items(tokens) == ["latte"]
    assert [token.number.value for token in tokens if token.number] == [2]


def test_a_word_of_letters_needs_its_spaces(scanner: Scanner) -> None:
    assert items(scanner.scan(normalize("lattes"))) == ["latte"]
    assert items(scanner.scan(normalize("platter"))) == []


@pytest.mark.parametrize(
    ("typo", "item"),
    [("아매리카노", "americano"), ("카푸치누", "cappuccino"), ("capuccino", "cappuccino"), ("amerciano", "americano")],
)
def test_a_letter_off_is_forgiven(scanner: Scanner, typo: str, item: str) -> None:
    tokens = scanner.scan(normalize(typo))
    assert items(tokens) == [item]
    assert [token.fuzzy for token in tokens] == [True]


def test_short_words_are_not_guessed(scanner: Scanner) -> None:
    assert items(scanner.scan(normalize("나떼"))) == []


def test_a_syllable_is_spelt_letter_by_letter() -> None:
    assert jamo("라떼") == "ㄹㅏㄸㅔ"
    assert jamo("닭a") == "ㄷㅏㄺa"


def test_verb_endings_are_not_listed_and_not_unknown(scanner: Scanner) -> None:
    tokens = scanner.scan(normalize("라떼 하나 추가해주실수있을까요"))
    assert [token.text for token in tokens if token.unknown] == []


def test_marks_cut_and_other_signs_vanish(scanner: Scanner) -> None:
    tokens = scanner.scan(normalize("라떼☕️,  'latte'!"))
    assert items(tokens) == ["latte", "latte"]
    assert tokens[1].has("COMMA")
    assert tokens[-1].has("STOP")


def test_width_and_case_do_not_matter() -> None:
    assert normalize("ＬＡＴＴＥ").chars == normalize("Latte").chars


def test_the_original_spelling_is_kept(scanner: Scanner) -> None:
    tokens = scanner.scan(normalize("two Lattes, Blorbo"))
    assert tokens[-1].text == "Blorbo"
    assert tokens[-1].unknown


def test_masked_data_is_one_unknown_word(scanner: Scanner) -> None:
    unknown = [token for token in scanner.scan(normalize("<PHONE_1> 라떼")) if token.unknown]
    assert len(unknown) == 1
    assert MASKED in unknown[0].text


def test_a_minus_sign_makes_no_quantity(scanner: Scanner) -> None:
    assert not any(token.number for token in scanner.scan(normalize("-3")))
    assert [token.number.value for token in scanner.scan(normalize("1-2개")) if token.number] == [1, 2]
