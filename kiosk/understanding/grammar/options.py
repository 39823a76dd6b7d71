"""Options as they are said: with a negation, an amount or a number, before or after what they belong to."""

from __future__ import annotations

from kiosk.understanding.grammar import selectors
from kiosk.understanding.grammar.frames import OptionMention
from kiosk.understanding.grammar.lookahead import is_definite, item_follows
from kiosk.understanding.grammar.reading import Reading
from kiosk.understanding.meanings import Number
from kiosk.understanding.tokens import Token


def read(reading: Reading, token: Token) -> bool:
    """Take an option, or an amount of one."""
    mention = _mention(reading, token)
    if mention is None or _means_item(reading, token, mention):
        return False
    if reading.selecting:
        reading.selecting = False
        selectors.open_selector(reading).selector.append(mention)
    elif not (_before_item(reading, mention) or _instead(reading, mention) or selectors.read(reading, mention)):
        _attach(reading, mention)
    return True


def _attach(reading: Reading, mention: OptionMention) -> None:
    """Give the option to the item that follows, or else to the one before."""
    frame = reading.frame
    if item_follows(reading, attach=True):
        if frame.has("closed") or (frame.head and frame.quantity is not None):
            reading.close()
        reading.waiting.append(mention)
        return
    only_counted = frame.quantity is not None and not frame.has_subject and not frame.options
    if only_counted and reading.separated and not frame.has("part"):
        reading.close()
    reading.open_option_frame()
    reading.frame.options.append(mention)


def _mention(reading: Reading, token: Token) -> OptionMention | None:
    """Read an option with what belongs to it: a negation, an amount, a counted number."""
    if not token.options and not token.groups:
        return _amount_alone(reading, token) if token.amount is not None else None
    if token.name is not None and not token.name.partial:
        return None
    mention = OptionMention(token.options, token.groups, text=token.text)
    mention.negative = _is_negated_before(reading)
    read_after(reading, mention)
    if not mention.words and mention.level is None and not mention.negative:
        reading.named = token.groups
        return None
    return mention


def _is_negated_before(reading: Reading) -> bool:
    """As in "no whip", "안 달게": in a language whose verbs come last, "without" comes after the option."""
    previous = reading.previous()
    if previous is None:
        return False
    return previous.has("NOT", "WITHOUT") and (not previous.verb_last or not previous.has("WITHOUT"))


def _amount_alone(reading: Reading, token: Token) -> OptionMention | None:
    """As in "extra ice" says an option; "normal" alone says one of an option that was named just before."""
    mention = _amount_first(reading, token)
    if mention is None and reading.named and token.amount in ("normal", "none"):
        mention = OptionMention((), reading.named, level=token.amount, text=token.text)
        reading.named = ()
    return mention


def _amount_first(reading: Reading, token: Token) -> OptionMention | None:
    following = reading.peek()
    if following is None:
        return None
    if following.groups and following.name is None:
        reading.at += 1
        return OptionMention((), following.groups, level=token.amount, text=f"{token.text} {following.text}")
    if any(word.kind == "count" for word in following.options):
        reading.at += 1
        extra = token.amount == "extra"
        mention = OptionMention(following.options, level=token.amount, more=extra, text=following.text)
        read_after(reading, mention)
        return mention
    return None


def read_after(reading: Reading, mention: OptionMention) -> None:
    """Take the words after an option that only make sense with it."""
    while (token := reading.peek()) is not None:
        if _is_particle(reading, token, mention):
            reading.at += 1
        elif mention.is_count and mention.count is None and token.number and not token.number.article:
            if not _take_count(reading, mention, token.number):
                return
        elif token.has("ADD") and token.verb_last:
            mention.more = True
            reading.at += 1
            reading.skip_endings()
            if not (mention.is_count and mention.count is None and _dose_follows(reading)):
                return
        else:
            _take_degree(reading, token, mention)
            return


def _is_particle(reading: Reading, token: Token, mention: OptionMention) -> bool:
    """As in "샷은 하나", "얼음은 조금만": a topic belongs to the option, unless the option picks out units with it."""
    if not token.glued:
        return False
    if token.has("OBJECT", "SUBJECT"):
        return True
    if not token.has("TOPIC", "ALSO"):
        return False
    following = reading.peek(1)
    if not mention.is_choice:
        return True
    if following is None or not mention.groups:
        return False
    return (
        following.amount is not None
        or any(word.option in mention.groups for word in following.options)
        or following.has("WITHOUT", "REMOVE")
    )


def _take_degree(reading: Reading, token: Token, mention: OptionMention) -> None:
    """Take an amount or a negation behind the option: it is the last word that belongs to it."""
    following = reading.peek(1)
    if mention.groups and token.amount and not token.has("ADD", "MORE") and not token.options:
        mention.level = token.amount
        reading.at += 1
    elif token.has("BEFORE_DONT") and following is not None and following.has("INSTEAD", "DONT"):
        mention.negative = True
        reading.at += 2
    elif token.has("WITHOUT", "REMOVE") and token.verb_last:
        mention.negative = True
        reading.at += 1
        reading.skip_endings()


def _take_count(reading: Reading, mention: OptionMention, number: Number) -> bool:
    following = reading.peek(1)
    if following is not None and following.has("PEOPLE_COUNTER"):
        return False
    mention.count = number.value
    reading.at += 1
    if following is not None and following.has("COUNTER", "DOSE_COUNTER"):
        reading.at += 1
    while (token := reading.peek()) is not None and token.has("EACH", "MORE", "ONLY", "OBJECT"):
        mention.more = mention.more or token.has("MORE")
        reading.at += 1
    return True


def _dose_follows(reading: Reading) -> bool:
    number, counter = reading.peek(), reading.peek(1)
    return number is not None and number.number is not None and counter is not None and counter.has("DOSE_COUNTER")


def read_counted(reading: Reading, number: Number, dose: bool) -> bool:
    """As in "two shots", "two extra pumps of caramel": the number belongs to the option that follows.

    Args:
        reading: The clause.
        number: The number just read.
        dose: Whether a counter of doses was read behind the number.
    """
    skip = 0
    while (token := reading.peek(skip)) is not None and _between_count_and_option(token):
        skip += 1
    if token is None or not any(word.kind == "count" for word in token.options):
        return dose and _count_late(reading, number)
    if not dose and skip == 0 and _names_item_next(reading):
        return False
    reading.at += skip + 1
    mention = OptionMention(token.options, count=number.value, text=token.text)
    read_after(reading, mention)
    reading.open_option_frame()
    reading.frame.options.append(mention)
    return True


def _between_count_and_option(token: Token) -> bool:
    return token.has("DOSE_COUNTER", "PARTITIVE") or (token.amount is not None and not token.options)


def _names_item_next(reading: Reading) -> bool:
    """As in "two vanilla lattes": the option belongs to the item, and the number to both."""
    following = reading.peek(1)
    return following is not None and following.name is not None and not following.glued and not following.name.partial


def _count_late(reading: Reading, number: Number) -> bool:
    """As in "바닐라 시럽 추가 두 번": a dose counter belongs to the counted option just said."""
    for mention in reversed(reading.frame.options):
        if mention.is_count and mention.count is None:
            mention.count = number.value
            return True
    return False


def _instead(reading: Reading, mention: OptionMention) -> bool:
    """As in "우유 대신 두유", "라지 말고 점보", "instead of whole milk": what is not wanted sets nothing."""
    following, previous = reading.peek(), reading.previous()
    if previous is not None and previous.has("INSTEAD_OF"):
        return True
    if following is None or not following.has("INSTEAD") or not following.verb_last:
        return False
    reading.at += 1
    if mention.is_choice:
        _unsay(reading, mention)
    else:
        mention.negative = True
        reading.frame.options.append(mention)
    return True


def _unsay(reading: Reading, mention: OptionMention) -> None:
    """Forget a choice that was said and is not wanted; where none was said, units that have it are meant."""
    unwanted = {(word.option, word.value) for word in mention.words}
    for said in (reading.frame.options, reading.waiting):
        said[:] = [kept for kept in said if not unwanted & {(word.option, word.value) for word in kept.words}]
    if reading.frame.bare:
        reading.frame.flags.add("revise")
        reading.frame.selector.append(mention)


def _before_item(reading: Reading, mention: OptionMention) -> bool:
    """As in "휘핑 있는 카페모카", "휘핑 없는 카페모카": with or without, right before an item."""
    token, item = reading.peek(), reading.peek(1)
    if token is None or not token.has("POSITIVE", "NEGATED", "WITHOUT") or not token.verb_last:
        return False
    if item is None or (item.name is None and item.category is None):
        return False
    reading.at += 1
    mention.negative = token.has("NEGATED", "WITHOUT")
    reading.close_if_full()
    reading.waiting.append(mention)
    return True


def _means_item(reading: Reading, token: Token, mention: OptionMention) -> bool:
    """As in "바닐라만 따뜻하게": a word that is an option and a part of a name means the item that was ordered."""
    if token.name is None or not any(item in reading.present for item in token.name.items):
        return False
    if mention.count is not None or mention.negative or any(word.kind != "count" for word in mention.words):
        return False
    following = reading.peek()
    if following is not None and following.has("HEAD") and is_definite(reading):
        return True
    last = reading.tokens[reading.at - 1]
    return last.has("TOPIC", "ALSO") or (following is not None and following.has("ONLY", "TOPIC", "ALSO"))
