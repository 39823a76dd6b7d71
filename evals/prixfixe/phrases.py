"""PrixFixe's generator expressions: `[a,b] c` is c, a c or b c; `(a,b) c` is a c or b c."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import product

_PART = re.compile(r"\[([^\]]*)\]|\(([^)]*)\)|([^\[\(]+)")
_SHORTEST = 3
_VOWELS = "aeiou"
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


def inflected(words: Iterable[str]) -> Iterator[str]:
    """Yield words with the participles and stems of single ones: PrixFixe compares stems (warm, warmed; ice, iced)."""
    for word in words:
        yield word
        if not word.isalpha() or len(word) < _SHORTEST:
            continue
        if word.endswith("ed"):
            yield word.removesuffix("d")
            yield word.removesuffix("ed")
        else:
            yield f"{word}d" if word.endswith("e") else f"{word}ed"
            if word[-1] not in _VOWELS and word[-2] in _VOWELS and word[-3] not in _VOWELS:
                yield f"{word}{word[-1]}ed"
