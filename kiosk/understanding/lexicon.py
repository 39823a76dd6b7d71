"""Every word the engine knows: the menu's own words and each language's function words, in one tree of characters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any

from kiosk.menu import Item, Menu, OptionCombo, OptionGroup, OptionSetting
from kiosk.understanding.meanings import (
    AllergenWord,
    Amount,
    CategoryWord,
    GroupWord,
    ItemName,
    Meaning,
    Number,
    OptionWord,
    Word,
)
from kiosk.understanding.packs import LANGUAGES, load_pack, loan_numbers, phrases, plain_words
from kiosk.understanding.text import is_verb_last, jamo, key

_DETERMINER = "DEFINITE"
_TEN = 10


@dataclass
class Entry:
    """All meanings of one spelling.

    It may be `attached` to another word, stand alone (`plain`), take verb endings (`stem`), come from the `menu`.
    `breaks` are the places of the spaces in it.
    """

    spelling: str
    meanings: tuple[Meaning, ...] = ()
    attached: bool = False
    plain: bool = False
    stem: bool = False
    menu: bool = False
    breaks: frozenset[int] = frozenset()

    @cached_property
    def bound(self) -> bool:
        """Tell whether it can be a number that only stands before a counter."""
        return any(isinstance(meaning, Number) and meaning.bound for meaning in self.meanings)

    @cached_property
    def only_bound(self) -> bool:
        """Tell whether it can be nothing else."""
        return all(isinstance(one, Number) and one.bound and one.value < _TEN for one in self.meanings)

    @cached_property
    def counts(self) -> bool:
        """Tell whether it can stand behind a bound number: a counter, a unit or the rest of the number."""
        return any(
            meaning.value >= _TEN if isinstance(meaning, Number) else _is_counter(meaning) for meaning in self.meanings
        )

    @property
    def names_something(self) -> bool:
        """Tell whether it is more than a shelf, an allergen, a function word or a part of names."""
        return any(
            not isinstance(meaning, CategoryWord | AllergenWord | Word)
            and not (isinstance(meaning, ItemName) and meaning.partial)
            for meaning in self.meanings
        )


def _is_counter(meaning: Meaning) -> bool:
    return isinstance(meaning, Word) and meaning.tag.endswith(("COUNTER", "UNIT"))


class Lexicon:
    """The words of one menu and all languages."""

    def __init__(self, menu: Menu) -> None:
        """Collect the words and build the tree."""
        self.entries: dict[str, Entry] = {}
        for language in LANGUAGES:
            self._add_language(load_pack(language))
        self._add_options(menu)
        self._add_shared_option_words(menu)
        self._add_items(menu)
        self._add_partial_names(menu)
        for category in menu.categories.values():
            self._add_menu_words(category.words, CategoryWord(category.id))
            for word in category.portions:
                first, *rest = word.split()
                for counter in (word, " ".join([f"{first}s", *rest])):
                    self._put(counter, Word("COUNTER"))
        for allergen in menu.allergens.values():
            self._add_menu_words(allergen.words, AllergenWord(allergen.id))
        self.tree = _tree(self.entries)
        self.misspellable = {jamo(entry.spelling): entry for entry in self.entries.values() if _misspellable(entry)}

    def matches(self, chars: str, start: int) -> Iterator[tuple[int, Entry]]:
        """Yield every entry that is spelt from `start` on, with its end."""
        node = self.tree
        for end in range(start, len(chars)):
            following = node.get(chars[end])
            if following is None:
                return
            node = following
            entry = node.get("")
            if entry is not None:
                yield end + 1, entry

    def _put(self, word: str, meaning: Meaning, **flags: bool) -> None:
        spelling = key(word)
        if not spelling:
            return
        entry = self.entries.setdefault(spelling, Entry(spelling))
        lengths = accumulate(len(key(part)) for part in word.split()[:-1])
        entry.breaks = entry.breaks.union(lengths)
        if meaning not in entry.meanings:
            entry.meanings = (*entry.meanings, meaning)
        for flag, value in flags.items():
            setattr(entry, flag, value or getattr(entry, flag))

    def _add_language(self, pack: Mapping[str, Any]) -> None:
        determiners = frozenset(pack["words"].get(_DETERMINER, ()))
        for kind, flags in (
            ("words", {"plain": True}),
            ("stems", {"stem": True, "plain": True}),
            ("particles", {"attached": True}),
        ):
            for tag, words in pack.get(kind, {}).items():
                for word in words:
                    self._put(word, Word(tag), **flags)
                    if word.split()[-1] in determiners:  # "hold the" makes what follows as definite as "the" does
                        self._put(word, Word(_DETERMINER), **flags)
        for tag, word in phrases(pack):
            self._put(word, Word(tag), plain=True)
        for word, meaning in plain_words(pack):
            self._put(word, meaning)

    def _add_menu_words(self, words: tuple[str, ...], meaning: Meaning) -> None:
        for word in words:
            self._put(word, meaning, menu=True)

    def _add_options(self, menu: Menu) -> None:
        loans = {word: value for language in LANGUAGES for word, value in loan_numbers(load_pack(language)).items()}
        for group in menu.option_groups.values():
            if group.kind == "choice":
                self._add_menu_words(group.words, GroupWord(group.id))
                for value in group.values:
                    self._add_menu_words(value.words, OptionWord(group.id, value.id, "choice"))
            elif group.kind == "flag":
                self._add_menu_words(group.words, OptionWord(group.id, True, "flag"))
            else:
                self._add_count_words(group, loans)
            for unit in group.units:
                self._put(unit, Word("DOSE_COUNTER"))
        for level in menu.levels.values():
            for word in level.words:
                self._put(word, Amount(level.id))
        for short in menu.option_combos:
            self._add_option_combo(menu, short)

    def _add_option_combo(self, menu: Menu, short: OptionCombo) -> None:
        (option, setting), *others = short.options.items()
        kind = next(group.kind for group in menu.option_groups.values() if group.id == option)
        self._put(short.alias, OptionWord(option, setting, kind, others=tuple(others)), menu=True)

    def _add_count_words(self, group: OptionGroup, loans: Mapping[str, int]) -> None:
        """A counted option, also with a loan number glued to the front of a short name (투샷)."""
        words = {key(word) for word in group.words}
        adding = tuple(
            key(word) for language in LANGUAGES for word in load_pack(language).get("stems", {}).get("ADD", ())
        )
        for word in group.words:
            inside = next((loan for loan in loans if word.startswith(loan) and key(word)[len(loan) :] in words), None)
            adds = any(key(word).endswith(verb) and key(word).removesuffix(verb) in words for verb in adding)
            self._put(word, OptionWord(group.id, loans[inside] if inside else None, "count", adds=adds), menu=True)
            if inside is None and is_verb_last(key(word)) and len(key(word)) <= 2:
                for loan, value in loans.items():
                    self._put(loan + word, OptionWord(group.id, value, "count"), menu=True)

    def _add_shared_option_words(self, menu: Menu) -> None:
        """The last word that several counted options share ("syrup") may mean each of them."""
        owners: dict[str, set[str]] = defaultdict(set)
        for group in menu.option_groups.values():
            for word in group.words if group.kind == "count" else ():
                if len(parts := word.split()) > 1:
                    owners[parts[-1]].add(group.id)
        for part, options in owners.items():
            known = self.entries.get(key(part))
            if len(options) < 2 or (known and any(isinstance(meaning, OptionWord) for meaning in known.meanings)):
                continue
            for option in sorted(options):
                self._put(part, OptionWord(option, None, "count", partial=True), menu=True)

    def _add_items(self, menu: Menu) -> None:
        heads = _head_words(menu)
        for item in menu.items:
            for word in item.words:
                meaning = ItemName((item.id,), _implied(menu, item, word), head=key(word) in heads)
                self._put(word, meaning, menu=True)
        for combo in menu.combos:
            self._put(combo.alias, ItemName((combo.item,), combo.options, quantity=combo.quantity), menu=True)

    def _add_partial_names(self, menu: Menu) -> None:
        owners: dict[str, list[str]] = defaultdict(list)
        for item in menu.items:
            for part in sorted({part for word in item.words for part in self._parts(word)}):
                owners[self._option_in(part)].append(item.id)
        heads = _head_words(menu)
        for part, items in owners.items():
            if part not in self.entries or not _taken(self.entries[part]):
                self._put(part, ItemName(tuple(items), partial=True, head=part in heads), menu=True)

    def _option_in(self, part: str) -> str:
        """Return the option that a part of a name is the plural of ("skewers"): it may mean either; else the part."""
        entry = self.entries.get(part.removesuffix("s"))
        means_option = entry is not None and any(isinstance(meaning, OptionWord) for meaning in entry.meanings)
        return part.removesuffix("s") if means_option else part

    def _parts(self, word: str) -> Iterator[str]:
        """Yield the parts of a name that can stand for it; none begins or ends with a function word ("and bacon")."""
        words = word.split()
        for first in range(len(words)):
            for last in range(first + 1, len(words) + 1):
                ends = (self.entries.get(key(words[at])) for at in (first, last - 1))
                if last - first < len(words) and not any(entry and entry.plain for entry in ends):
                    yield key(" ".join(words[first:last]))


def _implied(menu: Menu, item: Item, word: str) -> dict[str, OptionSetting]:
    """A name that begins with the word of a required choice says that choice as well ("hot chocolate")."""
    for group in menu.options_of(item.id).values():
        if not group.required or group.kind != "choice":
            continue
        for value in group.values:
            if any(key(word).startswith(key(option)) and key(word) != key(option) for option in value.words):
                return {group.id: value.id}
    return {}


def _taken(entry: Entry) -> bool:
    """Tell whether a spelling already means something that a part of a name must not hide."""
    return any(
        isinstance(meaning, Word | Number | Amount) or (isinstance(meaning, ItemName) and not meaning.partial)
        for meaning in entry.meanings
    )


def _misspellable(entry: Entry) -> bool:
    """Tell whether a word of the menu is long enough for a misspelling of it to be told from another word."""
    if not entry.menu or all(isinstance(meaning, CategoryWord | AllergenWord | Word) for meaning in entry.meanings):
        return False
    if not entry.names_something:
        return len(jamo(entry.spelling)) >= 6
    return len(jamo(entry.spelling)) >= (4 if is_verb_last(entry.spelling) else 3)


def _head_words(menu: Menu) -> frozenset[str]:
    """Return last words that several items share (latte, tea): with an unknown word before it, it is another item."""
    owners: dict[str, set[str]] = defaultdict(set)
    for item in menu.items:
        for word in item.words:
            parts = word.split()
            if len(parts) > 1:
                owners[key(parts[-1])].add(item.id)
    return frozenset(part for part, items in owners.items() if len(items) > 1)


def _tree(entries: Mapping[str, Entry]) -> dict[str, Any]:
    root: dict[str, Any] = {}
    for spelling, entry in entries.items():
        node = root
        for char in spelling:
            node = node.setdefault(char, {})
        node[""] = entry
    return root
