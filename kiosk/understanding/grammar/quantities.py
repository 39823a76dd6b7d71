"""Numbers: how many units, how many of an option, for how many people, or which place in the order."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from kiosk.understanding.grammar import becoming, kinds, options, strangers
from kiosk.understanding.grammar.frames import Flag, Frame, Head, OptionMention
from kiosk.understanding.grammar.lookahead import is_thing, item_follows, offers, option_follows, possible_items
from kiosk.understanding.grammar.reading import Reading
from kiosk.understanding.meanings import Number
from kiosk.understanding.tokens import Token

Counter = Literal["ORDINAL_COUNTER", "DOSE_COUNTER", "PEOPLE_COUNTER", "COUNTER"]
_COUNTERS: tuple[Counter, ...] = ("ORDINAL_COUNTER", "DOSE_COUNTER", "PEOPLE_COUNTER", "COUNTER")
_SHORTEST_PLURAL = 4
_GLUED_MARKS: tuple[tuple[str, tuple[Flag, ...]], ...] = (
    ("TOPIC", ("topic", "numbered")),
    ("ONLY", ("only",)),
    ("ALSO", ("also",)),
    ("DEST", ("to",)),
)


def read(reading: Reading, token: Token) -> bool:
    """Take a number and the counter behind it."""
    number = token.number
    if number is None or not _is_number(reading, token, number):
        return False
    following = reading.peek()
    if following is not None and _is_measure(number, following):
        reading.at += 1
        return True
    if number.value < 1:
        reading.frame.unknown.append(token.text)
        return True
    counter = next((kind for kind in _COUNTERS if following is not None and following.has(kind)), None)
    reading.at += counter is not None
    if _is_taken_back(reading):
        reading.revised = number.value
        reading.at += 1
        return True
    if reading.revised is not None:
        _revise(reading, number.value, reading.revised)
        return True
    if counter == "ORDINAL_COUNTER":
        reading.open_reference(Head(reference="ordinal", position=number.value, text=token.text))
    elif number.article and counter is None:
        _open_with_article(reading)
    elif _counts_what_was_named(reading, token, counter) or not options.read_counted(
        reading, number, counter == "DOSE_COUNTER"
    ):
        _place(reading, token, number, counter)
    return True


def _is_taken_back(reading: Reading) -> bool:
    """As in "두 잔 말고 세 잔": the number is not the right one."""
    following = reading.peek()
    return following is not None and following.has("INSTEAD") and following.verb_last


def _revise(reading: Reading, value: int, wrong: int) -> None:
    """Put the right number in the place of the wrong one: of an option, or of units."""
    reading.revised = None
    said = [frame for frame in (reading.frame, *reversed(reading.done)) if not frame.empty]
    for frame in said[:1]:
        counted = next((mention for mention in reversed(frame.options) if mention.count == wrong), None)
        if counted is not None and frame.quantity != wrong:
            counted.count = value
            return
    reading.flush_waiting()
    reading.close()
    reading.frame.flags.update(("correct", "total"))
    _set_quantity(reading, value)


def _is_number(reading: Reading, token: Token, number: Number) -> bool:
    """Short number words are often something else: a pronoun, a particle, a yes."""
    if number.digits:
        return True
    if token.has("HEAD"):
        return not is_thing(reading, -1)
    if token.options and _is_value(reading, token):
        return False
    following = reading.peek()
    if following is not None and following.has(*_COUNTERS):
        return True
    if number.bound:
        return False
    if len(token.text) > 1 or number.article:
        return True
    return following is None or not following.glued or not following.unknown


def _counts_what_was_named(reading: Reading, token: Token, counter: Counter | None) -> bool:
    """As in "아아 하나 샷 두 개": where verbs come last, a free number belongs to the item before it."""
    frame = reading.frame
    waits = frame.head is not None and frame.quantity is None and not frame.has("closed")
    return token.verb_last and counter is None and waits


def _is_value(reading: Reading, token: Token) -> bool:
    """As in "a double espresso", "make that a triple": the word is a size of what follows, or of what is there."""
    following = reading.peek()
    items = possible_items(reading, following) if following is not None else ()
    return offers(reading, items or reading.present, token.options)


def _is_measure(number: Number, following: Token) -> bool:
    """Tell whether the number measures something that is not ordered: money, a time, a part of a word."""
    return following.has("UNIT") or (number.digits and following.glued and following.unknown)


def _place(reading: Reading, token: Token, number: Number, counter: Counter | None) -> None:
    if counter == "DOSE_COUNTER":
        reading.open_option_frame()
        reading.frame.options.append(OptionMention((), count=number.value, text=token.text))
    elif counter == "PEOPLE_COUNTER":
        _count_people(reading, number.value)
    else:
        _count_units(reading, token, number)


def _open_with_article(reading: Reading) -> None:
    """As in "and a large pepperoni pizza": an article before an item, and its options, begins something new."""
    before = reading.back()
    swapped = before is not None and before.has("INTO") and becoming.swaps(reading)
    if swapped or reading.frame.has("change") or (reading.frame.has("correct") and not item_follows(reading)):
        return  # "swap the cookie for a macaron"
    if item_follows(reading):
        reading.flush_waiting()
        reading.close_if_full()
        reading.article = True
    elif (described := reading.peek()) is not None and described.options:
        strangers.names_unknown_thing(reading, reading.tokens[reading.at - 1])


def _count_people(reading: Reading, value: int) -> None:
    """As in "두 명은 아이스로" counts units by who gets them; "세 명이요" only says how many there are."""
    following = reading.peek()
    if following is not None and following.has("TOPIC"):
        if not reading.frame.bare:
            reading.close()
        reading.frame.quantity = value
        reading.frame.flags.update(("topic", "people"))
        reading.at += 1
    else:
        reading.close()
        reading.done.append(Frame(quantity=value, flags={"people", "party"}))


def _count_units(reading: Reading, token: Token, number: Number) -> None:
    frame = reading.frame
    if reading.share:
        reading.share = False
        _set_quantity(reading, number.value)
        return
    if _counts_all(reading, token, number):
        return
    if strangers.counts_unknown_thing(reading, token) or _counts_other_kind(reading, number):
        return
    if _counts_flags(reading):
        return
    leads = not (token.verb_last or number.digits) and (reading.separated or not token.free_order)
    if leads and _numbers_unknown(reading):
        return
    wants_number = (frame.has_subject or frame.has("same")) and frame.quantity is None and not frame.has("closed")
    before_item = item_follows(reading)
    if wants_number and not (leads and before_item):
        _set_quantity(reading, number.value)
    elif before_item:
        reading.close_if_full()
        reading.shelve(leads)
        reading.number = number.value
    else:
        _count_part(reading, number, leads)


def _counts_all(reading: Reading, token: Token, number: Number) -> bool:
    """As in "캐모마일이랑 페퍼민트 둘 다 뜨겁게": the number is of everything that was named."""
    frame, following = reading.frame, reading.peek()
    if following is None or not following.has("ALL") or not token.verb_last or frame.head is None:
        return False
    if frame.quantity is not None or frame.has("topic", "closed") or not _are_named(reading, number.value):
        return False
    reading.flush_waiting()
    reading.close()
    reading.frame.quantity = number.value
    return True


def _are_named(reading: Reading, count: int) -> bool:
    """Tell whether that many things were named just before, none of them with a number of its own."""
    named = [reading.frame, *reversed(reading.done)][:count]
    return count > 1 and len(named) == count and all(frame.head and frame.quantity is None for frame in named)


def _counts_flags(reading: Reading) -> bool:
    """As in "with cream and two sugars": what is only there or not has no number, and the item has another."""
    option = reading.peek()
    if option is None or option.verb_last or option.name is not None or reading.frame.head is None:
        return False
    plural = option.text.endswith("s") and len(option.text) >= _SHORTEST_PLURAL
    flags = bool(option.options) and all(word.kind == "flag" for word in option.options)
    return plural and flags and not item_follows(reading)


def _counts_other_kind(reading: Reading, number: Number) -> bool:
    """As in "two hot lattes and three iced": a number with another value of a choice is more of the same item."""
    frame, following, after = reading.frame, reading.peek(), reading.peek(1)
    if frame.head is None or not frame.head.items or frame.quantity is None or following is None or following.verb_last:
        return False
    if following.has("WITHOUT") and not option_follows(reading):
        return _counts_without(reading, number)
    mention = OptionMention(following.options, text=following.text)
    if not mention.is_choice or not kinds.is_other_kind(frame, mention) or frame.has("topic", "among"):
        return False
    if item_follows(reading) or (after is not None and after.has("OF")):
        return False
    kinds.open_sibling(reading, mention)
    reading.frame.quantity = number.value
    reading.at += 1
    while (token := reading.peek()) is not None and token.has("HEAD"):
        reading.at += 1
    return True


def _counts_without(reading: Reading, number: Number) -> bool:
    """As in "one bagel with cream cheese, one without": another of the same, without what was said last."""
    last = next((mention for mention in reversed(reading.frame.options) if not mention.is_choice), None)
    if last is None or last.negative or reading.frame.quantity is None:
        return False
    kinds.open_sibling(reading, replace(last, negative=True))
    reading.frame.quantity = number.value
    reading.at += 1
    return True


def _numbers_unknown(reading: Reading) -> bool:
    """As in "table 5": a number at the very end that belongs to a word that means nothing here."""
    previous = reading.previous()
    return reading.peek() is None and previous is not None and previous.unknown


def _count_part(reading: Reading, number: Number, leads: bool) -> None:
    """A number without an item: units of what was named before."""
    following = reading.peek()
    marked = following is not None and following.has("TOPIC", "ONLY", "ALSO", "OF", "OBJECT")
    reading.flush_waiting()
    moved = _options_said_first(reading) if leads else _option_of_part(reading)
    if not (reading.frame.bare or reading.frame.only_more):
        reading.close()
    reading.frame.options = moved
    _set_quantity(reading, number.value)
    if marked or moved or option_follows(reading):
        reading.frame.flags.add("part")


def _option_of_part(reading: Reading) -> list[OptionMention]:
    """As in "크림치즈는 하나에만": the option said just before is for that many units."""
    following = reading.peek()
    if following is None or not following.has("LOC") or not reading.frame.changes or option_follows(reading):
        return []
    return [reading.frame.options.pop()]


def _options_said_first(reading: Reading) -> list[OptionMention]:
    """As in "warm up one of them": options said right before a part belong to it."""
    following = reading.peek()
    if following is None or not following.has("OF") or option_follows(reading):
        return []
    return reading.take_separated_options()


def _set_quantity(reading: Reading, value: int) -> None:
    """Give the frame its number and take the particles and words behind it."""
    reading.frame.quantity = value
    if _takes_away(reading):
        reading.at += 1
        reading.frame.flags.add("reduce")
    while (token := reading.peek()) is not None and _take_mark(reading.frame, token):
        reading.at += 1


def _takes_away(reading: Reading) -> bool:
    """As in "one less", "two fewer": with no option behind it, the amount is of units."""
    amount, option = reading.peek(), reading.peek(1)
    if amount is None or amount.amount != "less" or amount.verb_last or reading.frame.head is not None:
        return False
    return option is None or not (option.options or option.groups or option.unknown or option.has("HEAD"))


def _take_mark(frame: Frame, token: Token) -> bool:
    if token.has("EACH"):
        frame.flags.add("each")
        return True
    for tag, flags in _GLUED_MARKS:
        if token.has(tag) and token.glued:
            frame.flags.update(flags)
            return True
    if token.has("MORE"):
        frame.flags.add("more")
    elif token.has("OF") and frame.head is not None and token.verb_last:
        return False
    elif token.has("KINDS"):
        frame.flags.add("each")
        frame.quantity = None
    else:
        return token.has("OBJECT", "OF") or (token.has("END") and token.glued and not token.has("WANT"))
    return True
