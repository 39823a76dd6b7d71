"""What comes next in a clause, and what stood just before: the questions that readers ask before they decide."""

from __future__ import annotations

from kiosk.understanding.grammar.reading import Reading
from kiosk.understanding.tokens import Token

_REACH = 9
_BETWEEN = ("FILLER", "PLAIN", "POSITIVE", "NEGATED", "CAFFEINE", "OF", "COUNTER", "HEAD")
_BEFORE_OPTION = ("FILLER", "WITH", "OF", "WITHOUT", "CHANGE", "HEAD", "NOT", "INTO")


def item_follows(reading: Reading, attach: bool = False) -> bool:
    """Tell whether an item name comes next, with nothing but its own options before it.

    Args:
        reading: The clause.
        attach: Ask as well whether options said before that item belong to it and not to the item before them.
    """
    for skip in range(_REACH):
        token = reading.peek(skip)
        if token is None:
            return False
        if starts_item(token):
            return not attach or _attaches(reading, skip)
        if not _may_stand_before_item(reading, token, skip, attach):
            return False
    return False


def starts_item(token: Token) -> bool:
    """Tell whether a token names an item or a shelf; a word that is an option as well needs the whole name."""
    if token.name is not None:
        return not token.name.partial or not token.options
    return token.category is not None and not token.options


def _may_stand_before_item(reading: Reading, token: Token, skip: int, attach: bool) -> bool:
    if token.has("INSTEAD", "TOPIC"):
        return False
    if token.number and (attach or not token.has("HEAD")):
        return False
    if token.options or token.groups or token.amount or token.has(*_BETWEEN):
        return True
    listed = skip > 0 and bool(reading.tokens[reading.at + skip - 1].options)
    return listed and token.has("COMMA") and not attach and not (reading.frame.head or reading.frame.options)


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
