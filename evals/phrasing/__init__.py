"""How customers put an order into words: templates of each language, to be filled with the words of any menu."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from importlib.resources import files
from importlib.util import find_spec
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

Template = tuple[str, ...]
_SPACES = re.compile(r"\s{2,}")
_SPACE_BEFORE_MARK = re.compile(r"\s+(?=[,.?、，])")


class Joins(BaseModel):
    """What stands between the things ordered, before the last of them, and between the extras of one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    between: Template
    last: Template
    with_: str

    @classmethod
    def from_file(cls, entries: Mapping[str, Any]) -> Joins:
        """Read what the file calls `with`, which is a word of Python."""
        return cls(between=entries["between"], last=entries["last"], with_=entries["with"])


class Phrasing:
    """The templates of one language."""

    def __init__(self, language: str) -> None:
        """Read the file of a language."""
        text = (files("evals.phrasing") / f"{language}.yaml").read_text(encoding="utf-8")
        entries: dict[str, Any] = yaml.safe_load(text)
        self.language = language
        self.script = re.compile(entries["script"])
        self.numbers: Mapping[int, str] = entries["numbers"]
        self.counter: str = entries["counter"]
        self.joins = Joins.from_file(entries["joins"])
        self.with_: str = entries["with"]
        self._templates: Mapping[str, Template] = {key: value for key, value in entries.items() if _is_template(value)}
        self._formatter = _Formatter(language)

    def templates(self, key: str) -> Template:
        """Return the ways to say something."""
        return self._templates[key]

    def fill(self, template: str, **slots: object) -> str:
        """Fill a template; slots may be empty, and then leave no trace."""
        filled = _SPACES.sub(" ", self._formatter.vformat(template, (), slots)).strip()
        return _SPACE_BEFORE_MARK.sub("", filled)

    def is_own(self, word: str) -> bool:
        """Tell whether a word of a menu is written in this language, and in no other script."""
        return all(self.script.match(char) for char in word if char.isalpha())


class _Formatter(string.Formatter):
    """Fills templates with words in the form that the grammar of the kiosk's replies gives them."""

    def __init__(self, language: str) -> None:
        name = f"kiosk.replies.grammar.{language}"
        module = import_module(name) if find_spec(name) else None
        self._inflect: Callable[[str, str], str] = getattr(module, "inflect", lambda word, _: word)

    def format_field(self, value: Any, format_spec: str) -> str:
        return self._inflect(str(value), format_spec) if format_spec else str(value)


@cache
def phrasing(language: str) -> Phrasing:
    """Return the templates of a language."""
    return Phrasing(language)


def _is_template(value: object) -> bool:
    return isinstance(value, list)
