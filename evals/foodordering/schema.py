"""A restaurant's schema.json and its catalogues of aliases."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.foodordering.trees import Node
from evals.suite import SuiteError

NUMBER, QUANTITY, NOT = "NUMBER", "QUANTITY", "NOT"
_LINE = re.compile(r"^(?P<alias>.*?)\s*\t?\s*(?P<slot>[A-Za-z_]+)\s*\((?P<value>.*)\)\s*$")
_TERM = re.compile(r"^(?P<name>[A-Za-z_]+)\s*\((?P<inside>.*)\)$")
_COUNTED = re.compile(r"^\(?\s*(?P<name>[A-Z][A-Z_]+)(?:[\s(]+(?:[a-z]+\s*\(\s*)?(?P<units>\d+)[\s)]*)?$")


@dataclass(frozen=True)
class Value:
    """A value of a slot with the words for it; `text` is as the catalogue has it: plain, `Or(a,b)` or `SHOT(2)`."""

    text: str
    words: tuple[str, ...]

    def node(self, slot: str) -> Node:
        """Return the slot with this value, as orders hold it."""
        term = _TERM.match(self.text)
        if term is None:
            return Node(slot, value=self.text)
        inside = " ".join(part.strip() for part in term["inside"].split(","))
        return Node(slot, (Node(term["name"], value=inside),))

    @property
    def alternatives(self) -> tuple[str, ...]:
        """The values that a general word leaves open, `Or(a,b)`; empty for all others."""
        term = _TERM.match(self.text)
        if term is None or term["name"].upper() != "OR":
            return ()
        return tuple(part.strip() for part in term["inside"].split(","))

    def units(self) -> tuple[str, int] | None:
        """Return name and number of a value that counts, `SHOT(2)`, `SHOT 2` or just `SHOT`; None for all others."""
        counted = _COUNTED.match(self.text)
        return (counted["name"], int(counted["units"] or 1)) if counted else None


@dataclass(frozen=True)
class Slot:
    """A slot of an intent: `negatable` values can be declined, `qualified` ones graded; both may come several times.

    `prefixes` and `suffixes` may stand around the words of its values.
    """

    name: str
    values: tuple[Value, ...]
    qualified: bool = False
    negatable: bool = False
    prefixes: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()

    @property
    def many(self) -> bool:
        """Tell whether an order may name several values."""
        return self.qualified or self.negatable


@dataclass(frozen=True)
class Intent:
    """Something that can be ordered; `names` are the words for it as a whole."""

    name: str
    names: tuple[str, ...]
    slots: tuple[Slot, ...]

    @property
    def type_slot(self) -> Slot | None:
        """The slot that says which thing it is: the one named after the intent (DRINK_TYPE of DRINK_ORDER)."""
        stem = _plain(re.sub(r"_?ORDER$", "", self.name, flags=re.IGNORECASE))
        named = (slot for slot in self.slots if stem and stem in _plain(slot.name) and not slot.many)
        return next(named, None)

    def slot(self, name: str) -> Slot | None:
        """Return a slot by name."""
        return next((slot for slot in self.slots if slot.name.upper() == name), None)

    @property
    def features(self) -> tuple[Slot, ...]:
        """The slots that describe the thing: all but its type, its number and the words that grade or decline."""
        apart = {NUMBER, QUANTITY, NOT}
        return tuple(slot for slot in self.slots if slot.name.upper() not in apart and slot is not self.type_slot)


@dataclass(frozen=True)
class Restaurant:
    """All intents of a restaurant."""

    name: str
    intents: tuple[Intent, ...]

    @classmethod
    def load(cls, folder: Path) -> Restaurant:
        """Read schema.json and the catalogues that it names.

        Raises:
            SuiteError: A file is missing or is not what the schema says.
        """
        path = folder / "schema.json"
        try:
            schema = json.loads(path.read_text(encoding="utf-8"))
            catalogues: dict[str, tuple[Value, ...]] = {}
            return cls(folder.resolve().name, tuple(_intent(entry, folder, catalogues) for entry in schema["intents"]))
        except (OSError, UnicodeDecodeError) as error:
            raise SuiteError(f"{path}: cannot be read ({error})") from error
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise SuiteError(f"{path}: not a FoodOrdering schema ({type(error).__name__}: {error})") from error


def _intent(entry: Mapping[str, Any], folder: Path, catalogues: dict[str, tuple[Value, ...]]) -> Intent:
    slots = []
    for each in entry["slots"]:
        path = each["path"]
        if path not in catalogues:
            catalogues[path] = tuple(_values(folder / path))
        qualified, negatable = bool(each.get("qualified")), bool(each.get("negatable"))
        around = (tuple(each.get(name) or ()) for name in ("optionalPrefixes", "optionalSuffixes"))
        slots.append(Slot(each["slotName"], catalogues[path], qualified, negatable, *around))
    return Intent(entry["name"], tuple(entry.get("entityNames") or ()), tuple(slots))


def _values(path: Path) -> Iterator[Value]:
    words: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        found = _LINE.match(line)
        if found and found["alias"].strip():
            words.setdefault(found["value"].strip(), []).append(found["alias"].strip())
    return (Value(text, tuple(dict.fromkeys(aliases))) for text, aliases in words.items())


def _plain(name: str) -> str:
    return name.replace("_", "").upper()
