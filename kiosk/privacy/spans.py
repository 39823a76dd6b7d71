"""What detection returns: spans, a level and the reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["low", "medium", "high"]

SPAN_TYPES: frozenset[str] = frozenset(
    {
        "NAME",
        "PHONE",
        "EMAIL",
        "RRN",
        "PASSPORT",
        "OTHER_ID",
        "CARD",
        "ACCOUNT",
        "PASSWORD",
        "ADDRESS",
        "MEMBER_ID",
        "BIRTH",
        "HEALTH",
    }
)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the given text that must not leave the machine.

    Attributes:
        start: Offset of the first character in the text given to `detect`.
        end: Offset after the last character.
        type: One of `SPAN_TYPES`.
        confidence: How sure the rule is, from 0 to 1. A span is masked whatever its confidence.
    """

    start: int
    end: int
    type: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Detection:
    """The verdict on one text.

    Attributes:
        level: high for personal, payment and health data; medium for preferences and sensitivities; else low.
        spans: Sorted and never overlapping.
        reasons: Codes such as "phone:cue"; never a piece of the text, so they may be logged.
    """

    level: Level
    spans: tuple[Span, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A candidate span in the offsets of a view, with the rule that found it."""

    start: int
    end: int
    type: str
    confidence: float
    rule: str
