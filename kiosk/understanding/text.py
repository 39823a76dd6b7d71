"""Customer text made comparable: one spelling, no spaces, every character tied to its place in the original."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from kiosk.understanding.han import VARIANTS

_LEADS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_TAILS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_MARKS = {
    **dict.fromkeys(".!。！\n;；…", "."),
    **dict.fromkeys("?？", "?"),
    **dict.fromkeys(",、，/·:+|—()", ","),
}
_SILENT = "'’‘`~"
_MINUS = re.compile(r"(?<![^\s(])[-−](?=\d)")
UNSPACED_SCRIPTS = frozenset({"hangul", "kana", "han"})
"""Scripts in which a word may stand next to another without a space."""
_PLACEHOLDER = re.compile(r"<[A-Z]+(?:_[A-Z]+)*_\d+>")
MASKED = "\ue000"
MINUS = "−"


@dataclass(frozen=True)
class Text:
    """`chars` without spaces; for each: does a new word begin here, and where it stands in `source`."""

    source: str
    chars: str
    starts: tuple[bool, ...]
    places: tuple[int, ...]

    def original(self, start: int, end: int) -> str:
        """Return the customer's own spelling of chars[start:end]."""
        return self.source[self.places[start] : self.places[end - 1] + 1]

    def gap(self, position: int) -> str:
        """Return what stood between the character at `position` and the one before ("1~2")."""
        return self.source[self.places[position - 1] + 1 : self.places[position]]

    def ends(self, position: int) -> bool:
        """Tell whether a word ends before `position`."""
        return position >= len(self.chars) or self.starts[position]


def normalize(source: str) -> Text:
    """Fold width and case, drop what carries no meaning (emoji, control characters, quotes).

    What stays are letters, digits, . ? and commas, and the minus sign of a number. Placeholders of masked personal
    data (`<NAME_1>`) become one unknown word.

    A word begins after a space, after a mark and where the script changes (Hangul, Latin, digits; Japanese words mix
    kana and Chinese characters). Variants of Chinese characters become one.
    """
    source = _PLACEHOLDER.sub(lambda match: MASKED * len(match[0]), unicodedata.normalize("NFC", source))
    source = _MINUS.sub(MINUS, source)
    chars: list[str] = []
    starts: list[bool] = []
    places: list[int] = []
    fresh = True
    for place, raw in enumerate(source):
        for char in _MARKS.get(raw) or unicodedata.normalize("NFKC", raw).lower():
            mark = _MARKS.get(char)
            if mark is None and not char.isalnum() and char not in ("&", MASKED, MINUS):
                fresh = fresh or char not in _SILENT
                continue
            fresh = fresh or mark is not None or (bool(chars) and _changes_word(chars[-1], char))
            chars.append(mark or VARIANTS.get(char, char))
            starts.append(fresh)
            places.append(place)
            fresh = mark is not None
    return Text(source, "".join(chars), tuple(starts), tuple(places))


@lru_cache(maxsize=1 << 15)
def key(word: str) -> str:
    """Return the form of a dictionary word that `Text.chars` is compared with."""
    return normalize(word).chars


def script(char: str) -> str:
    """Return `hangul`, `kana`, `han`, `digit`, `mark` or `other`."""
    if "가" <= char <= "힣" or "ㄱ" <= char <= "ㅣ":
        return "hangul"
    if char.isdigit():
        return "digit"
    if char in ".,?":
        return "mark"
    if char < "぀":
        return "other"
    if "぀" <= char <= "ヿ" or "ｦ" <= char <= "ﾟ":
        return "kana"
    return "han" if "㐀" <= char <= "鿿" or char == "々" else "other"


def is_unspaced(char: str) -> bool:
    """Tell whether a character belongs to a script in which words need no spaces between them."""
    return script(char) in UNSPACED_SCRIPTS


def _changes_word(last: str, char: str) -> bool:
    first, second = script(last), script(char)
    return first != second and not {first, second} <= {"kana", "han"}


def is_verb_last(word: str) -> bool:
    """Tell whether a word belongs to a language whose verbs and particles come last: Hangul, or anything with kana."""
    first = script(next((char for char in word if not char.isdigit()), " "))
    if first in ("han", "other"):
        return not word.isascii() and any(script(char) == "kana" for char in word)
    return first in ("hangul", "kana")


def is_free_order(word: str) -> bool:
    """Tell whether a word belongs to a language whose verbs and numbers stand on either side of what they are about."""
    return script(word[:1] or " ") == "han" and not is_verb_last(word)


def jamo(word: str) -> str:
    """Spell Hangul syllables letter by letter, so that a typo costs a letter and not a syllable."""
    return "".join(_letters(char) for char in word)


_SOUNDS = str.maketrans("ㅐㅒㅙㅚㅟㄲㄸㅃㅆㅉ", "ㅔㅖㅞㅞㅣㄱㄷㅂㅅㅈ")
_AFTER_SIBILANT = str.maketrans("ㅑㅕㅛㅠㅖ", "ㅏㅓㅗㅜㅔ")
_SIBILANT = re.compile("[ㅈㅊ][ㅑㅕㅛㅠㅖ]")
_STOPS = str.maketrans("ㅋㄲㅌㅆㅅㅈㅊㅍ", "ㄱㄱㄷㄷㄷㄷㄷㅂ")


def sound(word: str) -> str:
    """Spell Hangul as it is heard: letters that sound the same, or nearly so, become one (라때, 케잌, 싸이즈)."""
    heard = "".join(_heard(char) for char in word)
    return _SIBILANT.sub(lambda match: match[0].translate(_AFTER_SIBILANT), heard)


def _heard(char: str) -> str:
    letters = _letters(char)
    body, tail = (letters[:2], letters[2:]) if len(letters) > 1 else (letters, "")
    return body.translate(_SOUNDS) + tail.translate(_STOPS)


def _letters(char: str) -> str:
    index = ord(char) - 0xAC00
    if not 0 <= index < 11172:
        return char
    lead, rest = divmod(index, 588)
    vowel, tail = divmod(rest, 28)
    return _LEADS[lead] + _VOWELS[vowel] + _TAILS[tail].strip()
