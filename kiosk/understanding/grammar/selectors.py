"""Options that pick out units that are there: "아이스는", "디카페인 아닌 거", "the iced ones"."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.understanding.grammar.frames import Frame, OptionMention
from kiosk.understanding.grammar.lookahead import is_definite, is_thing, takes_options_before
from kiosk.understanding.grammar.reading import Reading
from kiosk.understanding.text import is_verb_last
from kiosk.understanding.tokens import Token


@dataclass
class _Tail:
    """The words behind an option that can make it a selector."""

    length: int = 0
    positive: bool = True
    described: bool = False
    headed: bool = False
    marked: bool = False
    part: bool = False


def read(reading: Reading, mention: OptionMention) -> bool:
    """Take an option as a selector where the words around it say so."""
    tail = _tail(reading)
    if not _selects(reading, mention, tail):
        return False
    frame = open_selector(reading)
    frame.selector.append(mention)
    if tail.part:
        frame.flags.add("part")
    mention.negative = mention.negative or not tail.positive
    reading.at += tail.length
    return True


def open_selector(reading: Reading) -> Frame:
    """Return the frame that a selector belongs to: "two of the iced ones" is still one frame."""
    frame = reading.frame
    counted = frame.quantity is not None and frame.has("part") and frame.head is None
    described = bool(frame.selector) and frame.head is None and not frame.options and frame.quantity is None
    if not (frame.bare or described) and (frame.options or not counted) and not takes_options_before(reading):
        reading.close()
    return reading.frame


def _tail(reading: Reading) -> _Tail:
    tail = _Tail()
    while (token := reading.peek(tail.length)) is not None:
        if token.has("NEGATED", "POSITIVE") or (token.has("END", "DEST") and token.glued and not tail.headed):
            if token.has("DEST") and not _description_follows(reading, tail.length):
                break
            tail.positive = tail.positive and not token.has("NEGATED")
            tail.described = tail.described or token.has("NEGATED", "POSITIVE")
            tail.headed = tail.headed or (token.has("HEAD") and token.has("POSITIVE", "NEGATED"))
            tail.marked = tail.marked or (token.has("TOPIC_HEAD") and token.has("POSITIVE", "NEGATED"))
        elif token.has("HEAD") and (not token.number or is_thing(reading, tail.length)):
            tail.headed = True
            tail.marked = tail.marked or token.has("TOPIC_HEAD")
        elif token.has("REF") and token.verb_last:
            tail.headed = tail.marked = True
        elif token.has("TOPIC", "ONLY", "ALSO", "LOC") and token.glued:
            tail.marked = True
        elif token.has("OF") and token.verb_last:
            tail.part = True
        elif (skipped := _counted_whole(reading, tail.length)) > 0:
            tail.length += skipped
            tail.part = True
        else:
            break
        tail.length += 1
    return tail


def _counted_whole(reading: Reading, skip: int) -> int:
    """Return how many words "두 잔 중" is made of, as in "아이스 두 잔 중 하나는"."""
    number, counter, of = (reading.peek(skip + step) for step in range(3))
    if number is None or number.number is None or not number.verb_last or counter is None:
        return 0
    if counter.has("OF"):
        return 1
    return 2 if counter.has("COUNTER") and of is not None and of.has("OF") else 0


def _description_follows(reading: Reading, skip: int) -> bool:
    """As in "라지로 한 거": the particle is a part of the description; "라지로 바꿔": it is where a change leads."""
    following = reading.peek(skip + 1)
    return following is not None and following.has("POSITIVE", "NEGATED", "HEAD")


def _selects(reading: Reading, mention: OptionMention, tail: _Tail) -> bool:
    frame = reading.frame
    if not is_verb_last(mention.text):
        return tail.headed and (is_definite(reading) or frame.has("all"))
    if tail.described and not tail.headed and _picks_out_more(reading, tail):
        return True
    if tail.part and mention.is_choice and (not frame.head or frame.has("closed")):
        return True
    if tail.marked and (tail.headed or mention.is_choice):
        return not frame.head or frame.has("closed", "topic") or frame.quantity is not None
    if not tail.headed and mention.is_choice and (frame.empty or frame.has("closed")) and _counted_topic(reading, tail):
        return True
    dealing = frame.has("part") and frame.quantity is not None and not frame.options
    fresh = (frame.head is None and not dealing) or frame.has("closed")
    return tail.headed and fresh and (tail.described or tail.length > 1 or _acts_on_units(reading.peek(tail.length)))


def _picks_out_more(reading: Reading, tail: _Tail) -> bool:
    """As in "샷 안 들어간 아이스는": what comes next picks out units as well."""
    option, mark = reading.peek(tail.length), reading.peek(tail.length + 1)
    choice = option is not None and any(word.kind == "choice" for word in option.options)
    return choice and mark is not None and ((mark.glued and mark.has("TOPIC", "ONLY")) or mark.has("HEAD"))


def _acts_on_units(following: Token | None) -> bool:
    return following is not None and (bool(following.number) or following.has("ALL", "SAME", "REMOVE"))


def _counted_topic(reading: Reading, tail: _Tail) -> bool:
    """As in "아이스 두 잔은": the number carries the topic particle."""
    number, after = reading.peek(tail.length), reading.peek(tail.length + 1)
    if number is None or number.number is None or after is None:
        return False
    if after.has("COUNTER"):
        after = reading.peek(tail.length + 2)
    return after is not None and after.glued and after.has("TOPIC", "ONLY")
