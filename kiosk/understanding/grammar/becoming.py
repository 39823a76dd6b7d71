"""Units that turn into something else: "X를 Y로 바꿔", "change X to Y", "X 말고 Y", "Y instead of X"."""

from __future__ import annotations

from kiosk.understanding.grammar.frames import Flag, Frame, Head
from kiosk.understanding.grammar.reading import Reading
from kiosk.understanding.tokens import Token

_KEPT: frozenset[Flag] = frozenset({"correct"})


def make_replaced(reading: Reading) -> None:
    """Make the frame what is replaced; what takes its place comes next, or was said before."""
    old = reading.frame
    reading.frame = Frame(replaced=old, flags=old.flags & _KEPT)
    if not reading.done or old.head is None or not old.head.text or old.head.verb_last:
        return
    last = reading.done[-1]
    if last.head is not None and last.replaced is None:
        last.replaced = old
        reading.frame = reading.done.pop()


def read_target(reading: Reading, head: Head) -> bool:
    """Take an item as what the units before it become."""
    if not _is_target(reading, head):
        return False
    if reading.frame.has("closed"):
        reading.close()
    reading.frame.target = Frame(head, reading.waiting, quantity=reading.number)
    reading.waiting, reading.number, reading.article = [], None, False
    return True


def _is_target(reading: Reading, head: Head) -> bool:
    frame = reading.frame
    if frame.replaced is not None or frame.target is not None or head.unknown or frame.has("people"):
        return False
    if (frame.has("change") or swaps(reading)) and _follows_verb(reading):
        return True
    subject = frame.has_subject or frame.quantity is not None or frame.has("rest", "all", "half")
    subject = subject and not frame.has("closed")
    skip = _past(reading, 0, "FILLER", "HEAD") if subject else 0
    particle = reading.peek(skip)
    if particle is None or not particle.has("DEST"):
        return False
    verb = reading.peek(_past(reading, skip + 1, "FILLER", "ALL", "COMMA"))
    if not subject:
        return verb is not None and verb.has("CHANGE")
    marked = frame.has("topic", "correct")
    if verb is None or verb.has("STOP", "END"):
        return marked
    return verb.has("CHANGE") or (verb.has("WANT") and marked)


def swaps(reading: Reading) -> bool:
    """As in "and the ade for a lemonade": what is ordered, for something else."""
    head = reading.frame.head
    ordered = head is not None and head.definite and any(item in reading.present for item in head.items)
    return ordered and not reading.frame.has("closed", "want", "add", "remove")


def _past(reading: Reading, skip: int, *tags: str) -> int:
    """Return the place behind options and words with these tags."""
    while (token := reading.peek(skip)) is not None and (token.options or token.has(*tags)):
        skip += 1
    return skip


def _follows_verb(reading: Reading) -> bool:
    """As in "change the latte to a mocha", "make it a mocha": the item stands behind the verb or its preposition."""
    steps, article = 1, False
    while (token := reading.back(steps)) is not None and _stands_before_item(token):
        article = article or (token.number is not None and token.number.article)
        steps += 1
    if token is None:
        return False
    if token.name and article:  # "make that latte a mocha"
        return reading.frame.head is not None and not token.verb_last
    if token.has("CHANGE"):
        names_subject = steps == 1 and token.has("DEFINITE")  # "make that latte decaf"
        return token.has("TOTAL", "BECOME") and not names_subject
    frame = reading.frame
    return token.has("INTO") and (frame.has_subject or frame.quantity is not None or frame.has("half", "rest", "all"))


def _stands_before_item(token: Token) -> bool:
    return bool(token.options) or token.silent or (token.number is not None and not token.has("TOTAL"))
