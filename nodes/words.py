"""The customer's words: taken out of a message, cleaned, and their language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from langchain_core.messages import AnyMessage, HumanMessage

from state import LANGUAGES, Language

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")
_INVISIBLE = re.compile(r"[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_HANGUL = re.compile(r"[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]")
_KANA = re.compile(r"[\u3041-\u30ff\uff66-\uff9f]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN_WORD = re.compile(r"[a-z']+")

# fmt: off
_ENGLISH = frozenset({
    "a", "an", "the", "i", "i'd", "i'll", "i'm", "we", "you", "it", "he", "she", "my", "your", "me", "us",
    "them", "this", "that", "these", "those", "is", "are", "was", "do", "does", "did", "can", "could", "will",
    "would", "want", "like", "need", "have", "has", "get", "got", "give", "take", "make", "put", "add", "order",
    "please", "thanks", "thank", "hello", "hi", "hey", "bye", "yes", "yeah", "yep", "no", "nope", "not", "don't",
    "what", "what's", "which", "how", "much", "many", "when", "where", "who", "why", "and", "or", "but", "with",
    "without", "of", "for", "to", "in", "on", "at", "from", "about", "instead", "one", "two", "three", "four",
    "five", "six", "seven", "eight", "nine", "ten", "another", "more", "less", "all", "both", "each", "also",
    "too", "remove", "cancel", "change", "pay", "sorry", "actually", "just", "only", "else",
})
# fmt: on
"""Words that speak English whatever is on the menu: drinks are written in Latin letters in any language."""


def utterance(messages: Sequence[AnyMessage]) -> str:
    """Return the text of the last message where the customer sent it, cleaned; else nothing.

    Content may be a string or a list of blocks; blocks that are not text are left out.
    """
    last = messages[-1] if messages else None
    return cleaned(last.text) if isinstance(last, HumanMessage) else ""


def cleaned(text: str) -> str:
    """Return the text in NFC, without characters that cannot be printed, stored or seen."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", _UNPRINTABLE.sub(" ", text))).strip()


def language_of(text: str, before: str) -> Language:
    """Return the language of a turn, or the language spoken before where the words do not tell.

    Args:
        text: The turn.
        before: The language of the conversation so far.
    """
    hangul = len(_HANGUL.findall(text))
    words = _LATIN_WORD.findall(text.casefold())
    english = sum(word in _ENGLISH for word in words)
    if hangul:
        # A syllable of Hangul carries about as much as half a word of English.
        return "en" if english >= 2 and english + len(words) > hangul else "ko"
    if english < 2 and (asian := _japanese_or_chinese(text, before)):
        return asian
    if english or len(words) >= 4:
        return "en"
    return next((language for language in LANGUAGES if language == before), "ko")


def _japanese_or_chinese(text: str, before: str) -> Language | None:
    """Kana is Japanese; Chinese characters alone are Chinese, unless the customer has spoken Japanese."""
    if text.isascii():
        return None
    if _KANA.search(text):
        return "ja"
    if _HAN.search(text):
        return "ja" if before == "ja" else "zh"
    return None
