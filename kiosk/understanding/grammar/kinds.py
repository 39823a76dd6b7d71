"""Kinds of one item in a row: "라떼 따뜻하게 둘 아이스 하나", "two hot lattes and one iced", "아이스가 세 잔"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kiosk.understanding.grammar.frames import Frame, OptionMention
from kiosk.understanding.grammar.reading import Reading
from kiosk.understanding.text import is_verb_last


def begins_sibling(reading: Reading, mention: OptionMention) -> bool:
    """As in "라떼 따뜻한 거 둘 아이스 하나": another value of a choice, with a number, is another kind of the item."""
    frame = reading.frame
    if not mention.words or not is_verb_last(mention.text) or frame.head is None or not frame.head.items:
        return False
    if mention.negative or frame.has("closed", "change", "correct", "topic", "among", "to", "total"):
        return False
    if frame.target is not None or frame.replaced is not None or frame.selector or not _is_one_of_several(reading):
        return False
    return is_other_kind(frame, mention) and _number_follows(reading)


def _is_one_of_several(reading: Reading) -> bool:
    """Tell whether the kind before has its own number or is joined to this one: "뜨거운 거랑 아이스 하나씩"."""
    before = reading.tokens[reading.at - 2] if reading.at > 1 else None
    return reading.frame.quantity is not None or (before is not None and before.has("AND"))


def _number_follows(reading: Reading) -> bool:
    skip = 0
    while (token := reading.peek(skip)) is not None and token.has("DEST", "HEAD", "FILLER") and not token.number:
        skip += 1
    after = reading.peek(skip + 1)
    return token is not None and token.number is not None and not (after is not None and after.has("DOSE_COUNTER"))


def open_sibling(reading: Reading, mention: OptionMention) -> None:
    """Begin another kind of the same item: what was said before the name holds for both."""
    head, shared = reading.frame.head, reading.frame.options[: reading.frame.before]
    reading.close()
    if head is not None:
        chosen = {word.option for word in mention.words}
        implied = {option: setting for option, setting in head.options.items() if option not in chosen}
        reading.frame.head = replace(head, options=implied)
    reading.frame.options = [*(other for other in shared if not contradicts([other], mention)), mention]
    reading.frame.flags.add("sibling")


def begins_share(reading: Reading, mention: OptionMention) -> bool:
    """As in "라떼 다섯 잔인데 아이스가 세 잔 핫이 두 잔": the number behind says how many are like that."""
    last, frame = reading.tokens[reading.at - 1], reading.frame
    if not (mention.is_choice and is_verb_last(mention.text) and last.glued and last.has("SUBJECT")):
        return False
    counted = frame.quantity is not None or frame.has("part")
    return counted and _number_follows(reading)


def is_other_kind(frame: Frame, mention: OptionMention) -> bool:
    """Tell whether an option cannot be of the frame's item, because that has another value of the same choice."""
    implied = frame.head.options if frame.head is not None else {}
    other = any(word.option in implied and implied[word.option] != word.value for word in mention.words)
    return other or contradicts(frame.options, mention)


def contradicts(said: Sequence[OptionMention], mention: OptionMention) -> bool:
    """Tell whether another value of the same choice was said before."""
    values = {word.option: word.value for word in mention.words if word.kind == "choice"}
    return any(
        word.option in values and word.value != values[word.option]
        for other in said
        if not other.negative
        for word in other.words
    )
