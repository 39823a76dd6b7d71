"""The customer's words: cleaned, and told apart by language."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from nodes.words import cleaned, language_of, utterance

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "before", "language"),
    [
        ("라떼 3잔", "en", "ko"),
        ("latte", "ko", "ko"),
        ("iced latte", "ko", "ko"),
        ("latte 2", "en", "en"),
        ("two lattes please", "ko", "en"),
        ("hello", "ko", "en"),
        ("I'd like an 아메리카노 please", "ko", "en"),
        ("아이스 latte 두 잔 주세요", "en", "ko"),
        ("ㅇㅇ", "en", "ko"),
        ("3", "en", "en"),
        ("🍕", "ko", "ko"),
        ("", "en", "en"),
        ("large oat flat white", "ko", "en"),
        ("アイスラテを二つください", "ko", "ja"),
        ("お会計", "en", "ja"),
        ("会計", "ja", "ja"),
        ("热拿铁一杯", "ko", "zh"),
        ("拿铁两杯", "en", "zh"),
        ("2", "zh", "zh"),
        ("Lサイズ", "ja", "ja"),
        ("라떼 하나", "zh", "ko"),
    ],
)
def test_the_language_is_that_of_the_words_that_are_no_names(text: str, before: str, language: str) -> None:
    assert language_of(text, before) == language


@given(st.text())
def test_cleaned_words_can_be_stored_shown_and_cleaned_again(text: str) -> None:
    clean = cleaned(text)
    clean.encode("utf-8")
    assert clean == unicodedata.normalize("NFC", clean) == clean.strip() == cleaned(clean)
    assert not any(unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t" for char in clean)


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([], ""),
        ([HumanMessage("  라떼\x00 3잔 ")], "라떼  3잔"),
        ([HumanMessage([{"type": "text", "text": "라떼"}, {"type": "text", "text": " 3잔"}])], "라떼 3잔"),
        ([HumanMessage("라떼"), AIMessage("네")], ""),
        ([HumanMessage("\u1105\u1161\u1104\u1166")], "라떼"),
    ],
)
def test_the_turn_is_the_last_message_if_it_is_the_customers(messages: Any, words: str) -> None:
    found: list[AnyMessage] = messages
    assert utterance(found) == words
