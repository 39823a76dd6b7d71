"""Languages without spaces between words: where words begin, and what stands before or after what."""

from __future__ import annotations

import pytest

from kiosk.understanding.packs import LANGUAGES as PACKS
from kiosk.understanding.text import is_free_order, is_verb_last, key, normalize, script
from state import LANGUAGES
from tests.unit.data.menus import menus
from tests.unit.understanding.talk import Units, ordered

pytestmark = pytest.mark.unit


def test_every_language_of_the_kiosk_has_a_pack() -> None:
    assert set(PACKS) == set(LANGUAGES)


def test_the_cafe_names_everything_in_every_language() -> None:
    menu = menus()["haru_cafe"]
    named = [*menu.items, *menu.categories.values(), *menu.allergens.values(), *menu.option_groups.values()]
    named += [value for group in menu.option_groups.values() for value in group.values]
    assert [entry.names for entry in named if not set(LANGUAGES) <= set(entry.names)] == []


@pytest.mark.parametrize(
    ("char", "expected"),
    [("カ", "kana"), ("を", "kana"), ("ｱ", "kana"), ("拿", "han"), ("가", "hangul"), ("a", "other")],
)
def test_characters_have_a_script(char: str, expected: str) -> None:
    assert script(char) == expected


def test_kana_and_chinese_characters_are_one_word_and_digits_begin_another() -> None:
    assert [index for index, start in enumerate(normalize("氷少なめで2つ").starts) if start] == [0, 5, 6]


@pytest.mark.parametrize(
    ("word", "verb_last", "free"),
    [
        ("ください", True, False),
        ("変更し", True, False),
        ("Lサイズ", True, False),
        ("주세요", True, False),
        ("不要", False, True),
        ("please", False, False),
    ],
)
def test_the_script_tells_where_verbs_stand(word: str, verb_last: bool, free: bool) -> None:
    assert (is_verb_last(word), is_free_order(word)) == (verb_last, free)


@pytest.mark.parametrize(
    ("variant", "simplified"), [("熱拿鐵", "热拿铁"), ("結帳", "结账"), ("緑茶", "绿茶"), ("両方", "两方")]
)
def test_variants_of_characters_are_the_same_word(variant: str, simplified: str) -> None:
    assert key(variant) == key(simplified)


ICED_LATTE: Units = (1, "latte", {"temperature": "iced"})


@pytest.mark.parametrize(
    ("turns", "language", "expected"),
    [
        (("冰拿铁一杯", "再来一杯"), "zh", [(2, "latte", {"temperature": "iced"})]),
        (("两杯冰拿铁一个贝果", "贝果不要了"), "zh", [(2, "latte", {"temperature": "iced"})]),
        (("冰拿铁三杯", "拿铁减两杯"), "zh", [ICED_LATTE]),
        (("冰拿铁一杯，不要热的",), "zh", [ICED_LATTE]),
        (("冰美式一杯", "把美式换成拿铁"), "zh", [ICED_LATTE]),
        (("アイスラテください", "もう一つ"), "ja", [(2, "latte", {"temperature": "iced"})]),
        (("アイスラテとベーグル", "ベーグルはいりません"), "ja", [ICED_LATTE]),
        (("氷入れて、アイスラテ一つ",), "ja", [ICED_LATTE]),
    ],
)
def test_a_tourist_is_understood(turns: tuple[str, ...], language: str, expected: list[Units]) -> None:
    assert ordered(*turns, language=language) == expected
