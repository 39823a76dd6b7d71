"""Digits however they are given: typed, said aloud, mixed, repeated ("double seven"), split or reversed.

The result is a list of runs; what a run is (a phone, a card, a price) is decided in `numbers.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from kiosk.privacy.lexicon import LANGUAGES, alternation, section

_MAX_GAP = 16


@dataclass(frozen=True, slots=True)
class Token:
    """One written or spoken piece of a number."""

    start: int
    end: int
    digits: str
    spoken: bool
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """Tokens that belong to one number.

    Attributes:
        start: Offset in the view.
        end: Offset after the last token.
        digits: All digits, in order.
        groups: How many digits each token holds.
        spoken: Whether every token was said as words.
        repeated: Whether it holds nothing but a repetition such as "두 개".
    """

    start: int
    end: int
    digits: str
    groups: tuple[int, ...]
    spoken: bool
    repeated: bool


@dataclass(frozen=True, slots=True)
class _Grammar:
    token: re.Pattern[str]
    gap: re.Pattern[str]
    korean_tail: re.Pattern[str]
    values: dict[str, str]
    counts: dict[str, int]
    times: dict[str, int]
    korean: str


@cache
def _grammar() -> _Grammar:
    english = {word: str(digits) for word, digits in section("en", "numbers", "digits").items()}
    korean = dict(section("ko", "numbers", "digits"))
    han = {**section("ja", "numbers", "digits"), **section("zh", "numbers", "digits")}
    kana = dict(section("ja", "numbers", "kana"))
    times = {word: int(count) for word, count in section("en", "numbers", "times").items()}
    counts = {word: int(count) for word, count in section("en", "numbers", "counts").items()}
    counts |= {word: int(count) for word, count in section("ko", "numbers", "counts").items()}
    connectors = [word for language in LANGUAGES for word in section(language, "numbers", "connectors")]
    ko_digit, han_digit = "".join(korean), "".join(han)
    en_digit, en_count = alternation(english), alternation(section("en", "numbers", "counts"))
    token = "|".join(
        (
            rf"(?P<ko_repeat>(?<![가-힣])[{ko_digit}\d](?:이|가|을|를|만)? ?"
            rf"(?:(?P<ko_n>{alternation(section('ko', 'numbers', 'counts'))}) ?(?:개|번))(?![가-힣]호))",
            rf"(?P<en_repeat>\b(?:(?P<en_times>{alternation(times)})[ -](?P<en_one>{en_digit})s?"
            rf"|(?P<en_n>{en_count}) (?P<en_many>{en_digit})e?s)\b)",
            rf"(?P<en_over>\b(?P<en_over_n>{en_count}) times(?: over)?\b)",
            r"(?P<arabic>(?<![a-z\d])(?=[oil]{0,3}\d)[\doil]+(?![a-z])|\d+)",
            rf"(?P<korean>[{ko_digit}]+)",
            rf"(?P<english>\b(?:{en_digit}|o)\b)",
            rf"(?P<han>[{han_digit}]{{4,}})",
            rf"(?P<kana>(?:{alternation(kana)}){{6,}})",
        )
    )
    gap = rf"[\s\-.·_~*/()\[\]|+,]{{0,4}}(?:(?:{alternation(connectors)})[\s\-.,]{{0,3}})?"
    tail = (
        rf"{section('ko', 'numbers', 'endings')}|(?:{alternation(section('ko', 'numbers', 'connectors'))})[{ko_digit}]"
    )
    values = {**english, **korean, **han, **kana, "o": "0"}
    return _Grammar(re.compile(token), re.compile(gap), re.compile(tail), values, counts, times, ko_digit)


def find_runs(lower: str) -> Iterator[Run]:
    """Find every number in a text.

    Args:
        lower: The view in lower case.
    """
    grammar = _grammar()
    pending: list[Token] = []
    for token in _tokens(lower, grammar):
        if pending and not _joins(lower, pending[-1], token, grammar):
            yield _run(pending)
            pending = []
        pending.append(token)
    if pending:
        yield _run(pending)


def _joins(lower: str, last: Token, token: Token, grammar: _Grammar) -> bool:
    gap = token.start - last.end
    if gap > _MAX_GAP:
        return False
    between = lower[last.end : token.start]
    if not grammar.gap.fullmatch(between):
        return False
    # "12, 34" and "15,900" are a list and an amount; only spoken digits are parted by a bare comma.
    return "," not in between or (last.spoken and token.spoken) or any(char.isalpha() for char in between)


def _run(tokens: list[Token]) -> Run:
    digits = "".join(token.digits for token in _combine_tens(tokens))
    return Run(
        tokens[0].start,
        tokens[-1].end,
        digits,
        tuple(len(token.digits) for token in tokens),
        all(token.spoken for token in tokens),
        all(token.repeated for token in tokens),
    )


def _combine_tens(tokens: list[Token]) -> list[Token]:
    """Read "forty two" as 42."""
    combined: list[Token] = []
    for token in tokens:
        last = combined[-1] if combined else None
        tens = last and last.spoken and len(last.digits) == 2 and last.digits[1] == "0" and last.digits[0] > "1"
        if last and tens and len(token.digits) == 1 and token.spoken and token.digits != "0":
            combined[-1] = Token(last.start, token.end, last.digits[0] + token.digits, True)
        else:
            combined.append(token)
    return combined


def _tokens(lower: str, grammar: _Grammar) -> Iterator[Token]:
    last: Token | None = None
    for found in grammar.token.finditer(lower):
        token = _token(lower, found, grammar, last)
        if token is not None:
            yield token
            last = token


def _token(lower: str, found: re.Match[str], grammar: _Grammar, last: Token | None) -> Token | None:
    start, end = found.span()
    kind = found.lastgroup
    text = found.group()
    if found["ko_repeat"]:
        digit = grammar.values.get(text[0], text[0])
        return Token(start, end, digit * grammar.counts[found["ko_n"]], True, True)
    if found["en_repeat"]:
        digit = grammar.values[found["en_one"] or found["en_many"]]
        count = grammar.times[found["en_times"]] if found["en_times"] else grammar.counts[found["en_n"]]
        return Token(start, end, digit * count, True, True)
    if found["en_over"]:
        near = last is not None and start - last.end <= 2
        return (
            Token(start, end, last.digits * (grammar.counts[found["en_over_n"]] - 1), True, True)
            if last and near
            else None
        )
    if kind == "arabic":
        digits = text.replace("o", "0").replace("i", "1").replace("l", "1")
        return Token(start, end, digits, False)
    if kind == "korean":
        return _korean_token(lower, start, end, grammar, last)
    if kind == "english":
        near = last is not None and start - last.end <= 2
        return None if text == "o" and not near else Token(start, end, grammar.values[text], True)
    if kind == "han":
        return Token(start, end, "".join(grammar.values[char] for char in text), True)
    return Token(start, end, "0" * (len(text) // 2), True)


def _korean_token(lower: str, start: int, end: int, grammar: _Grammar, last: Token | None) -> Token | None:
    """Accept Hangul digits only where a word made of the same syllables cannot stand.

    "이", "일", "사이" and "오이" are everyday words: a token must begin a word (or go on from a number, or be long)
    and what follows must be an ending.
    """
    before = lower[start - 1] if start else " "
    after = lower[end] if end < len(lower) else " "
    goes_on = last is not None and (
        start == last.end or bool(grammar.gap.fullmatch(lower[last.end : start][:_MAX_GAP]))
    )
    if before.isdigit() and end - start == 1 and not after.isdigit():
        return None
    if "가" <= before <= "힣" and not goes_on and end - start < 6:
        return None
    end = _without_copula(lower, start, end)
    if end - start < 6 and not grammar.korean_tail.match(lower, end):
        return None
    digits = "".join(grammar.values[char] for char in lower[start:end])
    return Token(start, end, digits, True) if digits else None


def _without_copula(lower: str, start: int, end: int) -> int:
    """Leave the 이 of "이에요" out where the number is whole without it."""
    whole = (4, 8, 11)
    length = end - start
    if lower[end - 1] == "이" and length - 1 in whole and lower[end : end + 1] in tuple("에요예고야라인입"):
        return end - 1
    return end
