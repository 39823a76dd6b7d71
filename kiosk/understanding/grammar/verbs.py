"""Verbs: what is to be done. In languages whose verbs come last a verb ends a frame, in others it begins one."""

from __future__ import annotations

from kiosk.understanding.grammar.frames import Flag
from kiosk.understanding.grammar.lookahead import item_follows
from kiosk.understanding.grammar.reading import Reading
from kiosk.understanding.tokens import Token

_VERBS: tuple[tuple[str, Flag], ...] = (
    ("CHANGE", "change"),
    ("REMOVE", "remove"),
    ("REDUCE", "reduce"),
    ("ADD", "add"),
    ("WANT", "want"),
)


def read(reading: Reading, token: Token) -> bool:
    """Take a verb."""
    for tag, flag in _VERBS:
        if token.has(tag) and (tag != "WANT" or not token.has("DEST")):
            if token.verb_last and _is_negated(reading):
                reading.frame.flags.add("decline")
                reading.close()
            elif token.verb_last:
                _end_frame(reading, flag, token)
            elif _belongs_to_frame(reading, flag) or (token.free_order and _comments(reading, flag)):
                reading.frame.flags.add(flag)
            else:
                _begin_frame(reading, flag, token)
            return True
    return False


def _is_negated(reading: Reading) -> bool:
    """As in "라떼는 안 먹을래요"."""
    before = reading.back()
    return before is not None and before.has("NOT") and reading.frame.has_subject and not reading.frame.options


def _end_frame(reading: Reading, flag: Flag, token: Token) -> None:
    following = reading.peek()
    # "두유 변경 두 잔": a noun that stands for the verb does not end the sentence.
    bare = flag == "change" and following is not None and not following.glued and following.start == token.end
    reading.flush_waiting()
    reading.frame.flags.add(flag)
    if not reading.frame.empty and not (bare and reading.frame.head is not None):
        reading.frame.flags.add("closed")


def _belongs_to_frame(reading: Reading, flag: Flag) -> bool:
    """As in "the iced one, make it large", "the rest should be hot": the subject came before the verb."""
    frame = reading.frame
    if flag in ("want", "add"):
        return not frame.empty and frame.has("correct") and frame.head is None
    if flag != "change":
        return False
    if frame.head is None and frame.selector:
        return True
    subject = frame.head is not None or frame.has("part", "rest", "half")
    return subject and not frame.options and not reading.separated


def _comments(reading: Reading, flag: Flag) -> bool:
    """As in "拿铁不要了", "冷萃减一杯", "都要热的": where verbs stand on either side, this one follows its subject."""
    frame = reading.frame
    subject = frame.has_subject or frame.has("all", "rest", "half", "part")
    if not subject or frame.has("closed") or reading.separated or item_follows(reading):
        return False
    return frame.quantity is None or flag in ("remove", "reduce")


def _begin_frame(reading: Reading, flag: Flag, token: Token) -> None:
    reading.flush_waiting()
    if not reading.frame.empty:
        reading.close()
    reading.frame.flags.add(flag)
    number = reading.peek()
    if token.has("TOTAL") and number is not None and number.number is not None and not number.number.article:
        reading.frame.flags.add("total")
