"""Words that say which units or how: all, half, the rest, of them, each, too, only, without."""

from __future__ import annotations

from dataclasses import replace

from kiosk.understanding.grammar.frames import Flag, Frame, Head
from kiosk.understanding.grammar.lookahead import item_follows, option_follows
from kiosk.understanding.grammar.reading import Reading
from kiosk.understanding.tokens import Token

_FLAGS: tuple[tuple[str, Flag], ...] = (
    ("MORE", "more"),
    ("TOTAL", "total"),
    ("EACH", "each"),
    ("KINDS", "each"),
)
_PARTICLES: tuple[tuple[str, Flag], ...] = (("TOPIC", "topic"), ("ALSO", "also"), ("ONLY", "only"))


def read(reading: Reading, token: Token) -> bool:
    """Take a word that qualifies what the frame is about."""
    if token.has("ALL"):
        _read_all(reading)
    elif token.has("HALF"):
        _read_part(reading, "half")
    elif token.has("REST"):
        _read_part(reading, "rest")
    elif (flag := _flag(token)) is not None:
        if flag == "more" and not token.verb_last and reading.separated and _counts(reading.peek()):
            reading.close()  # "one decaf and another one soy"
        reading.frame.flags.add(flag)
    elif token.has("OF"):
        _read_of(reading, token)
    elif token.has("NOTHING") and reading.frame.has("more") and not reading.frame.has_subject:
        reading.frame = Frame()  # "더 필요한 거 없어요"
    else:
        return _read_particle(reading, token) or _read_negation(reading, token) or _read_filler(reading, token)
    return True


def _counts(following: Token | None) -> bool:
    return following is not None and following.number is not None


def _flag(token: Token) -> Flag | None:
    changes = token.has("CHANGE")  # "make it three": the verb decides
    return next((flag for tag, flag in _FLAGS if token.has(tag) and not (tag == "TOTAL" and changes)), None)


def _read_particle(reading: Reading, token: Token) -> bool:
    for tag, flag in _PARTICLES:
        if token.has(tag) and (token.glued or (tag == "ALSO" and not token.verb_last)):
            reading.frame.flags.add(flag)
            return True
    return False


def _read_negation(reading: Reading, token: Token) -> bool:
    if token.has("WITHOUT") and _leaves_out_head(reading, token):
        _leave_out(reading)
    elif token.has("WITHOUT", "NEGATED") and not _has_own_option(reading, token):
        _negate_last_option(reading)
    elif token.has("OFF"):
        _read_off(reading)
    elif token.has("DECLINE"):
        _read_decline(reading)
    else:
        return False
    return True


def _read_filler(reading: Reading, token: Token) -> bool:
    """Take words that say nothing alone; an owner's "one" opens a frame, a described "one" waits for its option."""
    if token.has("INSTEAD"):
        _take_place(reading, token)
        return True
    if token.has("ONLY"):
        if not token.verb_last and reading.separated and reading.frame.has_subject and item_follows(reading):
            reading.close()
        reading.frame.flags.add("only")
    elif token.has("PLAIN"):
        if token.verb_last:
            reading.open_option_frame()
        reading.frame.flags.add("plain")
    elif token.has("HEAD") and _is_owned(reading, token):
        reading.close()
        reading.frame.quantity = 1
        reading.frame.flags.update(("part", "topic", "owned"))
    elif token.has("WITH", "HEAD", "FINE"):
        reading.selecting = token.has("HEAD") and _is_described(reading)
    else:
        return False
    return True


def _take_place(reading: Reading, token: Token) -> None:
    """As in "a mocha instead": it takes the place of what was talked about before."""
    frame = reading.frame
    named = frame.head is not None and bool(frame.head.items) and not frame.changes
    if named and not token.verb_last and not (frame.replaced or frame.target or frame.has("closed", "more", "also")):
        frame.replaced = Frame(Head(reference="it"), flags={"instead"})


def _read_all(reading: Reading) -> None:
    frame = reading.frame
    if frame.has("rest", "half") and not frame.options:
        return  # "나머지는 다 아이스로"
    joined = frame.has_subject and not reading.separated and not frame.has("closed")
    if not frame.has_subject and (frame.options or frame.quantity is not None):
        joined = True
    if frame.has_subject and reading.separated and frame.options[reading.mark :] and not option_follows(reading):
        moved = reading.take_separated_options()
        reading.close()
        reading.frame.options = moved
    elif not joined and not frame.bare:
        reading.close()
    reading.frame.flags.add("all")
    following = reading.peek()
    if following is not None and following.has("END", "DEST"):
        reading.at += 1


def _read_part(reading: Reading, kind: Flag) -> None:
    if not reading.frame.bare:
        reading.close()
    reading.frame.flags.add(kind)
    following = reading.peek()
    if following is not None and following.has("TOPIC", "ONLY", "ALSO"):
        reading.at += 1


def _read_of(reading: Reading, token: Token) -> None:
    """As in "그중에 다섯 잔은", "라떼 중에 한 잔은", "two of them": a part of the units named before."""
    frame = reading.frame
    if frame.head is not None and token.verb_last:
        frame.flags.add("among")
    if frame.quantity is None or frame.head is not None:
        reading.close()
    reading.frame.flags.add("part")


def _leaves_out_head(reading: Reading, token: Token) -> bool:
    """As in "라떼 빼고": with nothing said of the item behind its name, the item itself is not wanted."""
    frame = reading.frame
    named = frame.head is not None and (frame.head.items or frame.head.reference)
    return bool(token.verb_last and named) and not frame.changes and not frame.has("closed")


def _leave_out(reading: Reading) -> None:
    """Take the item off, or only leave it out of what comes ("쿠키 빼고 다 데워 주세요")."""
    following = reading.peek()
    if following is not None and following.has("ALL", "REST"):
        reading.at += 1
        reading.close()
        reading.done[-1].flags.add("except")
        _read_part(reading, "rest")
        return
    reading.frame.flags.update(("remove", "closed"))


def _has_own_option(reading: Reading, token: Token) -> bool:
    """Tell whether a negation belongs to what follows it."""
    skip = 0
    while (following := reading.peek(skip)) is not None and _may_follow_negation(following):
        skip += 1
    if following is None:
        return False
    if following.options or following.groups or (following.amount and not token.verb_last):
        return not token.verb_last
    return following.name is not None and not token.has("NEGATED")


def _may_follow_negation(token: Token) -> bool:
    """As in "without a lid", "without the foam"."""
    return not token.verb_last and (token.silent or (token.number is not None and token.number.article))


def _negate_last_option(reading: Reading) -> None:
    """As in "one with cream cheese one without", "없는 카페모카": the option said last, negated."""
    said = (mention for frame in (reading.frame, *reversed(reading.done)) for mention in reversed(frame.options))
    last = next((mention for mention in said if not mention.negative and not mention.is_choice), None)
    if last is None:
        return
    negated = replace(last, negative=True)
    if item_follows(reading):
        reading.close_if_full()
        reading.waiting.append(negated)
    else:
        reading.frame.options.append(negated)


def _read_off(reading: Reading) -> None:
    """As in "take the latte off", "leave the whip off": the verb was only half a verb."""
    frame = reading.frame
    if frame.options:
        frame.options[-1].negative = True
        frame.flags.discard("remove")
    else:
        frame.flags.add("remove")


def _read_decline(reading: Reading) -> None:
    """As in "쿠키는 됐고", "휘핑은 싫어요"."""
    frame = reading.frame
    if frame.options and frame.head is None:
        frame.options[-1].negative = True
        return
    frame.flags.add("decline")
    reading.close()


def _is_owned(reading: Reading, token: Token) -> bool:
    """As in "내 거는 뜨겁게 손주 거는 시원하게": one unit each, whoever it is for."""
    following, owner = reading.peek(), reading.back()
    marked = token.has("TOPIC_HEAD") or (following is not None and following.glued and following.has("TOPIC"))
    near = (token for token in (following, reading.peek(1)) if token is not None)
    return marked and owner is not None and (owner.unknown or owner.silent) and any(token.options for token in near)


def _is_described(reading: Reading) -> bool:
    """As in "the one without whip": what follows says which one."""
    joiner, skip = reading.peek(), 1
    while (option := reading.peek(skip)) is not None and option.silent:
        skip += 1
    if joiner is None or option is None or not joiner.has("WITH", "WITHOUT"):
        return False
    return reading.frame.bare and bool(option.options) and not option.verb_last
