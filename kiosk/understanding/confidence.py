"""How sure the engine is of a turn."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from kiosk.understanding.packs import inflections
from kiosk.understanding.text import MASKED
from kiosk.understanding.tokens import Token

_UNKNOWN, _UNKNOWN_ASIDE, _MISSPELT, _SKIPPED, _DOUBT = 0.12, 0.05, 0.03, 0.22, 0.3
_NOT_UNDERSTOOD, _LEAST = 0.1, 0.05
_TELLING = ("NOT", "NEGATED", "POSITIVE", "BEFORE_DONT", "OF")
"""Words that change what is meant: where none of them had an effect, something was missed."""


@dataclass(frozen=True)
class Heard:
    """The words of a turn: those `aside` surround a clear question, those `skipped` had no effect."""

    tokens: Sequence[Token]
    aside: Collection[Token]
    skipped: Sequence[Token]


def confidence(heard: Heard, doubts: Sequence[str], understood: bool) -> float:
    """Return the confidence of a turn, 0..1: what was not known, guessed, skipped or doubtful takes from it."""
    if not understood:
        return _NOT_UNDERSTOOD
    unknown = sum(_weight(token, heard) for token in heard.tokens if token.unknown and MASKED not in token.text)
    misspelt = sum(token.fuzzy for token in heard.tokens)
    skipped = sum(token.verb_last and token.has(*_TELLING) for token in heard.skipped)
    return max(_LEAST, 1.0 - unknown - _MISSPELT * misspelt - _SKIPPED * skipped - _DOUBT * len(doubts))


def _weight(token: Token, heard: Heard) -> float:
    """An unknown verb is mostly a reason or a remark, an unknown noun may be what is wanted."""
    remark = token in heard.aside or (token.verb_last and token.text.endswith(inflections()))
    return _UNKNOWN_ASIDE if remark else _UNKNOWN
