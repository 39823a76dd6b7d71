"""Addresses and rooms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from kiosk.privacy.lexicon import LANGUAGES, alternation, any_of, compiled, section
from kiosk.privacy.spans import Finding


@dataclass(frozen=True, slots=True)
class _Tables:
    patterns: tuple[re.Pattern[str], ...]
    cued: tuple[re.Pattern[str], ...]
    road: re.Pattern[str]
    road_cue: re.Pattern[str]


@cache
def _tables() -> _Tables:
    patterns, cued = [], []
    for language in LANGUAGES:
        number = section(language, "address", "number")
        slots = {
            "unit": section(language, "address", "unit") or "",
            "detail": section(language, "address", "detail") or "",
        }
        slots["word"] = section(language, "address", "word") or ""
        patterns.append(any_of(section(language, "address", "patterns"), **slots, number=number))
        if value := section(language, "address", "cued"):
            cued.append(compiled(value))
    korean = {"detail": section("ko", "address", "detail"), "number": section("ko", "address", "number")}
    return _Tables(
        tuple(patterns),
        tuple(cued),
        compiled(section("ko", "address", "road"), **korean),
        re.compile(alternation(section("ko", "address", "road_cues"))),
    )


def find_places(lower: str) -> Iterator[Finding]:
    """Find addresses, flats and hotel rooms.

    Args:
        lower: The view in lower case.
    """
    tables = _tables()
    for pattern in tables.patterns:
        for found in pattern.finditer(lower):
            yield _trimmed(lower, found.start(), found.end(), 0.9, "address:pattern")
    for pattern in tables.cued:
        for found in pattern.finditer(lower):
            yield _trimmed(lower, found.start("value"), found.end("value"), 0.7, "address:cue")
    if tables.road_cue.search(lower):
        for found in tables.road.finditer(lower):
            yield _trimmed(lower, found.start(), found.end(), 0.7, "address:road")


def _trimmed(lower: str, start: int, end: int, confidence: float, rule: str) -> Finding:
    while start < end - 1 and lower[start] in " ,":
        start += 1
    while end > start + 1 and lower[end - 1] in " ,":
        end -= 1
    return Finding(start, end, "ADDRESS", confidence, rule)
