"""What customers may call the things of a schema: types with the words around them, shelves, portions, levels."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from evals.foodordering.schema import NOT, QUANTITY, Intent, Restaurant, Slot, Value

NONE, DECLINED = "none", "no_"
"""The level of what is declined; before another level: what is declined in that grade only ("no extra radish")."""
_GRADES = {"light": "less", "extra": "extra"}


def item_words(intent: Intent, value: Value | None, ambiguous: Collection[str]) -> Iterator[str]:
    """Yield the words for an intent's thing of a type, or for the intent's only thing.

    Args:
        intent: The intent.
        value: The type, None where there is only one thing.
        ambiguous: Words that something else has as well: what stands around them tells that the thing is meant.
    """
    if value is None:
        yield from intent.names
        return
    yield from value.words
    before, after = _around_types(intent)
    for word in value.words:
        if word in ambiguous:
            yield from (f"{prefix} {word}" for prefix in before)
            yield from (f"{word} {suffix}" for suffix in after)


def ambiguous_words(restaurant: Restaurant) -> frozenset[str]:
    """Return words for types that are words for features as well, or for what comes beside another type."""
    types: set[str] = set()
    others: set[str] = set()
    for intent in restaurant.intents:
        own = {word for value in (intent.type_slot.values if intent.type_slot else ()) for word in value.words}
        types |= own
        others |= {word for slot in intent.features for value in slot.values for word in value.words}
        others |= own if takes_others(intent) else set()
    return frozenset(types & others)


def takes_others(intent: Intent) -> bool:
    """Tell whether types of an intent come beside each other: it is named after one of them ("plate of crackers")."""
    types = {word for value in (intent.type_slot.values if intent.type_slot else ()) for word in value.words}
    return any(name.endswith(f" {word}") for name in intent.names for word in types)


def value_words(slot: Slot, value: Value) -> Iterator[str]:
    """Yield the words for a value of a slot, with those that the schema lets stand around it."""
    yield from value.words
    for word in value.words:
        if not word.endswith(slot.suffixes):
            yield from (f"{word} {suffix}" for suffix in slot.suffixes)
        if not word.startswith(slot.prefixes):
            yield from (f"{prefix} {word}" for prefix in slot.prefixes)


def shelf_words(intent: Intent) -> list[str]:
    """Return the words for a shelf; an intent that is one thing keeps its names for that."""
    own = intent.name.replace("_", " ").lower()
    if intent.type_slot is None:
        return [own]
    before, after = _around_types(intent)
    return [*(name for name in intent.names if not name.startswith(before) and name not in after), own]


def portions(intent: Intent) -> list[str]:
    """Return the words that count portions of an intent's things ("sides of", "side orders of")."""
    if intent.type_slot is None:
        return []
    own = intent.name.replace("_", " ").lower()
    return [*_around_types(intent)[0], f"{own} of", f"{own}s of"]


def _around_types(intent: Intent) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what stands before a type ("side of") and behind it ("on the side")."""
    slot = intent.type_slot
    if slot is None:
        return (), ()
    types = {word for value in slot.values for word in value.words}
    before = [prefix for prefix in slot.prefixes if " " in prefix]
    after = [suffix for suffix in slot.suffixes if " " in suffix]
    for name in intent.names:
        ending = next((word for word in types if name.endswith(f" of {word}")), "")
        if name.endswith(" of") or ending:
            before.append(name.removesuffix(ending).strip())
        elif name.startswith("on "):
            after.append(name)
    return tuple(dict.fromkeys(before)), tuple(dict.fromkeys(after))


def grades(restaurant: Restaurant) -> dict[str, Value]:
    """Return the values that decline and grade, by the id of our level."""
    found: dict[str, Value] = {}
    for intent in restaurant.intents:
        for slot in intent.slots:
            for value in slot.values if slot.name.upper() in (NOT, QUANTITY) else ():
                level = NONE if slot.name.upper() == NOT else _GRADES.get(value.text, value.text)
                found.setdefault(level, value)
    return found


def level_words(graded: Mapping[str, Value]) -> Iterator[tuple[str, list[str]]]:
    """Yield every level with its words; what can be declined and graded can be declined in a grade as well."""
    declining = [*_short(graded[NONE].words)] if NONE in graded else []
    for level, value in graded.items():
        yield level, [*dict.fromkeys([*value.words, *_short(value.words)])]
        simple = [word for word in value.words if " " not in word]
        if level != NONE and declining and simple:
            yield f"{DECLINED}{level}", [f"{no} {word}" for no in declining for word in simple]


def _short(words: Iterable[str]) -> Iterator[str]:
    """Yield words without a determiner at their end, and with one: "avoid", "avoid the", "avoid any"."""
    for word in words:
        plain = word.removesuffix(" the").removesuffix(" any")
        yield plain
        yield f"{plain} the"
        yield f"{plain} any"
