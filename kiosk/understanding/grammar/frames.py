"""Frames: who (an item, a part of the order, a reference), how many, with what, to be done how."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from kiosk.menu import OptionSetting
from kiosk.understanding.meanings import OptionWord
from kiosk.understanding.text import is_verb_last

Flag = Literal[
    "add",
    "all",
    "also",
    "among",
    "change",
    "closed",
    "correct",
    "decline",
    "each",
    "except",
    "half",
    "instead",
    "more",
    "numbered",
    "only",
    "owned",
    "part",
    "party",
    "people",
    "plain",
    "reduce",
    "remove",
    "rest",
    "revise",
    "same",
    "settle",
    "sibling",
    "strong",
    "to",
    "topic",
    "total",
    "want",
]
"""What is to be done and how it was said.

Verbs: add, want, change, remove, reduce, decline. Which units: all, half, rest, same, part (of what was named before),
among (of the item named here), each, only, also, topic, plain. How many: more, to / total (the number is the result),
numbered (the number carries the topic particle), people (units are counted by who gets them), party (only says how many
people there are). Corrections: correct, strong (may change what earlier turns ordered), revise. closed: a verb has
ended the frame. sibling: another kind of the item named just before.
except: the units are left out of what the next frame says. instead: of nothing
that was named. owned: one unit, told by whose it is. settle: for want of something better.
"""


@dataclass
class OptionMention:
    """An option as said: its possible meanings, negated or not, with a number of units or a graded amount.

    `dropped` is an option that a verb takes off again: it is as if it had never been said. `thing`: it was said of
    things ("뜨거운 거"), so that it may tell which are meant.
    """

    words: tuple[OptionWord, ...]
    groups: tuple[str, ...] = ()
    negative: bool = False
    dropped: bool = False
    count: int | None = None
    more: bool = False
    level: str | None = None
    thing: bool = False
    text: str = ""

    @property
    def is_count(self) -> bool:
        """Tell whether a number beside it counts units of it."""
        return any(word.kind == "count" for word in self.words)

    @property
    def is_choice(self) -> bool:
        """Tell whether it names a value that distinguishes units (iced, large)."""
        return any(word.kind == "choice" for word in self.words)


@dataclass
class Head:
    """What a frame is about: items by name (`generic`: any of several), or lines by `reference`.

    `quantity` is how many units the name itself stands for.
    """

    items: tuple[str, ...] = ()
    options: dict[str, OptionSetting] = field(default_factory=dict)
    generic: bool = False
    partial: bool = False
    definite: bool = False
    quantity: int = 1
    unknown: str = ""
    reference: Literal["", "it", "last", "ordinal"] = ""
    position: int = 0
    plural: bool = False
    text: str = ""

    @property
    def verb_last(self) -> bool:
        """Tell whether it was said in a language whose verbs come last."""
        return is_verb_last(self.text)


@dataclass
class Frame:
    """One thing that the customer wants done.

    The first `before` options were said before the item and may tell which units are meant. `selector` names units by
    their options. `replaced` is what the head takes the place of, `target` what the head becomes.
    """

    head: Head | None = None
    options: list[OptionMention] = field(default_factory=list)
    selector: list[OptionMention] = field(default_factory=list)
    quantity: int | None = None
    before: int = 0
    flags: set[Flag] = field(default_factory=set)
    replaced: Frame | None = None
    target: Frame | None = None
    unknown: list[str] = field(default_factory=list)

    def has(self, *flags: Flag) -> bool:
        """Tell whether one of the flags is set."""
        return not self.flags.isdisjoint(flags)

    @property
    def empty(self) -> bool:
        """Tell whether nothing was said yet that could be carried out."""
        return self.bare and not (self.replaced or self.target or self.has("remove"))

    @property
    def bare(self) -> bool:
        """Tell whether the frame has only verbs so far, so that its subject can still come."""
        named = self.head or self.options or self.selector or self.quantity is not None
        return not (named or self.has("all", "half", "rest", "more", "same"))

    @property
    def only_more(self) -> bool:
        """Tell whether nothing but "more" was said so far: "再来一杯", "もう一つ"."""
        named = self.head or self.options or self.selector or self.quantity is not None
        return self.has("more") and not (named or self.has("all", "half", "rest", "same", "closed"))

    @property
    def has_subject(self) -> bool:
        """Tell whether it says which units it is about, by name or by their options."""
        return self.head is not None or bool(self.selector)

    @property
    def changes(self) -> list[OptionMention]:
        """Options that were said after the item."""
        return self.options[self.before :]
