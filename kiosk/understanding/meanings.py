"""What a word can mean: something of the menu, a number, an amount, or what it does in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kiosk.menu import OptionSetting


@dataclass(frozen=True)
class ItemName:
    """A name of an item, a part of the names of some (`partial`), or a combo: `quantity` units with its options.

    `head` marks a last word that several items share (latte): with an unknown word before it, it is another item.
    """

    items: tuple[str, ...]
    options: Mapping[str, OptionSetting] = field(default_factory=dict)
    partial: bool = False
    head: bool = False
    quantity: int = 1


@dataclass(frozen=True)
class OptionWord:
    """A value of an option. For counts, `value` is a number of units or None where the word gives none.

    `partial` marks a word that several options share and that alone does not tell which. `others` are the further
    settings of a short word for several options at once. `adds` marks a word that says by itself that one is added
    ("샷 추가"): a number behind it need not count it.
    """

    option: str
    value: OptionSetting | None
    kind: str
    partial: bool = False
    others: tuple[tuple[str, OptionSetting], ...] = ()
    adds: bool = False


@dataclass(frozen=True)
class GroupWord:
    """The name of a choice ("milk", "ice") without a value."""

    option: str


@dataclass(frozen=True)
class CategoryWord:
    """The name of a shelf of the menu."""

    category: str


@dataclass(frozen=True)
class AllergenWord:
    """The name of an allergen."""

    allergen: str


@dataclass(frozen=True)
class Number:
    """A quantity.

    `digits`: written in digits; `article`: a / an; `bound`: a form that only stands before a counter.
    """

    value: int
    digits: bool = False
    article: bool = False
    bound: bool = False


@dataclass(frozen=True)
class Ordinal:
    """A position in the order, counted from 1; -1 is the last."""

    value: int


@dataclass(frozen=True)
class Amount:
    """A graded amount: none, less, normal, extra or a level of the menu's own."""

    level: str


@dataclass(frozen=True)
class Word:
    """A function word, by what it does (the tags of the language packs)."""

    tag: str


Meaning = ItemName | OptionWord | GroupWord | CategoryWord | AllergenWord | Number | Ordinal | Amount | Word
