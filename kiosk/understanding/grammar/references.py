"""Words that point at what is on the order or was just said: "그거", "the last one", "두 번째 거", "same again"."""

from __future__ import annotations

from kiosk.understanding.grammar.frames import Frame, Head
from kiosk.understanding.grammar.reading import Reading
from kiosk.understanding.tokens import Token


def read(reading: Reading, token: Token) -> bool:
    """Take a reference."""
    if token.position is not None and not token.options:
        _skip_head(reading)
        reading.open_reference(Head(reference="ordinal", position=token.position, text=token.text))
    elif token.has("LAST_REF"):
        reading.open_reference(Head(reference="last", text=token.text))
    elif token.has("REF"):
        _read_it(reading, token)
    elif token.has("SAME"):
        _read_same(reading)
    else:
        return False
    return True


def _skip_head(reading: Reading) -> None:
    while (token := reading.peek()) is not None and (
        token.has("HEAD", "ORDINAL_COUNTER") or (token.has("TOPIC", "OBJECT") and token.glued)
    ):
        reading.at += 1


def _read_it(reading: Reading, token: Token) -> None:
    frame, following = reading.frame, reading.peek()
    if following is not None and following.name and token.has("DEFINITE"):
        return  # "that latte"
    head = Head(reference="it", plural=token.has("ALL", "PLURAL"), text=token.text)
    replaced = following is not None and following.has("INSTEAD")
    if frame.head is not None and (_repeats_head(reading) or (replaced and not frame.has("closed"))):
        return
    if frame.head is None and (frame.has("change", "remove", "add")):
        frame.head = head
    elif following is not None and following.has("INSTEAD") and following.verb_last:
        reading.at += 1
        reading.close()
        reading.frame.replaced = Frame(head)
    elif frame.has("more", "part") or (frame.quantity is not None and frame.head is None):
        frame.head = head
    else:
        reading.open_reference(head)


def _repeats_head(reading: Reading) -> bool:
    """As in "라떼 그거", "the latte, that": it is what was just named."""
    frame = reading.frame
    untouched = not frame.options and frame.quantity is None and not frame.has("closed", "change")
    return frame.head is not None and bool(frame.head.items) and untouched and not reading.separated


def _read_same(reading: Reading) -> None:
    dose = reading.peek(1)
    if dose is not None and dose.has("DOSE_COUNTER"):
        return
    frame = reading.frame
    another = frame.has("more") and frame.head is None and not frame.options and not frame.has("closed")
    if not (frame.bare or frame.selector or frame.has("also") or another):
        reading.close()
    reading.frame.flags.add("same")
