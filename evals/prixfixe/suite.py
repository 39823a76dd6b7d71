"""A PrixFixe suite: cases of steps, each a few utterances and the cart that must follow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from evals.prixfixe.carts import Cart, Unit
from evals.suite import SuiteError


@dataclass(frozen=True)
class Step:
    """What the customer says, and the cart after it."""

    utterances: tuple[str, ...]
    cart: Cart


@dataclass(frozen=True)
class Case:
    """One customer."""

    id: str
    steps: tuple[Step, ...]


def load_cases(path: Path) -> tuple[Case, ...]:
    """Read a suite.

    Raises:
        SuiteError: It cannot be read or is no suite of PrixFixe's.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SuiteError(f"{path}: cannot be read as YAML ({type(error).__name__})") from error
    try:
        cases = tuple(_case(entry) for entry in _entries(content))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise SuiteError(f"{path}: not a PrixFixe suite ({type(error).__name__}: {error})") from error
    if not cases:
        raise SuiteError(f"{path}: has no cases; a suite has 'tests' with 'steps'")
    return cases


def _entries(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for entry in node.get("tests") or ():
        if "steps" in entry:
            yield entry
        else:
            yield from _entries(entry)


def _case(entry: Mapping[str, Any]) -> Case:
    return Case(str(entry["id"]), tuple(_step(step) for step in entry["steps"]))


def _step(entry: Mapping[str, Any]) -> Step:
    utterances = tuple(str(turn["transcription"]).strip() for turn in entry["turns"])
    return Step(utterances, tuple(_unit(item) for item in entry["cart"]["items"] or ()))


def _unit(entry: Mapping[str, Any]) -> Unit:
    children = tuple(_unit(child) for child in entry.get("children") or ())
    return Unit(str(entry["name"]), int(entry["quantity"]), children)
