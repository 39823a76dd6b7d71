"""Interface texts: data files, one per language."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

Language = Literal["ko", "en"]
LANGUAGES: tuple[Language, ...] = ("ko", "en")
_LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


class Texts:
    """The texts of one language, looked up by dotted key."""

    def __init__(self, language: Language, entries: Mapping[str, Any]) -> None:
        """Keep the entries of a data file."""
        self.language = language
        self._entries = entries

    def __call__(self, key: str, **values: object) -> str:
        """Return the text `key` with its places filled."""
        text = str(self.entry(key))
        return text.format(**values) if values else text

    def entry(self, key: str) -> Any:
        """Return what the data file has under `key`."""
        entry: Any = self._entries
        for part in key.split("."):
            entry = entry[part]
        return entry

    def money(self, amount: int, currency: str) -> str:
        """Write an amount of minor units as customers of this language read it."""
        formats = self.entry("money")
        style = formats.get(currency, formats["default"])
        return str(style["pattern"].format(amount=Decimal(amount).scaleb(-style["digits"]), currency=currency))


@cache
def load_texts(language: Language) -> Texts:
    """Read the texts of a language."""
    source = files("kiosk.cli") / "interface" / f"{language}.yaml"
    return Texts(language, yaml.safe_load(source.read_text(encoding="utf-8")))


def interface_language(chosen: str | None = None, environ: Mapping[str, str] = os.environ) -> Language:
    """Return the interface language: the chosen one, else KIOSK_LANGUAGE, else the locale's, else Korean."""
    locale = next((environ[name] for name in _LOCALE_VARIABLES if environ.get(name)), "")
    for candidate in (chosen or "", environ.get("KIOSK_LANGUAGE", ""), locale[:2]):
        for language in LANGUAGES:
            if candidate == language:
                return language
    return "ko"


def language_argument(arguments: Sequence[str]) -> str | None:
    """Return what stands after --lang, for the help text, which is written before the arguments are parsed."""
    for position, argument in enumerate(arguments):
        if argument.startswith("--lang="):
            return argument.partition("=")[2]
        if argument == "--lang" and position + 1 < len(arguments):
            return arguments[position + 1]
    return None
