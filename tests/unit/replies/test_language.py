"""The language files and the small grammars beside them."""

import string

import pytest

from kiosk.replies.grammar import en, ko
from kiosk.replies.language import Language, language_of, languages
from state import LANGUAGES

pytestmark = pytest.mark.unit

SPOKEN = languages()


def slots(pattern: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(pattern) if name}


def test_the_kiosk_speaks_the_languages_that_it_understands() -> None:
    assert set(LANGUAGES) == set(SPOKEN)
    assert [language_of(code).language for code in SPOKEN] == SPOKEN


@pytest.mark.parametrize("code", SPOKEN)
def test_every_language_says_everything_that_english_says(code: str) -> None:
    words, english = language_of(code), language_of("en")
    assert words.sentences.keys() == english.sentences.keys()
    assert words.phrases.keys() == english.phrases.keys()


@pytest.mark.parametrize("code", SPOKEN)
def test_no_sentence_asks_for_something_that_it_is_not_given(code: str) -> None:
    words = language_of(code)
    known = {
        key: set[str]().union(*(slots(text) for other in SPOKEN for text in language_of(other).sentences[key]))
        for key in words.sentences
    }
    english = {key: set[str]().union(*map(slots, texts)) for key, texts in language_of("en").sentences.items()}
    extra = {key: found - english[key] for key, found in known.items() if found - english[key]}
    # Korean may leave a slot out; a slot that English does not have must be one that the code gives as well.
    assert set(extra) <= {"allergens_in_none", "allergens_not_in", "list_in"}, extra


@pytest.mark.parametrize("code", SPOKEN)
def test_variants_of_a_sentence_differ(code: str) -> None:
    for key, variants in language_of(code).sentences.items():
        assert len(set(variants)) == len(variants) > 0, key


def test_a_language_that_the_kiosk_does_not_speak_becomes_english() -> None:
    assert language_of("xx").language == "en"
    assert language_of("../ko").language == "en"


def test_the_same_seed_says_the_same_and_other_seeds_vary() -> None:
    words = language_of("ko")
    said = [words.say("added", seed, units="라면 1그릇") for seed in range(6)]
    assert said[:3] == said[3:]
    assert len(set(said)) == 3


@pytest.mark.parametrize(
    ("currency", "amount", "korean", "english"),
    [
        ("KRW", 15600, "15,600원", "15,600 won"),
        ("USD", 1250, "12.50달러", "$12.50"),
        ("JPY", 480, "480엔", "480 yen"),
        ("CHF", 1250, "12.50 CHF", "12.50 CHF"),
    ],
)
def test_money_is_written_as_its_language_writes_it(currency: str, amount: int, korean: str, english: str) -> None:
    assert language_of("ko").money(amount, currency) == korean
    assert language_of("en").money(amount, currency) == english


@pytest.mark.parametrize(
    ("word", "form", "expected"),
    [
        ("라떼", "을/를", "라떼를"),
        ("마카롱", "을/를", "마카롱을"),
        ("베이글", "은/는", "베이글은"),
        ("베이글", "으로/로", "베이글로"),
        ("마카롱", "으로/로", "마카롱으로"),
        ("라떼", "으로/로", "라떼로"),
        ("3잔", "으로/로", "3잔으로"),
        ("카페라떼(라지, 두유)", "은/는", "카페라떼(라지, 두유)는"),
        ("4,000원", "이에요/예요", "4,000원이에요"),
        ("카페", "이에요/예요", "카페예요"),
        ("200mg", "이에요/예요", "200mg이에요"),
        ("340kcal", "이에요/예요", "340kcal예요"),
        ("콜라 2", "이/가", "콜라 2가"),
        ("7", "으로/로", "7로"),
        ("10", "으로/로", "10으로"),
        ("1", "은/는", "1은"),
        ("L", "으로/로", "L로"),
        ("A", "은/는", "A는"),
        ("M", "은/는", "M은"),
        ("latte", "은/는", "latte는"),
        ("muffin", "은/는", "muffin은"),
        ("bagel", "으로/로", "bagel로"),
        ("라떼!", "은/는", "라떼!는"),
        ("☕", "은/는", "☕는"),
        ("", "은/는", "는"),
    ],
)
def test_a_particle_follows_the_sound_of_the_word(word: str, form: str, expected: str) -> None:
    assert ko.inflect(word, form) == expected


@pytest.mark.parametrize(
    ("word", "form", "expected"),
    [
        ("cafe latte", "s", "cafe lattes"),
        ("sandwich", "s", "sandwiches"),
        ("berry", "s", "berries"),
        ("tray", "s", "trays"),
        ("glass", "s", "glasses"),
        ("noodles", "s", "noodles"),
        ("americano", "a", "an americano"),
        ("bagel", "a", "a bagel"),
        ("bagel", "the", "bagel"),
    ],
)
def test_english_nouns_take_plurals_and_articles(word: str, form: str, expected: str) -> None:
    assert en.inflect(word, form) == expected


def test_english_sentences_begin_with_a_capital_letter() -> None:
    assert en.polish("one latte. anything else? yes, 4.50 it is") == "One latte. Anything else? Yes, 4.50 it is"


def test_japanese_and_chinese_have_no_spaces_between_the_parts_of_a_reply() -> None:
    assert language_of("ja").polish("はい。 合計 4,000ウォンです。") == "はい。合計 4,000ウォンです。"
    assert language_of("zh").polish("好的。 还要 别的吗?") == "好的。还要别的吗?"


def test_lists_are_joined_as_the_language_does() -> None:
    korean, english = language_of("ko"), language_of("en")
    assert english.join(["a", "b", "c"]) == "a, b and c"
    assert english.join(["a", "b"], choice=True) == "a or b"
    assert korean.join(["가", "나", "다"]) == "가, 나, 다"
    assert english.join(["a"]) == "a"
    assert english.join([]) == ""


def test_a_language_without_a_grammar_module_takes_words_as_they_are() -> None:
    plain = language_of("en").model_copy(update={"language": "zz"})
    assert isinstance(plain, Language)
    assert plain.phrase("units_many", count=2, lead="", name="cafe latte", rest="") == "2 cafe latte"
    assert plain.polish("so") == "so"
