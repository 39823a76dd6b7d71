"""Numbers as they are written: what was said in words becomes digits."""

from __future__ import annotations

from kiosk.privacy.digits import find_runs
from kiosk.privacy.views import make_view

_NUMBERS = frozenset({"PHONE", "CARD", "ACCOUNT", "RRN"})
_FEWEST = 4


def written(type_: str, original: str) -> str:
    """Return a value as a till can use it.

    Args:
        type_: The type of the span.
        original: What the customer said; digits that were typed are left as they are.
    """
    if type_ not in _NUMBERS or sum(char.isascii() and char.isdigit() for char in original) >= _FEWEST:
        return original
    return digits_of(original) or original


def digits_of(original: str) -> str:
    """Return the digits of a number, typed or said, or nothing where there are too few."""
    digits = "".join(run.digits for run in find_runs(make_view(original).lower))
    return digits if len(digits) >= _FEWEST else ""


def is_number(type_: str) -> bool:
    """Tell whether values of a type are numbers, whose digits alone tell them apart."""
    return type_ in _NUMBERS
