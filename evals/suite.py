"""Suites of conversations: JSON lines, one conversation a line, checked on load."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, ValidationError

from kiosk.menu import Menu
from state import OrderStatus


class SuiteError(ValueError):
    """A suite cannot be used; the text names file, line, field and remedy."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True)


class ExpectedLine(_Entry):
    """Units that must be on the cart; settings that equal the menu's default may be left out."""

    item: str
    quantity: int = Field(ge=1, strict=True)
    options: dict[str, StrictStr | StrictInt | StrictBool] = Field(default_factory=dict)


class Turn(_Entry):
    """What the customer says, and the whole cart, the status and the words of the reply that must follow."""

    user: str
    order: tuple[ExpectedLine, ...]
    status: OrderStatus | None = None
    reply_any: tuple[str, ...] = ()
    reply_none: tuple[str, ...] = ()


class Conversation(_Entry):
    """One customer, from the first words to the last."""

    id: str = Field(min_length=1)
    lang: str
    tags: tuple[str, ...] = ()
    turns: tuple[Turn, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Suite:
    """A checked suite."""

    name: str
    conversations: tuple[Conversation, ...]

    @property
    def turns(self) -> int:
        """Number of turns of all conversations."""
        return sum(len(conversation.turns) for conversation in self.conversations)


def find_suite(name: str) -> Path:
    """Return the path that `name` is, or the suite of that name which comes with the project.

    Raises:
        SuiteError: There is neither.
    """
    bundled = Path(str(files("evals"))) / "suites"
    candidates = [Path(name), bundled / name, bundled / f"{name}.jsonl"]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    known = ", ".join(sorted(path.stem for path in bundled.glob("*.jsonl")))
    raise SuiteError(f"{name}: no such suite; give the path of a .jsonl file or one of {known}")


def load_suite(path: Path | str, menu: Menu) -> Suite:
    """Read a suite and check every line of it, also against the menu that it will be scored with.

    Raises:
        SuiteError: The file is missing, unreadable or empty, or a line breaks a rule; one line of text per problem.
    """
    path = Path(path)
    conversations: list[Conversation] = []
    problems: list[str] = []
    places: dict[str, str] = {}
    for where, entry in json_lines(path):
        try:
            conversation = Conversation.model_validate(entry)
        except ValidationError as error:
            problems += [f"{where}: {_field(one['loc'])}: {one['msg']}" for one in error.errors()]
            continue
        problems += [f"{where}: {problem}" for problem in _off_menu(conversation, menu)]
        if (first := places.setdefault(conversation.id, where)) != where:
            problems.append(f"{where}: id: '{conversation.id}' is already at {first}; ids must be unique")
        conversations.append(conversation)
    if problems:
        raise SuiteError("\n".join(problems))
    if not conversations:
        raise SuiteError(f"{path.name}: the suite is empty; write one conversation a line")
    return Suite(path.stem, tuple(conversations))


def json_lines(path: Path) -> Iterator[tuple[str, object]]:
    """Yield the place (file and line) and the value of every line that is not blank.

    Raises:
        SuiteError: The file is missing or unreadable, or a line is not JSON.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SuiteError(f"{path}: not UTF-8 text; save the file as UTF-8") from error
    except OSError as error:
        raise SuiteError(f"{path}: {error.strerror or 'cannot be read'}; give the path of a readable file") from error
    # Only "\n" ends a line: an utterance may hold other characters that str.splitlines() would break at.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield (where := f"{path.name}:{number}"), _parsed(line, where)


def _parsed(line: str, where: str) -> object:
    try:
        return json.loads(line)
    except json.JSONDecodeError as error:
        raise SuiteError(f"{where}: not valid JSON at column {error.colno}: {error.msg}") from error


def _field(location: tuple[str | int, ...]) -> str:
    return ".".join(str(part) for part in location) or "line"


def _off_menu(conversation: Conversation, menu: Menu) -> Iterator[str]:
    """Say which expectations no order could ever meet, because the menu does not know them."""
    for position, turn in enumerate(conversation.turns):
        for line in turn.order:
            where = f"turns.{position}.order"
            if line.item not in menu.by_id:
                yield f"{where}: '{line.item}' is not on the menu {menu.id}; set KIOSK_MENU_FILE to the suite's menu"
                continue
            known = {*menu.options_of(line.item), *menu.by_id[line.item].only}
            for option in sorted(line.options.keys() - known):
                yield f"{where}: {line.item} has no option '{option}'; it has {', '.join(sorted(known)) or 'none'}"
