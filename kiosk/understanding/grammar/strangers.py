"""Unknown things with a number of their own: "라떼 하나랑 김밥 두 줄", "two muffins", "a hot dog"."""

from __future__ import annotations

from kiosk.understanding.grammar.frames import Head
from kiosk.understanding.grammar.lookahead import item_follows
from kiosk.understanding.grammar.reading import Reading
from kiosk.understanding.packs import clause_endings, inflections
from kiosk.understanding.text import MASKED, script
from kiosk.understanding.tokens import Token

_LONGEST_AMBIGUOUS, _MOST_DESCRIPTIONS = 2, 2


def counts_unknown_thing(reading: Reading, token: Token) -> bool:
    """As in "라떼 하나랑 김밥 두 줄": the number is of the unknown word before it, not of what was named first."""
    frame, (before, name) = reading.frame, _noun_before(reading, token)
    if not token.verb_last and names_unknown_thing(reading, token):
        return True
    if before is None or not before.unknown or not before.verb_last or not _is_noun(name):
        return False
    if not frame.has_subject or (frame.quantity is None and not reading.separated and not frame.has("closed")):
        return False
    frame.unknown.remove(before.text)
    reading.close()
    reading.frame.head = Head(unknown=name)
    reading.frame.quantity = token.number.value if token.number else 1
    return True


def names_unknown_thing(reading: Reading, token: Token) -> bool:
    """As in "a latte and two muffins", "a hot dog": where numbers come first, they are of the unknown word."""
    frame, skip = reading.frame, 0
    while (noun := reading.peek(skip)) is not None and noun.options and skip < _MOST_DESCRIPTIONS:
        skip += 1
    if noun is None or not noun.unknown or noun.verb_last or noun.free_order or not _is_noun(noun.text.lower()):
        return False
    if not skip and (frame.head is None or frame.quantity is None):
        return False
    if item_follows(reading):
        return False
    words = [reading.tokens[at].text for at in range(reading.at, reading.at + skip + 1)]
    reading.at += skip + 1
    reading.close()
    reading.frame.head = Head(unknown=" ".join(words))
    reading.frame.quantity = token.number.value if token.number else 1
    return True


def _noun_before(reading: Reading, token: Token) -> tuple[Token | None, str]:
    """Return the word before a number, with what looks like an ending of it but may be a part of it ("사이다")."""
    at = reading.at - 1
    while reading.tokens[at] is not token:
        at -= 1
    if at > 1 and reading.tokens[at - 1].glued and reading.tokens[at - 1].tags == {"END"}:
        return reading.tokens[at - 2], reading.tokens[at - 2].text + reading.tokens[at - 1].text
    return (reading.tokens[at - 1], reading.tokens[at - 1].text) if at > 0 else (None, "")


def _is_noun(word: str) -> bool:
    """A long word with any ending of a verb is none; a short one may end like that by chance ("피자")."""
    ending = inflections() if len(word) > _LONGEST_AMBIGUOUS else clause_endings()
    particle = len(word) == 1 and script(word) == "kana"
    return MASKED not in word and not particle and not word.endswith(ending)
