"""A second pair of eyes for structured Korean identifiers: the rules and checksums of ko-pii.

The package costs about a quarter of a second to import, more than a turn may take, so it is loaded at the first
text that holds a long number, or earlier by `load` (a server calls it while it starts).
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

from kiosk.privacy.spans import Finding

_WORTH = re.compile(r"\d(?:[^\d\n]{0,3}\d){7}")

_DETECTORS = {
    "rrn": "RRN",
    "frn": "OTHER_ID",
    "driver_license": "OTHER_ID",
    "medical_insurance": "OTHER_ID",
    "business_reg": "OTHER_ID",
    "card": "CARD",
    "phone": "PHONE",
    "account": "ACCOUNT",
    "passport": "PASSPORT",
}


@cache
def load() -> tuple[tuple[str, Callable[[str], Iterable[Any]]], ...]:
    """Import the detectors, in order of trust."""
    return tuple(
        (type_, importlib.import_module(f"ko_pii.patterns.{name}").detect) for name, type_ in _DETECTORS.items()
    )


def find_korean_ids(text: str) -> Iterator[Finding]:
    """Find registration, licence, insurance, passport, account, card and phone numbers.

    Args:
        text: The folded text, case kept.
    """
    if not _WORTH.search(text):
        return
    for type_, detect in load():
        for result in detect(text):
            yield Finding(result.start, result.end, type_, float(result.confidence), f"{type_.lower()}:ko-pii")
