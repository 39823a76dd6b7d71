"""The language packs: the function words of each language, read from `kiosk/understanding/languages`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Any

import yaml

from kiosk.understanding.meanings import Amount, Meaning, Number, Ordinal, Word

LANGUAGES = ("ko", "en", "ja", "zh")
# The loader without types, in C where PyYAML was built with it.
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_COUNTERS = ("counters", "dose_counters", "people_counters", "ordinal_counters", "units")


@cache
def load_pack(language: str) -> Mapping[str, Any]:
    """Read the function words of a language."""
    text = (files("kiosk.understanding") / "languages" / f"{language}.yaml").read_text(encoding="utf-8")
    pack: Mapping[str, Any] = yaml.load(text, Loader=_LOADER)  # strings only: "no" is a word here
    return pack


def plain_words(pack: Mapping[str, Any]) -> Iterator[tuple[str, Meaning]]:
    """Yield what stands on its own: counters, ordinals, articles, amounts and numbers."""
    for kind in _COUNTERS:
        for word in pack.get(kind, ()):
            yield word, Word(kind.removesuffix("s").upper())
    for word, value in pack.get("ordinals", {}).items():
        yield word, Ordinal(int(value))
    for word in pack.get("articles", ()):
        yield word, Number(1, article=True)
    for level, words in pack.get("amounts", {}).items():
        for word in words:
            yield word, Amount(level)
    yield from _numbers(pack["numbers"])


def _numbers(numbers: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, Number]]:
    """Yield number words, with the compounds of tens and units; `bound` forms only stand before a counter."""
    words = {word: Number(int(value)) for word, value in numbers.get("free", {}).items()}
    words |= {word: Number(int(value), bound=True) for word, value in numbers.get("bound", {}).items()}
    for tens, ten in numbers.get("compound_tens", {}).items():
        for units, unit in numbers.get("compound_units", {}).items():
            words[f"{tens} {units}"] = Number(int(ten) + int(unit))
    yield from words.items()


def phrases(pack: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield tags with what their patterns stand for.

    `a/b` is a choice of words, `_` joins the words of one choice, a `?` at the end lets the choice be left out.
    """
    for tag, patterns in pack.get("phrases", {}).items():
        for pattern in patterns:
            choices = [_choices(part) for part in pattern.split()]
            for words in product(*choices):
                yield tag, " ".join(word.replace("_", " ") for word in words if word)


def _choices(part: str) -> list[str]:
    words = part.removesuffix("?").split("/")
    return [*words, ""] if part.endswith("?") else words


def loan_numbers(pack: Mapping[str, Any]) -> dict[str, int]:
    """Return number words that are glued to the front of a counted option."""
    return {word: int(value) for word, value in pack.get("loan_numbers", {}).items()}


@cache
def inflections() -> tuple[str, ...]:
    """Return endings by which an unknown word shows that it is no noun."""
    return _endings("inflections")


@cache
def clause_endings() -> tuple[str, ...]:
    """Return endings by which even a short unknown word shows that it is a verb."""
    return _endings("clause_endings")


def _endings(kind: str) -> tuple[str, ...]:
    return tuple(ending for language in LANGUAGES for ending in load_pack(language).get(kind, ()))
