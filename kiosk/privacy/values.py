"""Values that only a word before them makes personal: passwords, member ids, dates of birth, licence plates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from kiosk.privacy.lexicon import LANGUAGES, Hit, any_of, compiled, section
from kiosk.privacy.spans import Finding

_NAMED = {
    "PASSWORD": "PASSWORD",
    "MEMBER_ID": "MEMBER_ID",
    "PASSPORT": "PASSPORT",
    "OTHER_ID": "OTHER_ID",
    "ACCOUNT": "ACCOUNT",
}
_TOKEN = re.compile(r"[@#]?[a-z0-9][a-z0-9._\-!@#$%^&*+=~]{1,40}")
_HANGUL_VALUE = r"(?P<value>[가-힣0-9]{2,12}?)"
_MARKED = re.compile(r"[0-9_@!#$%^&*+=~]|[a-z]-[a-z0-9]")
_REACH = 30


@dataclass(frozen=True, slots=True)
class _Tables:
    link: re.Pattern[str]
    korean_link: re.Pattern[str]
    sure: re.Pattern[str]
    hangul: re.Pattern[str]
    stop: frozenset[str]
    questions: tuple[str, ...]
    birth: re.Pattern[str]
    birth_sure: re.Pattern[str]
    patterns: tuple[tuple[str, re.Pattern[str], str, str], ...]


@cache
def _tables() -> _Tables:
    english, korean = section("en", "values"), section("ko", "values")
    rules = [rule for name in ("common", *LANGUAGES) for rule in section(name, "identifiers")]
    return _Tables(
        compiled(english["link"]),
        compiled(korean["link"]),
        compiled(f"{english['sure']}|{korean['sure']}"),
        compiled(_HANGUL_VALUE + korean["ends"] + "(?![가-힣])"),
        frozenset(english["stop"]) | frozenset(korean["stop"]),
        tuple(korean["questions"]),
        any_of(pattern for language in LANGUAGES for pattern in section(language, "birth")),
        any_of(section("ko", "birth_sure")),
        tuple(
            (rule["type"], compiled(rule["pattern"]), rule.get("needs", ""), rule.get("unless", "")) for rule in rules
        ),
    )


def find_values(lower: str, cues: list[Hit]) -> Iterator[Finding]:
    """Find identifiers and secrets.

    Args:
        lower: The view in lower case.
        cues: From `numbers.find_cues`.
    """
    tables = _tables()
    for cue in cues:
        if cue.kind in _NAMED:
            yield from _after(lower, cue, tables)
    if any(cue.kind == "BIRTH" for cue in cues):
        for found in tables.birth.finditer(lower):
            yield Finding(found.start(), found.end(), "BIRTH", 0.8, "birth:cue")
    for found in tables.birth_sure.finditer(lower):
        yield Finding(found.start(), found.end(), "BIRTH", 0.8, "birth:pattern")
    for type_, pattern, needs, unless in tables.patterns:
        if needs and needs not in lower or unless and any(cue.kind == unless for cue in cues):
            continue
        for found in pattern.finditer(lower):
            # A shape with exceptions is weaker evidence than a word that names the type.
            yield Finding(found.start(), found.end(), type_, 0.6 if unless else 0.9, f"{type_.lower()}:pattern")


def _after(lower: str, cue: Hit, tables: _Tables) -> Iterator[Finding]:
    """Read the value that follows a cue, skipping "is", "은" and the like."""
    latin = lower[cue.start].isascii()
    start = cue.end
    # "아이디 is", "login은": sessions mix languages, so a link of either may follow.
    for pattern in (tables.link, tables.korean_link) if latin else (tables.korean_link, tables.link):
        if (link := pattern.match(lower, start)) and link.end() <= cue.end + _REACH:
            start = link.end()
    type_ = _NAMED[cue.kind]
    sure = bool(tables.sure.search(lower, cue.end, start))
    token = _TOKEN.match(lower, start)
    if token is not None and _is_value(token.group(), sure or not latin, type_, tables):
        yield Finding(start, start + len(token.group().rstrip(".-~")), type_, 0.8, f"{type_.lower()}:cue")
    elif not latin and sure and type_ in ("PASSWORD", "MEMBER_ID"):
        yield from _hangul_value(lower, start, type_, tables)


def _is_value(token: str, sure: bool, type_: str, tables: _Tables) -> bool:
    word = token.rstrip(".-!~")
    if word in tables.stop or len(word) < 3:
        return False
    if type_ in ("PASSPORT", "OTHER_ID", "ACCOUNT"):
        return sum(char.isdigit() for char in word) >= 5
    return bool(_MARKED.search(word)) or sure


def _hangul_value(lower: str, start: int, type_: str, tables: _Tables) -> Iterator[Finding]:
    found = tables.hangul.match(lower, start)
    if found and not found["value"].startswith(tables.questions) and found.end() > found.end("value"):
        yield Finding(found.start("value"), found.end("value"), type_, 0.6, f"{type_.lower()}:said")
