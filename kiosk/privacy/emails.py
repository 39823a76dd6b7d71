"""E-mail addresses, typed with tricks or said aloud: "dot", "at", 골뱅이, 점."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from kiosk.privacy.lexicon import LANGUAGES, alternation, compiled, section, union
from kiosk.privacy.spans import Finding

_LOCAL_REACH = 80


@dataclass(frozen=True, slots=True)
class _Grammar:
    spoken: re.Pattern[str]
    word_before: re.Pattern[str]
    joined_before: re.Pattern[str]
    cue_before: re.Pattern[str]
    stop: frozenset[str]


@cache
def _grammar() -> _Grammar:
    english = section("en", "email")
    hangul_and_others = [language for language in LANGUAGES if language != "en"]
    foreign_at = alternation(union("email", "at", languages=hangul_and_others))
    foreign_dot = alternation(union("email", "dot", languages=hangul_and_others))
    foreign_joiner = alternation(union("email", "joiners", languages=hangul_and_others))
    dot = "|".join([*section("common", "dot"), *english["dot"], foreign_dot])
    joiner = "|".join([*section("common", "joiners"), *english["joiners"], foreign_joiner])
    sure_at = "|".join([*section("common", "at"), foreign_at])
    tlds = alternation([*section("common", "tlds")])
    spoken_tlds = alternation(union("email", "tlds", languages=hangul_and_others))
    providers = alternation(
        [*section("common", "providers"), *union("email", "providers", languages=hangul_and_others)]
    )
    label = r"(?:[a-z0-9][a-z0-9\-]{0,30}|[가-힣ァ-ヶ一-龯]{1,8}?)"
    ends = section("ko", "email", "ends")
    known = rf"(?:\s?(?:{dot}|{joiner})\s?{label}){{0,4}}\s?(?:{dot})\s?(?:(?:{tlds})(?![a-z0-9])|(?:{spoken_tlds}))"
    spoken = (
        rf"(?P<at>\s?(?:{sure_at})\s?|\s(?:{'|'.join(english['at'])})\s)"
        rf"(?:{label}{known}(?:\s?(?:{dot})\s?(?:{tlds}|{spoken_tlds}))?"
        rf"|(?<=[\])}}>이앳엣@ ])(?:{providers})(?![a-z0-9])(?=\s?{ends}(?![가-힣])|\s))"
        rf"|(?P<sure>\s?(?:{sure_at})\s?){label}(?:\s?(?:{dot})\s?(?:[a-z0-9]{{2,}}|[가-힣]{{1,6}}?(?={ends}(?![가-힣])))){{1,4}}"
    )
    letters = alternation(section("ko", "email", "letters"))
    cues = alternation(word for language in LANGUAGES for word in section(language, "email", "cues"))
    return _Grammar(
        compiled(spoken),
        re.compile(r"(?:[a-z0-9._%+'-]+|[가-힣ァ-ヶ一-龯0-9]+)\Z"),
        re.compile(
            rf"(?:[a-z0-9._%+-]+|[가-힣0-9]{{1,12}})\s?(?:{dot}|{joiner})\s?\Z|(?<![a-z0-9])[a-z0-9]\s\Z|(?<![가-힣])(?:{letters})+\s\Z"
        ),
        re.compile(rf"(?:{cues})(?:\s?(?:is|은|는|:|'s))?\s+"),
        frozenset(english["stop"]),
    )


def find_emails(lower: str) -> Iterator[Finding]:
    """Find addresses whose parts are said or bracketed; plain ones are patterns of the word lists.

    Args:
        lower: The view in lower case.
    """
    grammar = _grammar()
    for found in grammar.spoken.finditer(lower):
        start = _local_part(lower, found.start(), grammar)
        if start < found.start():
            yield Finding(start, found.end(), "EMAIL", 0.9, "email:spoken")


def _local_part(lower: str, at: int, grammar: _Grammar) -> int:
    """Walk left from the at sign over the words that belong to the address."""
    floor = max(0, at - _LOCAL_REACH)
    word = grammar.word_before.search(lower, floor, at)
    if word is None or word.group() in grammar.stop:
        return at
    start = word.start()
    while start > floor:
        joined = grammar.joined_before.search(lower, floor, start)
        if joined is None:
            break
        start = joined.start()
    return _from_cue(lower, floor, start, grammar)


def _from_cue(lower: str, floor: int, start: int, grammar: _Grammar) -> int:
    """Take in every word after "my email is" when all of them can be part of the address."""
    best = start
    for cue in grammar.cue_before.finditer(lower, floor, start):
        words = lower[cue.end() : start].split()
        if len(words) <= 6 and not any(word in grammar.stop for word in words):
            best = min(best, cue.end())
    return best
