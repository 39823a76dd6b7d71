"""A language as data: sentences with variants, names of units, and a small grammar module where one is needed."""

from __future__ import annotations

import re
import string
import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from importlib.resources import files
from importlib.util import find_spec
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from kiosk.menu.currency import decimal_amount

FALLBACK = "en"
_PACKAGE = "kiosk.replies"
# The same safe loader, in C where PyYAML was built with it: a customer waits while a language is read.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LANGUAGE = re.compile(r"[a-z]{2}")
_SPACES = re.compile(r"[ \t]{2,}")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Joins(_Part):
    """What stands between the parts of a list, and before the last one: all of them together, or one to choose."""

    between: str
    last: str
    choice: str


class GroundingWords(_Part):
    """Words by which a reply that a model wrote is checked."""

    money: tuple[str, ...]
    mg: tuple[str, ...]
    kcal: tuple[str, ...]
    numerals: Mapping[str, int]
    promises: tuple[str, ...]
    paid: tuple[str, ...]


class Language(_Part):
    """One language file."""

    language: str
    script: str
    counter: str
    joins: Joins
    lead: Literal["asked", "required"]
    currencies: Mapping[str, str]
    other_currency: str
    phrases: Mapping[str, str]
    sentences: Mapping[str, tuple[str, ...]] = Field(min_length=1)
    grounding: GroundingWords

    def say(self, key: str, seed: int = 0, **slots: object) -> str:
        """Return a sentence, always the same one for the same seed."""
        variants = self.sentences[key]
        chosen = variants[(seed + zlib.crc32(key.encode())) % len(variants)]
        return self._fill(chosen, slots)

    def phrase(self, key: str, **slots: object) -> str:
        """Return a part of a sentence."""
        return self._fill(self.phrases[key], slots)

    def money(self, amount: int, currency: str) -> str:
        """Return an amount of minor units as people write it."""
        pattern = self.currencies.get(currency, self.other_currency)
        return pattern.format(amount=decimal_amount(amount, currency), code=currency)

    def join(self, parts: Sequence[str], choice: bool = False) -> str:
        """Return parts as one list, of which the customer is to choose one with `choice`."""
        if len(parts) < 2:
            return "".join(parts)
        return self.joins.between.join(parts[:-1]) + (self.joins.choice if choice else self.joins.last) + parts[-1]

    def polish(self, text: str) -> str:
        """Return a finished reply as this language writes it."""
        polish: Callable[[str], str] = getattr(_grammar(self.language), "polish", str)
        return polish(text)

    def _fill(self, pattern: str, slots: Mapping[str, Any]) -> str:
        filled = _formatter(self.language).vformat(pattern, (), slots)
        return _SPACES.sub(" ", filled).strip(" ") if pattern[:1] != " " else _SPACES.sub(" ", filled)


class _Formatter(string.Formatter):
    def __init__(self, inflect: Callable[[str, str], str]) -> None:
        self._inflect = inflect

    def format_field(self, value: Any, format_spec: str) -> str:
        return self._inflect(str(value), format_spec) if format_spec else str(value)


def languages() -> list[str]:
    """Return the codes of the languages that the kiosk speaks."""
    names = (entry.name for entry in files(_PACKAGE).iterdir())
    return sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml"))


@lru_cache(maxsize=32)
def language_of(code: str) -> Language:
    """Return a language, or English where the kiosk does not speak the one asked for."""
    known = code if _LANGUAGE.fullmatch(code) and (files(_PACKAGE) / f"{code}.yaml").is_file() else FALLBACK
    text = (files(_PACKAGE) / f"{known}.yaml").read_text(encoding="utf-8")
    return Language.model_validate(yaml.load(text, Loader=_LOADER))


@lru_cache(maxsize=32)
def _grammar(code: str) -> object:
    name = f"{_PACKAGE}.grammar.{code}"
    return import_module(name) if find_spec(name) else None


@lru_cache(maxsize=32)
def _formatter(code: str) -> _Formatter:
    return _Formatter(getattr(_grammar(code), "inflect", lambda word, form: word))
