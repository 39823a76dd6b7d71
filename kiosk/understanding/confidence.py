"""How sure the engine is of a turn."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.understanding.text import MASKED
from kiosk.understanding.tokens import Token

_UNKNOWN, _MISSPELT, _DOUBT = 0.12, 0.03, 0.3
_NOT_UNDERSTOOD, _LEAST = 0.1, 0.05


def confidence(tokens: Sequence[Token], doubts: Sequence[str], understood: bool) -> float:
    """Return the confidence of a turn, 0..1: what was not known, guessed or doubtful takes from it."""
    if not understood:
        return _NOT_UNDERSTOOD
    unknown = sum(token.unknown and MASKED not in token.text for token in tokens)
    misspelt = sum(token.fuzzy for token in tokens)
    return max(_LEAST, 1.0 - _UNKNOWN * unknown - _MISSPELT * misspelt - _DOUBT * len(doubts))
