"""Decides what a run of digits is, from its shape, its unit and the nearest cue word."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from kiosk.privacy.digits import Run, find_runs
from kiosk.privacy.lexicon import LANGUAGES, Hit, Scanner, alternation, any_of, section
from kiosk.privacy.spans import Finding

_REACH_BEFORE = 26
_REACH_AFTER = 14
_AFTER_PENALTY = 6
_ADJACENT = 5

# The fewest digits that make sense of a cue: a door code may have two, an account never.
_LEAST = {
    "PHONE": 4,
    "WEAK_PHONE": 4,
    "CARD": 4,
    "CARD_SECRET": 3,
    "PASSWORD": 2,
    "BIRTH": 4,
    "RRN": 6,
    "ACCOUNT": 6,
    "MEMBER_ID": 3,
    "OTHER_ID": 4,
    "PASSPORT": 6,
    "ADDRESS": 5,
}
_TYPE_OF = {"WEAK_PHONE": "PHONE", "CARD_SECRET": "CARD"}

_DATE = re.compile(r"(?:19|20)\d\d[-./ ](?:0?[1-9]|1[0-2])[-./ ](?:0?[1-9]|[12]\d|3[01])")
_AMOUNT = re.compile(r"\d{1,3}(?:,\d{3})+(?!\d)")
_ALONE = re.compile(r"[\s,.!?~]*(?:네|넵|예|음|어|yes|yeah|it's|its|um|uh)?[\s,.!]*")
_ALONE_END = re.compile(r"(?:이에요|이예요|예요|에요|이요|요|입니다|이고요|고요|이야|야|です)?[\s.!?~]*\Z")


@dataclass(frozen=True, slots=True)
class _Tables:
    cues: Scanner
    unit: re.Pattern[str]
    currency: re.Pattern[str]
    expiry: re.Pattern[str]


@cache
def _tables() -> _Tables:
    kinds: dict[str, list[str]] = {}
    for language in LANGUAGES:
        for kind, words in section(language, "cues").items():
            kinds.setdefault(kind, []).extend(words)
    latin = alternation(section("common", "units"))
    other = alternation(word for language in LANGUAGES for word in section(language, "numbers", "units"))
    return _Tables(
        Scanner(kinds),
        re.compile(rf" ?(?:(?:{latin})(?![a-z])|(?P<word>{other}))"),
        re.compile(rf"(?:{alternation(section('common', 'currencies'))}) ?\Z"),
        any_of(pattern for name in ("common", *LANGUAGES) for pattern in section(name, "expiry")),
    )


def find_cues(lower: str) -> list[Hit]:
    """Find the words that tell what a number near them is."""
    return list(_tables().cues.scan(lower))


def find_numbers(lower: str, cues: list[Hit]) -> Iterator[Finding]:
    """Find the numbers that are personal.

    Args:
        lower: The view in lower case.
        cues: From `find_cues`.
    """
    amounts = [found.span() for found in _AMOUNT.finditer(lower)]
    for run in find_runs(lower):
        if run.repeated or any(a <= run.start < b for a, b in amounts):
            continue
        finding = _classify(lower, run, cues)
        if finding is not None:
            yield finding
    yield from _expiries(lower, cues)


def _expiries(lower: str, cues: list[Hit]) -> Iterator[Finding]:
    secret = [cue for cue in cues if cue.kind == "CARD_SECRET"]
    if not secret:
        return
    for found in _tables().expiry.finditer(lower):
        if any(-_REACH_AFTER <= found.start() - cue.end <= _REACH_BEFORE for cue in secret):
            yield Finding(found.start(), found.end(), "CARD", 0.9, "card:expiry")


def _classify(lower: str, run: Run, cues: list[Hit]) -> Finding | None:
    count = len(run.digits)
    if count < 2:
        return None
    kind, distance = _nearest(run, cues)
    if kind == "BENIGN":
        return None if distance <= _REACH_BEFORE and not _unmistakable(run) else _by_shape(lower, run)
    if _is_quantity(lower, run, kind):
        return None
    if kind is not None and count >= _least(kind, run, lower) and not _is_round_amount(run, kind):
        type_ = _TYPE_OF.get(kind, kind)
        if type_ in ("PHONE", "CARD", "ACCOUNT", "MEMBER_ID") and count >= 13:
            type_ = _shape_type(run, type_)
        return Finding(run.start, run.end, type_, 0.9, f"{type_.lower()}:cue")
    return _by_shape(lower, run)


def _least(kind: str, run: Run, lower: str) -> int:
    if kind == "PASSWORD" and not run.spoken and run.end - run.start < 2:
        return 3
    return _LEAST[kind]


def _nearest(run: Run, cues: list[Hit]) -> tuple[str | None, int]:
    """Return the kind of the nearest cue in reach; one that stands before counts as nearer."""
    best: tuple[int, str] | None = None
    # Cues come in the order of the text and none is longer than the reach itself.
    first = bisect_left(cues, run.start - 2 * _REACH_BEFORE, key=lambda cue: cue.start)
    for cue in cues[first:]:
        if cue.start - run.end > _REACH_AFTER:
            break
        if cue.start >= run.start and cue.end <= run.end:
            continue
        before, after = run.start - cue.end, cue.start - run.end
        if 0 <= before <= _REACH_BEFORE:
            distance = before
        elif 0 <= after <= _REACH_AFTER:
            distance = after + _AFTER_PENALTY
        else:
            continue
        if cue.kind == "WEAK_PHONE":
            distance += _REACH_BEFORE
        if best is None or distance < best[0]:
            best = (distance, cue.kind)
    return (best[1], best[0]) if best else (None, 0)


def _is_quantity(lower: str, run: Run, kind: str | None) -> bool:
    """Tell whether a unit, a currency or a date makes the number harmless."""
    if len(run.digits) >= 9 or run.spoken:
        return False
    if kind in ("BIRTH", "RRN"):
        return False
    tables = _tables()
    if tables.currency.search(lower, max(0, run.start - 5), run.start):
        return True
    if _DATE.match(lower, run.start):
        return True
    unit = tables.unit.match(lower, run.end)
    if unit is None:
        return False
    # "뒷자리 0092번이요": after a cue, 번 is a courtesy, not a count.
    return not (
        unit["word"] in ("번", "점", "분", "시", "일", "세", "인", "도", "회")
        and kind is not None
        and len(run.digits) >= 4
    )


def _is_round_amount(run: Run, kind: str) -> bool:
    return (
        kind in ("WEAK_PHONE", "CARD", "PHONE")
        and not run.spoken
        and 4 <= len(run.digits) <= 5
        and (run.digits.endswith("00") and run.digits[0] != "0" and (kind == "WEAK_PHONE" or len(run.digits) == 5))
    )


def _unmistakable(run: Run) -> bool:
    return (len(run.digits) in (10, 11) and run.digits.startswith("01")) or len(run.digits) in (15, 16)


def _by_shape(lower: str, run: Run) -> Finding | None:
    """Judge a number that no cue explains: long ones are personal, short ones only if said digit by digit or alone."""
    count = len(run.digits)
    if count >= 7:
        if _DATE.fullmatch(lower, run.start, run.end):
            return None
        type_ = _shape_type(run, "PHONE")
        return Finding(run.start, run.end, type_, 0.8, f"{type_.lower()}:shape")
    if count >= 4 and run.spoken and all(size <= 4 or size == count for size in run.groups):
        return Finding(run.start, run.end, "PHONE", 0.6, "phone:spoken")
    if count >= 4 and not run.digits.endswith("00") and _stands_alone(lower, run):
        return Finding(run.start, run.end, "PHONE", 0.5, "phone:alone")
    return None


def _stands_alone(lower: str, run: Run) -> bool:
    return bool(_ALONE.fullmatch(lower, 0, run.start) and _ALONE_END.match(lower, run.end))


def _shape_type(run: Run, default: str) -> str:
    count = len(run.digits)
    if 14 <= count <= 19:
        return "CARD"
    if count == 13:
        month = run.digits[2:4]
        return "RRN" if "01" <= month <= "12" and run.digits[6] in "0123456789" else "ACCOUNT"
    if count > 19:
        return "ACCOUNT"
    if count == 12 and default == "PHONE" and not run.digits.startswith(("0", "82", "44", "1")):
        return "ACCOUNT"
    if count == 9 and run.groups == (3, 2, 4):
        return "OTHER_ID"
    return default
