"""A folded view of a text in which evasions are undone, with the way back to the original offsets.

Full-width and circled digits, invisible characters, decomposed Hangul, letters typed as loose jamo and
syllables parted by dots are written many ways; every rule sees one of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

_PLAIN = re.compile(r"[\x20-\x7e\n가-힣]*\Z")
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\u20e3\u3164\uffa0]"
)
_CONJOINING = re.compile(r"[\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]+")
_JAMO_RUN = re.compile(r"[ㄱ-ㅎㅏ-ㅣ]{2,}")
_PARTED = re.compile(r"(?<![가-힣])[가-힣](?:[.\-_·~*/|][가-힣]){1,11}")
_ONE_LOOKALIKE = re.compile(r"(?<=\d)[ㅣ|](?=\d)")
_ZERO_LOOKALIKE = re.compile(r"(?:(?<=\d)|(?<![ㄱ-ㅣ가-힣]))ㅇ(?=\d)|(?<=\d)ㅇ(?=[\-.\s]?\d)")
_PLACEHOLDER = re.compile(r"<[A-Z][A-Z_]{1,15}_\d{1,6}>")
_BLANK = "\x00"

_DASHES = dict.fromkeys("‐‑‒–—―−⁃﹘﹣－", "-")
_DOTS = dict.fromkeys("·•‧∙⋅・･ㆍ", "·")
_QUOTES = dict.fromkeys("‘’ʼ＇`´", "'")
_FOLDS = {**_DASHES, **_DOTS, **_QUOTES}

_INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_FINALS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"


_Piece = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class View:
    """A text as the rules read it.

    Attributes:
        text: The folded text, case kept.
        lower: The same in lower case, character for character.
        starts: For each character, where its source begins in the original.
        ends: For each character, where its source ends in the original.
        parted: Stretches of `text` that were written with a mark between single syllables.
    """

    text: str
    lower: str
    starts: list[int]
    ends: list[int]
    parted: tuple[tuple[int, int], ...] = ()

    def source(self, start: int, end: int) -> tuple[int, int]:
        """Translate offsets of the view into offsets of the original text."""
        return self.starts[start], self.ends[end - 1]


def make_view(text: str) -> View:
    """Fold a text for the rules.

    Args:
        text: Any string, lone surrogates included.
    """
    pieces: list[str]
    if _PLAIN.match(text):
        pieces, starts, ends = list(text), list(range(len(text))), list(range(1, len(text) + 1))
    else:
        pieces, starts, ends = _fold(text)
    folded = "".join(pieces)
    if "<" in folded:
        folded = _PLACEHOLDER.sub(lambda found: _BLANK * len(found.group()), folded)
    if "ㅣ" in folded or "ㅇ" in folded:
        folded = _ZERO_LOOKALIKE.sub("0", _ONE_LOOKALIKE.sub("1", folded))
    if _JAMO_RUN.search(folded):
        folded, starts, ends = _rewrite(folded, starts, ends, _JAMO_RUN, _compose)
    parted: list[tuple[int, int]] = []
    if _PARTED.search(folded):
        folded, starts, ends = _rewrite(folded, starts, ends, _PARTED, _join_syllables, parted)
    return View(folded, _lower(folded), starts, ends, tuple(parted))


def _fold(text: str) -> tuple[list[str], list[int], list[int]]:
    """Fold character by character so that each result knows its source."""
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    position = 0
    while position < len(text):
        cluster = _CONJOINING.match(text, position)
        end = cluster.end() if cluster else position + 1
        for char in _folded(text[position:end]):
            pieces.append(char)
            starts.append(position)
            ends.append(end)
        position = end
    return pieces, starts, ends


def _folded(cluster: str) -> str:
    if cluster in _FOLDS:
        return _FOLDS[cluster]
    if "ㄱ" <= cluster <= "ㅣ" or _INVISIBLE.match(cluster):
        return cluster if "ㄱ" <= cluster <= "ㅣ" and cluster != "\u3164" else ""
    folded = unicodedata.normalize("NFKC", cluster)
    if len(folded) == 1 and not folded.isascii() and folded.isdigit():
        return str(unicodedata.digit(folded, folded))
    return "".join(_FOLDS.get(char, char) for char in folded)


def _lower(text: str) -> str:
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(char.lower() if len(char.lower()) == 1 else char for char in text)


def _rewrite(
    text: str,
    starts: list[int],
    ends: list[int],
    pattern: re.Pattern[str],
    rewrite: Callable[[str], list[_Piece]],
    changed: list[tuple[int, int]] | None = None,
) -> tuple[str, list[int], list[int]]:
    """Replace each match by what `rewrite` makes of it, keeping the way back."""
    pieces: list[str] = []
    new_starts: list[int] = []
    new_ends: list[int] = []
    length = position = 0
    for found in pattern.finditer(text):
        a, b = found.span()
        kept = text[position:a]
        pieces.append(kept)
        new_starts += starts[position:a]
        new_ends += ends[position:a]
        length += len(kept)
        written = rewrite(found.group())
        for char, first, last in written:
            pieces.append(char)
            new_starts.append(starts[a + first])
            new_ends.append(ends[a + last])
        if changed is not None:
            changed.append((length, length + len(written)))
        length += len(written)
        position = b
    pieces.append(text[position:])
    return "".join(pieces), new_starts + starts[position:], new_ends + ends[position:]


def _compose(run: str) -> list[_Piece]:
    """Compose loose jamo into syllables: initial, vowel, and a final unless a vowel follows it."""
    pieces: list[_Piece] = []
    position = 0
    while position < len(run):
        char = run[position]
        vowel = run[position + 1] if position + 1 < len(run) else ""
        if char not in _INITIALS or not vowel or vowel not in _VOWELS:
            pieces.append((char, position, position))
            position += 1
            continue
        last = position + 1
        final = 0
        following = run[position + 2] if position + 2 < len(run) else ""
        after = run[position + 3] if position + 3 < len(run) else ""
        if following and following in _FINALS and not (after and after in _VOWELS):
            final, last = _FINALS.index(following), position + 2
        code = 0xAC00 + (_INITIALS.index(char) * 21 + _VOWELS.index(vowel)) * 28 + final
        pieces.append((chr(code), position, last))
        position = last + 1
    return pieces


def _join_syllables(run: str) -> list[_Piece]:
    return [(char, index, index) for index, char in enumerate(run) if "가" <= char <= "힣"]
