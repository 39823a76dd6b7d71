"""What comes next in a clause, and what stood just before: the questions that readers ask before they decide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kiosk.understanding.grammar.reading import Reading
from kiosk.understanding.meanings import OptionWord
from kiosk.understanding.tokens import Token

_REACH = 12
_MOST_UNKNOWN_ON_THE_WAY = 2
_BETWEEN = ("FILLER", "PLAIN", "POSITIVE", "NEGATED", "CAFFEINE", "OF", "COUNTER", "HEAD")
_BEFORE_OPTION = ("FILLER", "WITH", "OF", "WITHOUT", "CHANGE", "HEAD", "NOT", "INTO")


def item_follows(reading: Reading) -> bool:
    """Tell whether an item name comes next, with nothing but its own options before it."""
    return _next_item(reading, attach=False) is not None


def attaches(reading: Reading, words: Sequence[OptionWord], groups: Sequence[str]) -> bool:
    """Tell whether an option belongs to the item that comes next, and not to the one before it."""
    skip = _next_item(reading, attach=True)
    if skip is None:
        return False
    frame, following = reading.frame, possible_items(reading, reading.tokens[reading.at + skip])
    if frame.head is not None and frame.head.items and not frame.has("closed"):
        here, there = (offers(reading, items, words, groups) for items in (frame.head.items, following))
        if here != there:
            return there
    return _attaches(reading, skip)


def becomes_next(reading: Reading) -> bool:
    """As in "라떼 한 잔은 아이스 모카로 바꿔": the item that comes next is what the units before become."""
    skip = _next_item(reading, attach=True)
    particle = None if skip is None else reading.peek(skip + 1)
    verb = None if skip is None else reading.peek(skip + 2)
    return particle is not None and particle.has("DEST") and verb is not None and verb.has("CHANGE")


def offers(reading: Reading, items: Iterable[str], words: Sequence[OptionWord], groups: Sequence[str] = ()) -> bool:
    """Tell whether one of the items has one of the options, to choose or fixed."""
    options = {*groups, *(word.option for word in words)}
    menu = reading.menu
    return any(
        not options.isdisjoint(menu.options_of(item)) or not options.isdisjoint(menu.by_id[item].only) for item in items
    )


def possible_items(reading: Reading, token: Token) -> tuple[str, ...]:
    """Return the items that a name, a part of a name or the name of a shelf can mean."""
    items = token.name.items if token.name is not None else ()
    if token.category is None:
        return items
    inside = tuple(item.id for item in reading.menu.in_category(token.category))
    return inside if not items or len(inside) > len(items) else items


def _next_item(reading: Reading, attach: bool) -> int | None:
    """Return how many tokens stand before the next item, if only its own options do.

    `attach` is asked for options, which take no number and no list of other things on the way.
    """
    for skip in range(_REACH):
        token = reading.peek(skip)
        if token is None:
            return None
        if starts_item(token) and not (attach and _is_option_of_head(reading, token)):
            return skip
        if not _may_stand_before_item(reading, token, skip, attach):
            return None
    return None


def _is_option_of_head(reading: Reading, token: Token) -> bool:
    """Tell whether a word that can name an item is one more option of the item that was named before."""
    frame = reading.frame
    if frame.head is None or frame.has("closed") or not may_be_option(token):
        return False
    return offers(reading, frame.head.items, token.options)


def may_be_option(token: Token) -> bool:
    """Tell whether a word can be something that is added to an item, besides what else it can be."""
    return any(word.kind != "choice" for word in token.options)


def starts_item(token: Token) -> bool:
    """Tell whether a token names an item or a shelf; a word that is an option as well needs the whole name."""
    if token.name is not None:
        return not token.name.partial or not token.options
    return token.category is not None and not token.options


def _may_stand_before_item(reading: Reading, token: Token, skip: int, attach: bool) -> bool:
    if token.has("INSTEAD", "TOPIC"):
        return False
    if token.number and not token.options and (attach or not token.has("HEAD")):
        after = reading.peek(skip + 1)
        return after is not None and after.has("DOSE_COUNTER") and not token.verb_last
    if token.has("DOSE_COUNTER", "WITHOUT") and not token.verb_last:
        after = reading.peek(skip + 1)
        return token.has("DOSE_COUNTER") or (after is not None and bool(after.options))
    if token.options or token.groups or token.amount or token.has(*_BETWEEN):
        return True
    if token.unknown and not attach and not token.verb_last:
        return skip < _MOST_UNKNOWN_ON_THE_WAY
    before, after = reading.tokens[reading.at + skip - 1], reading.peek(skip + 1)
    if not before.options:
        return False
    if token.has("AND") and not token.verb_last:
        opens = not attach or reading.frame.head is None or reading.frame.has("closed")
        return opens and after is not None and bool(after.options or after.amount)
    return skip > 0 and token.has("COMMA") and not attach and not (reading.frame.head or reading.frame.options)


def _attaches(reading: Reading, skip: int) -> bool:
    """Decide whether options between two items belong to the second: not when the second has its own after it."""
    frame = reading.frame
    if frame.head is None or frame.has("closed") or frame.quantity is not None or reading.separated:
        return True
    if frame.has("topic"):
        return False
    after = reading.peek(skip + 1)
    return not (after is not None and after.options and after.name is None)


def option_follows(reading: Reading) -> bool:
    """Tell whether an option comes next."""
    skip = 0
    while (token := reading.peek(skip)) is not None and token.has(*_BEFORE_OPTION) and not token.options:
        skip += 1
    return token is not None and bool(token.options)


def is_definite(reading: Reading) -> bool:
    """Tell whether "the", "my" or the like stands before the options that precede the token being read."""
    steps = 1
    while (token := reading.back(steps)) is not None and (token.options or token.has("WITHOUT", "WITH", "HEAD")):
        steps += 1
    return token is not None and token.has("DEFINITE")


def takes_options_before(reading: Reading) -> bool:
    """Tell whether the options said before are for what comes now: "cream cheese on the bagel"."""
    frame, determiner, preposition = reading.frame, reading.back(1), reading.back(2)
    if frame.head is not None or frame.selector or frame.quantity is not None or determiner is None:
        return False
    return determiner.has("DEFINITE") and preposition is not None and preposition.has("AT")


def is_thing(reading: Reading, skip: int) -> bool:
    """Tell whether "one" stands for a thing after an option or a short name ("the iced one"), or is a number."""
    position = reading.at + skip
    if reading.tokens[position].number is None:
        return True
    previous = reading.tokens[position - 1] if position > 0 else None
    following = reading.tokens[position + 1] if position + 1 < len(reading.tokens) else None
    if previous is None or not (previous.options or previous.name or previous.has("REF")):
        return False
    if following is None:
        return True
    if following.has("OF"):
        return False
    starts_next = following.options or following.has("WITH", "WITHOUT")
    short_name = previous.name is not None and previous.name.partial and not previous.options
    return not starts_next or is_definite(reading) or short_name
