"""PrixFixe's generator expressions: `[a,b] c` is c, a c or b c; `(a,b) c` is a c or b c."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import product

_PART = re.compile(r"\[([^\]]*)\]|\(([^)]*)\)|([^\[\(]+)")
_MATCHER = re.compile(r"^\s*(?:exact|prefix|relaxed)\s*:")


def expand(pattern: str) -> Iterator[str]:
    """Yield every phrase of a pattern; the choice of a matching algorithm before it is the engine's own business."""
    parts: list[list[str]] = []
    for optional, choice, plain in _PART.findall(_MATCHER.sub("", pattern)):
        if optional:
            parts.append(["", *optional.split(",")])
        else:
            parts.append(choice.split(",") if choice else [plain])
    for chosen in product(*parts):
        if phrase := " ".join(" ".join(chosen).split()):
            yield phrase


def expand_all(patterns: Iterable[str]) -> tuple[str, ...]:
    """Return the phrases of several patterns, each once."""
    return tuple(dict.fromkeys(phrase for pattern in patterns for phrase in expand(pattern)))
