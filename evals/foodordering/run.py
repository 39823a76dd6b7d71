"""Serve the customers of a FoodOrdering restaurant with the embedded engine and compare the trees."""

from __future__ import annotations

import json
from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from evals.counter import Counter
from evals.external import ExternalReport, Judged
from evals.foodordering.convert import Converted
from evals.foodordering.schema import NUMBER, Restaurant
from evals.foodordering.trees import Node, parse, same
from evals.foodordering.words import with_derived_words
from evals.suite import SuiteError


def restaurants(folder: Path) -> list[Path]:
    """Return a restaurant's folder, or those of all restaurants in a folder.

    Raises:
        SuiteError: There is no schema.json in the folder or in a folder right below it.
    """
    found = [path.parent for path in (folder / "schema.json", *sorted(folder.glob("*/schema.json"))) if path.is_file()]
    if not found:
        raise SuiteError(f"{folder}: no schema.json; name the folder of a restaurant")
    return found


def score(folder: Path, on_order: Callable[[], None] = lambda: None) -> ExternalReport:
    """Score the orders of a restaurant; each is one utterance of a new customer.

    Raises:
        SuiteError: A file of the restaurant cannot be used.
    """
    restaurant = Restaurant.load(folder)
    converted = Converted(with_derived_words(restaurant))
    counter = Counter(converted.menu)
    judged: list[Judged] = []
    for position, (said, expected) in enumerate(_orders(folder / "dev.json"), start=1):
        customer = counter.greet()
        spoken = customer.say(said)
        got = converted.trees(customer.order.lines)
        exact = same(got, expected)
        judged.append(
            Judged(
                id=str(position),
                said=said,
                exact=exact,
                expected=_text(expected),
                got=_text(got),
                kind="" if exact else kind_of_error(got, expected),
                confidence=spoken.proposal.confidence,
                milliseconds=spoken.milliseconds,
            )
        )
        on_order()
    return ExternalReport(restaurant.name, judged)


def kind_of_error(got: Iterable[Node], expected: Iterable[Node]) -> str:
    """Name the first thing that is wrong with an order: what a developer would look at."""
    got, expected = tuple(got), tuple(expected)
    if not got:
        return "nothing_done"
    have, want = Tally(tree.label.upper() for tree in got), Tally(tree.label.upper() for tree in expected)
    if have != want:
        return "items_missing" if not have - want else "items_too_many" if not want - have else "other_items"
    for kind, labels in (("quantities", (NUMBER,)), ("graded_or_declined", ("COMPLEX", "NOT"))):
        if _parts(got, labels) != _parts(expected, labels):
            return kind
    have, want = _parts(got), _parts(expected)
    if have == want:
        return "parts_of_other_items"
    return "parts_missing" if not have - want else "parts_too_many" if not want - have else "other_parts"


def _parts(trees: Iterable[Node], labels: tuple[str, ...] = ()) -> Tally[str]:
    """Count the slots of some trees, of all labels or of some."""
    return Tally(part.key() for tree in trees for part in tree.children if not labels or part.label.upper() in labels)


def _orders(path: Path) -> Iterator[tuple[str, tuple[Node, ...]]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SuiteError(f"{path}: cannot be read ({error})") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            yield str(entry["SRC"]), parse(entry["EXR"])
        except (KeyError, TypeError, ValueError) as error:
            problem = f"{type(error).__name__}: {error}"
            raise SuiteError(f"{path}:{number}: a line has SRC and EXR ({problem})") from error


def _text(trees: Iterable[Node]) -> str:
    return " ".join(sorted(tree.text() for tree in trees)) or "-"
