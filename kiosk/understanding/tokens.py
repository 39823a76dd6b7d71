"""A stretch of a customer's text with what it can mean."""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.understanding.meanings import (
    AllergenWord,
    Amount,
    CategoryWord,
    GroupWord,
    ItemName,
    Meaning,
    Number,
    OptionWord,
    Ordinal,
    Word,
)
from kiosk.understanding.text import is_free_order, is_verb_last

_SILENT = frozenset({"FILLER", "DEFINITE", "PARTITIVE", "AT", "NOTHING"})


@dataclass(eq=False)
class Token:
    """A stretch of text with its meanings; `glued` when no space stands before it, `fuzzy` when it is misspelt.

    The fields below `fuzzy` sort the meanings by kind: the item `name`, the `options` whose values it can be, the
    option `groups` that it names without a value, the shelf (`category`), the `allergens`, a `number`, a `position` in
    the order, a graded `amount`, and the `tags` of its function words. `verb_last` tells that it belongs to a language
    whose verbs and particles come last; `silent`, that it does nothing in a sentence.
    """

    start: int
    end: int
    text: str
    meanings: tuple[Meaning, ...] = ()
    glued: bool = False
    fuzzy: bool = False
    name: ItemName | None = field(default=None, init=False)
    options: tuple[OptionWord, ...] = field(default=(), init=False)
    groups: tuple[str, ...] = field(default=(), init=False)
    category: str | None = field(default=None, init=False)
    allergens: tuple[str, ...] = field(default=(), init=False)
    number: Number | None = field(default=None, init=False)
    position: int | None = field(default=None, init=False)
    amount: str | None = field(default=None, init=False)
    tags: frozenset[str] = field(default=frozenset(), init=False)
    verb_last: bool = field(default=False, init=False)
    silent: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        """Sort the meanings."""
        tags: set[str] = set()
        for meaning in self.meanings:
            if isinstance(meaning, Word):
                tags.add(meaning.tag)
            else:
                self._sort(meaning)
        self.tags = frozenset(tags)
        self.silent = "FILLER" in tags and tags <= _SILENT
        self.verb_last = is_verb_last(self.text)

    def _sort(self, meaning: Meaning) -> None:
        match meaning:
            case OptionWord():
                self.options = (*self.options, meaning)
            case ItemName():
                self.name = self.name or meaning
            case GroupWord(option=option):
                self.groups = (*self.groups, option)
            case CategoryWord(category=category):
                self.category = self.category or category
            case AllergenWord(allergen=allergen):
                self.allergens = (*self.allergens, allergen)
            case Number():
                self.number = self.number or meaning
            case Ordinal(value=value):
                self.position = self.position or value
            case Amount(level=level):
                self.amount = self.amount or level

    def has(self, *tags: str) -> bool:
        """Tell whether one of the function-word meanings has one of the tags."""
        return not self.tags.isdisjoint(tags)

    @property
    def free_order(self) -> bool:
        """Tell whether its language puts verbs and numbers on either side of what they are about."""
        return is_free_order(self.text)

    @property
    def unknown(self) -> bool:
        """Tell whether the lexicon knows nothing about it."""
        return not self.meanings
