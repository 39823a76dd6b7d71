"""What a customer says of body and habits: health is high, a preference is medium."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from kiosk.privacy.lexicon import LANGUAGES, Scanner, any_of, section
from kiosk.privacy.spans import Finding


@dataclass(frozen=True, slots=True)
class _Tables:
    terms: Scanner
    patterns: tuple[re.Pattern[str], ...]
    harmless: re.Pattern[str]
    preferences: tuple[re.Pattern[str], ...]


_TREATMENT = re.compile(r" ?(?:은 |는 |을 |를 )?(?:맞|복용|투여|먹|드시|받|앓|걸리|걸려)[가-힣]{1,2}")


@cache
def _tables() -> _Tables:
    return _Tables(
        Scanner({language: section(language, "health", "terms") for language in LANGUAGES}),
        tuple(any_of(section(language, "health", "patterns")) for language in LANGUAGES),
        any_of(pattern for language in LANGUAGES for pattern in section(language, "health", "except")),
        tuple(any_of(section(language, "preferences", "patterns")) for language in LANGUAGES),
    )


def find_health(lower: str) -> Iterator[Finding]:
    """Find conditions, medicines and states, named or implied.

    Args:
        lower: The view in lower case.
    """
    tables = _tables()
    candidates = [
        (_word_start(lower, hit.start), _with_treatment(lower, hit.end), "health:term")
        for hit in tables.terms.scan(lower)
    ]
    candidates += [
        (found.start(), found.end(), "health:pattern")
        for pattern in tables.patterns
        for found in pattern.finditer(lower)
    ]
    if not candidates:
        return
    harmless = [found.span() for found in tables.harmless.finditer(lower)]
    for start, end, rule in candidates:
        if end > start and not any(a < end and start < b for a, b in harmless):
            yield Finding(start, end, "HEALTH", 0.9 if rule == "health:term" else 0.8, rule)


def _word_start(lower: str, start: int) -> int:
    """Take in the front of a compound: "공복혈당", "우유알레르기"."""
    floor = max(0, start - 6)
    while start > floor and "가" <= lower[start] <= "힣" and "가" <= lower[start - 1] <= "힣":
        start -= 1
    return start


def _with_treatment(lower: str, end: int) -> int:
    treatment = _TREATMENT.match(lower, end)
    return treatment.end() if treatment else end


def states_preference(lower: str) -> bool:
    """Tell whether a text states a diet, a sensitivity or a habit."""
    return any(pattern.search(lower) for pattern in _tables().preferences)
