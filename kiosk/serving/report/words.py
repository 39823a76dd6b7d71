"""The words of the report: data files, one per language."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml

Language = Literal["ko", "en"]
LANGUAGES: tuple[Language, ...] = ("ko", "en")


class Words:
    """The words of one language, by dotted key."""

    def __init__(self, language: Language, entries: Mapping[str, Mapping[str, str]]) -> None:
        """Keep the entries of a data file."""
        self.language = language
        self._entries = entries

    def __call__(self, key: str, **values: object) -> str:
        """Return the words `group.name` with their places filled."""
        group, _, name = key.partition(".")
        return self._entries[group][name].format(**values)

    def of(self, group: str, name: str | None) -> str:
        """Return the word for a code, or the code where there is none."""
        return self._entries[group].get(name or "", name or "")


@cache
def load_words(language: Language) -> Words:
    """Read the words of a language."""
    source = files("kiosk.serving.report") / f"{language}.yaml"
    return Words(language, yaml.safe_load(source.read_text(encoding="utf-8")))
