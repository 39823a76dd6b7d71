"""The word lists of `lexicon/`, read once and compiled."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

LANGUAGES = ("ko", "en", "ja", "zh")

# BaseLoader keeps every scalar a string: with the others "no", "on" and "off" in a word list become booleans.
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@cache
def table(name: str) -> Mapping[str, Any]:
    """Read one word-list file.

    Args:
        name: "common" or one of `LANGUAGES`.
    """
    source = resources.files("kiosk.privacy").joinpath("lexicon", f"{name}.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.load(source, Loader=_LOADER)
    return data


def section(language: str, *path: str) -> Any:
    """Return a part of a word list, or an empty list where the language has none."""
    node: Any = table(language)
    for key in path:
        if key not in node:
            return []
        node = node[key]
    return node


def union(*path: str, languages: Iterable[str] = LANGUAGES) -> frozenset[str]:
    """Gather the words at `path` over languages."""
    return frozenset(word for language in languages for word in section(language, *path))


def alternation(words: Iterable[str]) -> str:
    """Build a regular expression for any of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) or "(?!)"


def any_of(patterns: Iterable[str], **slots: str) -> re.Pattern[str]:
    """Compile patterns into one, with {slots} filled in."""
    filled = [_fill(pattern, slots) for pattern in patterns]
    return re.compile("|".join(f"(?:{pattern})" for pattern in filled) or "(?!)")


def compiled(pattern: str, **slots: str) -> re.Pattern[str]:
    """Compile one pattern with {slots} filled in."""
    return re.compile(_fill(pattern, slots))


def _fill(pattern: str, slots: Mapping[str, str]) -> str:
    for name, value in slots.items():
        pattern = pattern.replace("{" + name + "}", value)
    return pattern


@dataclass(frozen=True, slots=True)
class Hit:
    """A listed word found in a text."""

    start: int
    end: int
    kind: str


class Scanner:
    """Finds listed words by their first character: linear in the text whatever the size of the list."""

    def __init__(self, kinds: Mapping[str, Iterable[str]]) -> None:
        """Index words by first character.

        Args:
            kinds: The words of each kind; an ASCII word matches only whole words.
        """
        index: dict[str, list[tuple[str, str]]] = {}
        for kind, words in kinds.items():
            for word in words:
                index.setdefault(word[0], []).append((word, kind))
        self._index = {
            first: tuple(sorted(entries, key=lambda entry: -len(entry[0]))) for first, entries in index.items()
        }

    def scan(self, lower: str) -> Iterator[Hit]:
        """Yield the longest word at each position, none inside another."""
        position = 0
        index = self._index
        while position < len(lower):
            hit = None
            entries = index.get(lower[position])
            if entries:
                hit = self._longest(lower, position, entries)
            if hit is None:
                position += 1
                continue
            yield hit
            position = hit.end

    @staticmethod
    def _longest(lower: str, position: int, entries: tuple[tuple[str, str], ...]) -> Hit | None:
        latin = lower[position].isascii()
        if latin and position and is_latin(lower[position - 1]):
            return None
        for word, kind in entries:
            if lower.startswith(word, position):
                end = position + len(word)
                if latin and end < len(lower) and is_latin(lower[end]):
                    continue
                return Hit(position, end, kind)
        return None


def is_latin(char: str) -> bool:
    """Tell whether a character goes on a Latin word."""
    return char.isascii() and char.isalnum()
