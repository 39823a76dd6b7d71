"""More words for the values of a restaurant than its catalogues list: what follows from those that they do list.

A word is only added where it can mean one value of an intent and nothing else in the restaurant.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from evals.foodordering.schema import NOT, NUMBER, QUANTITY, Intent, Restaurant, Slot, Value

_APART = frozenset({NUMBER, QUANTITY, NOT})
_FUNCTION_WORDS = frozenset(
    {"a", "an", "all", "and", "by", "every", "for", "from", "in", "inside", "of", "on", "the", "with"}
)
_ADJECTIVES = frozenset(
    {
        "big",
        "black",
        "brown",
        "cold",
        "cooked",
        "fresh",
        "fried",
        "green",
        "grilled",
        "ground",
        "hot",
        "iced",
        "low fat",
    }
    | {"mild", "raw", "red", "regular", "roasted", "spiced", "spicy", "stuffed", "sweet", "white", "yellow"}
)
"""Alone they say how something is, not what: a grilled fish has no grilled vegetables on it."""
_SHORT_FORMS = {
    "avo": "avocado",
    "barbecue": "bbq",
    "caff": "caffeine",
    "choc": "chocolate",
    "coke": "coca cola",
    "decaf": "decaffeinated",
    "guac": "guacamole",
    "lg": "large",
    "mayo": "mayonnaise",
    "med": "medium",
    "mozz": "mozzarella",
    "oj": "orange juice",
    "parm": "parmesan",
    "pepsi": "pepsi cola",
    "sm": "small",
    "veg": "vegetable",
    "veggie": "vegetable",
    "veggies": "vegetables",
    "whip": "whipped cream",
}
"""Everyday English for food, whatever the restaurant."""

_SHORTEST = 6
"""The end of a word alone must have so many letters: short ones sound like others ("dish", "wish")."""
_Owner = tuple[str, str]


@dataclass(frozen=True)
class _Talk:
    """What an intent's words are derived with: its number words, and the last words that values of a slot share."""

    numbers: frozenset[str]
    heads: Mapping[str, frozenset[str]]
    type_slot: Slot | None

    def derived(self, value: Value, slot: Slot) -> Iterator[str]:
        """Yield words for a value, known ones among them."""
        if value.alternatives or value.units() is not None:
            return
        said = [word.casefold() for word in value.words if all(part.isalpha() for part in word.split())]
        plain = value.text.replace("_", " ").casefold()
        if plain.replace(" ", "").isalpha():
            yield plain
        for word in said:
            yield from _singular(word)
            yield from _short_forms(word)
            yield " ".join(part for part in word.split() if part != "and")
            if not self.numbers.intersection(word.split()):
                endings = _endings(word, said, shortest=1 if slot.many else 2)
                yield from (ending for ending in endings if ending not in self.heads[slot.name])
            if slot is not self.type_slot:
                yield from _without_head(word, self.heads[slot.name] | frozenset(said))
        for kind in slot.values:
            if value.text in kind.alternatives:
                yield from _of_a_kind(said, [word.casefold() for word in kind.words])


def with_derived_words(restaurant: Restaurant) -> Restaurant:
    """Return the restaurant with derived words for the values of all slots that describe something."""
    known = {word.casefold() for intent in restaurant.intents for word in _said(intent)}
    return replace(restaurant, intents=tuple(_intent(intent, known) for intent in restaurant.intents))


def _said(intent: Intent) -> Iterator[str]:
    yield from intent.names
    for slot in intent.slots:
        for value in slot.values:
            yield from value.words


def _intent(intent: Intent, known: set[str]) -> Intent:
    described = [slot for slot in intent.slots if slot.name.upper() not in _APART]
    talk = _Talk(_numbers(intent), {slot.name: _shared_heads(slot) for slot in described}, intent.type_slot)
    derived = {(slot.name, value.text): tuple(talk.derived(value, slot)) for slot in described for value in slot.values}
    meant: dict[str, set[_Owner]] = defaultdict(set)
    for owner, words in derived.items():
        for word in words:
            meant[word].add(owner)
    for owner, word in _first_words(described):
        meant[word].add(owner)

    def grown(slot: Slot) -> Slot:
        values = (_grown(value, derived[slot.name, value.text], meant, known) for value in slot.values)
        return replace(slot, values=tuple(values))

    return replace(intent, slots=tuple(grown(slot) if slot in described else slot for slot in intent.slots))


def _grown(value: Value, words: Iterable[str], meant: Mapping[str, set[_Owner]], known: set[str]) -> Value:
    fresh = [word for word in dict.fromkeys(words) if word not in known and len(meant[word]) == 1]
    return replace(value, words=(*value.words, *fresh))


def _first_words(slots: Iterable[Slot]) -> Iterator[tuple[_Owner, str]]:
    """Yield what long words begin with: "purple" alone cannot mean the yams where there is a purple slaw."""
    for slot in slots:
        for value in slot.values:
            for word in value.words:
                if " " in word and not value.alternatives:
                    yield (slot.name, value.text), word.split()[0].casefold()


def _numbers(intent: Intent) -> frozenset[str]:
    slot = intent.slot(NUMBER)
    return frozenset(word for value in (slot.values if slot else ()) for word in value.words) | {"point"}


def _shared_heads(slot: Slot) -> frozenset[str]:
    """Return the last words that the words of several values of a slot have: slaw, dressing, width."""
    heads = Counter(head for value in slot.values for head in {word.casefold().split()[-1] for word in value.words})
    return frozenset(head for head, values in heads.items() if values > 1)


def _endings(word: str, said: Sequence[str], shortest: int) -> Iterator[str]:
    """Leave out words from the front, but not what the thing is: "pumpkin seeds" for "roasted pumpkin seeds"."""
    parts = word.split()
    for first in range(1, len(parts) - shortest + 1):
        ending = " ".join(parts[first:])
        if _FUNCTION_WORDS.intersection(parts[first - 1 : first + 1]) or " ".join(parts[:first]) in said:
            continue
        if len(ending) >= _SHORTEST:
            yield ending


def _without_head(word: str, heads: frozenset[str]) -> Iterator[str]:
    """Leave out the last word where it names a kind: "sesame" for "sesame dressing"."""
    *front, head = word.split()
    if front and head in heads and not _FUNCTION_WORDS.issuperset(front) and " ".join(front) not in _ADJECTIVES:
        yield " ".join(front)


def _singular(word: str) -> Iterator[str]:
    if word.endswith(("ches", "shes", "xes", "oes", "sses")):
        yield word[:-2]
    elif word.endswith("ies"):
        yield f"{word[:-3]}y"
        yield word[:-1]
    elif word.endswith("s") and not word.endswith("ss"):
        yield word[:-1]


def _short_forms(word: str) -> Iterator[str]:
    """Say a word with a short form in the place of a long one, and the other way round."""
    padded = f" {word} "
    for short, full in _SHORT_FORMS.items():
        for one, other in ((short, full), (full, short)):
            if f" {one} " in padded:
                yield padded.replace(f" {one} ", f" {other} ").strip()


def _of_a_kind(said: Iterable[str], kinds: Iterable[str]) -> Iterator[str]:
    """Name a value with and without the word for its kind: "savoy cabbage", and "red" for "red cabbage"."""
    for word in said:
        for kind in kinds:
            if word.endswith(f" {kind}"):
                yield word.removesuffix(kind).strip()
            elif kind.rstrip("s") not in word:
                yield f"{word} {kind}"
