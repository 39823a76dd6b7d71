"""Options as they are said: with a negation, an amount or a number, before or after what they belong to."""

from __future__ import annotations

from kiosk.understanding.grammar import kinds, selectors
from kiosk.understanding.grammar.frames import Head, OptionMention
from kiosk.understanding.grammar.lookahead import (
    attaches,
    becomes_next,
    is_definite,
    item_follows,
    may_be_option,
    offers,
    possible_items,
    starts_item,
)
from kiosk.understanding.grammar.reading import Reading
from kiosk.understanding.meanings import Number
from kiosk.understanding.tokens import Token

_MOST_DESCRIPTIONS = 6
_GRADES = ("less", "extra")


def read(reading: Reading, token: Token) -> bool:
    """Take an option, or an amount of one."""
    mention = _mention(reading, token)
    if mention is None or _means_item(reading, token, mention):
        return False
    if reading.selecting:
        reading.selecting = False
        selectors.open_selector(reading).selector.append(mention)
    elif _names_item_as_well(reading, token, mention):
        reading.frame.options.append(mention)
    elif not (_before_item(reading, mention) or _instead(reading, mention) or selectors.read(reading, mention)):
        _attach(reading, mention)
    return True


def _names_item_as_well(reading: Reading, token: Token, mention: OptionMention) -> bool:
    """As in "에스프레소 샷 추가해서 두 잔": with nothing that could have the option, it begins with its own item."""
    frame = reading.frame
    if not mention.is_count or mention.negative or frame.selector or frame.target or frame.replaced:
        return False
    heads = [frame.head] if frame.head is not None else [said.head for said in reading.done if said.head is not None]
    able = [*(item for head in heads for item in head.items), *(() if frame.head else reading.present)]
    if offers(reading, able, mention.words):
        return False
    names = {word: item.id for item in reading.menu.items for word in item.words if token.text.startswith(f"{word} ")}
    item = next((item for item in names.values() if offers(reading, (item,), mention.words)), None)
    if item is None or item_follows(reading):
        return False
    if not frame.bare:
        reading.close()
    reading.frame.head = Head((item,), text=token.text)
    return True


def _attach(reading: Reading, mention: OptionMention) -> None:
    """Give the option to the item that follows, or else to the one before."""
    frame, following = reading.frame, reading.peek()
    mention.thing = following is not None and following.verb_last and following.has("HEAD")
    if kinds.begins_sibling(reading, mention):
        kinds.open_sibling(reading, mention)
        return
    if kinds.begins_share(reading, mention):
        reading.close()
        reading.frame.options.append(mention)
        reading.frame.flags.add("part")
        reading.share = True
        return
    if attaches(reading, mention.words, mention.groups):
        if frame.has("closed") or (frame.head and frame.quantity is not None and not becomes_next(reading)):
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
    if token.options and token.amount in _GRADES and (graded := _amount_first(reading, token)) is not None:
        return graded  # "light cream", where "light" is a roast as well
    if not token.options and not token.groups:
        return _amount_alone(reading, token) if token.amount is not None else None
    if token.name is not None and not token.name.partial and not _is_option_here(reading, token):
        return None
    mention = OptionMention(token.options, token.groups, text=token.text)
    mention.negative = _is_negated_before(reading)
    if mention.is_count and _ends_in_refusal(reading, token):
        mention.negative = True
        reading.at += 1
        return mention
    read_after(reading, mention)
    if not mention.words and mention.level is None and not mention.negative and not _describes_next(reading):
        reading.named = token.groups
        return None
    return mention


def _ends_in_refusal(reading: Reading, token: Token) -> bool:
    """As in "바닐라 시럽 없이", where "시럽 없이" alone is a value of another choice."""
    following = reading.peek()
    if following is None or not any(word.value == "none" for word in following.options) or not token.verb_last:
        return False
    full = f"{token.text} {following.text.split()[0]}"
    named = {word.option for word in token.options}
    return any(group.id in named and full in group.words for group in reading.menu.option_groups.values())


def _is_option_here(reading: Reading, token: Token) -> bool:
    """Decide what a word means that names an item and an option: with a number of its own it is the item."""
    if not may_be_option(token):
        return False
    frame, before = reading.frame, reading.back()
    following = reading.peek()
    if following is not None and starts_item(following):
        return offers(reading, possible_items(reading, following), token.options)
    if reading.number is not None or (before is not None and (before.number or before.has("COUNTER"))):
        return False
    if frame.head is not None:
        return not frame.has("closed") and offers(reading, frame.head.items, token.options)
    last = reading.done[-1].head if reading.done else None
    if last is not None and frame.has("want") and _stands_among_options(reading):
        return offers(reading, last.items, token.options)  # "for toppings i want guacamole cheese and corn"
    return frame.has("add") and offers(reading, last.items if last else reading.present, token.options)


def _stands_among_options(reading: Reading) -> bool:
    return any(
        beside is not None and beside.options and beside.name is None for beside in (reading.back(), reading.peek())
    )


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
    if following is None or (token.verb_last and token.has("ADD", "HALF")):  # "샷 추가 얼음 적게", "반만 데워서"
        return None
    if following.groups and (following.name is None or following.name.partial):
        reading.at += 1
        return OptionMention((), following.groups, level=token.amount, text=f"{token.text} {following.text}")
    if any(word.kind != "choice" for word in following.options):
        if token.has("HALF") and all(word.kind == "flag" for word in following.options):
            return None  # "a dozen cookies, half warmed"
        negative, extra = _is_negated_before(reading), token.amount == "extra"
        single = extra and _is_single(reading, following)
        reading.at += 1
        mention = OptionMention(
            following.options, negative=negative, level=token.amount, more=extra, text=following.text
        )
        if single:
            mention.level, mention.count = None, 1
        read_after(reading, mention)
        return mention
    return None


def _is_single(reading: Reading, option: Token) -> bool:
    """As in "with an extra shot": one of what is counted, and not much of it."""
    article = reading.back()
    one = article is not None and article.number is not None and article.number.article
    return one and all(word.kind == "count" for word in option.options) and not item_follows(reading)


def read_after(reading: Reading, mention: OptionMention) -> None:
    """Take the words after an option that only make sense with it."""
    while (token := reading.peek()) is not None:
        if _is_particle(reading, token, mention):
            reading.at += 1
        elif mention.is_count and mention.count is None and token.number and not token.number.article:
            if not _take_count(reading, mention, token.number):
                return
        elif _is_refused(reading, token):
            mention.negative = True
            reading.at += 2
            reading.skip_endings()
            return
        elif token.has("ADD") and token.verb_last:
            if refusal := _refusal(reading):
                mention.negative = True
                reading.at += refusal
                return
            mention.more = True
            reading.at += 1
            reading.skip_endings()
            if not (mention.is_count and mention.count is None and _dose_follows(reading)):
                return
        else:
            _take_degree(reading, token, mention)
            return


def _is_refused(reading: Reading, token: Token) -> bool:
    """As in "휘핑은 안 올려 주세요": a negation before the verb."""
    verb = reading.peek(1)
    return token.has("NOT") and token.verb_last and verb is not None and verb.has("ADD", "WANT")


def _refusal(reading: Reading) -> int:
    """Return how many words "얹지 마세요" is made of: a verb, its ending and a "don't"; 0 for anything else."""
    for length in (2, 3):
        last = reading.peek(length - 1)
        if last is not None and last.has("DONT"):
            return length
        if last is None or not last.has("BEFORE_DONT"):
            return 0
    return 0


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
    if token.amount and token.verb_last and following is not None and following.has("INSTEAD"):
        reading.at += 2  # "휘핑은 많이 말고 빼 주세요"
        read_after(reading, mention)
        return
    graded = token.amount and not token.has("ADD", "MORE") and not token.options
    if graded and (mention.groups or token.verb_last):
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
    if following is not None and (following.has("PEOPLE_COUNTER") or _counts_next(reading, following)):
        return False
    if following is not None and _counts_item(reading, mention, following):
        return False
    mention.count = number.value
    reading.at += 1
    if following is not None and following.has("COUNTER", "DOSE_COUNTER"):
        reading.at += 1
    while (token := reading.peek()) is not None and token.has("EACH", "MORE", "ONLY", "OBJECT"):
        mention.more = mention.more or token.has("MORE")
        reading.at += 1
    return True


def _counts_item(reading: Reading, mention: OptionMention, counter: Token) -> bool:
    """As in "라떼 샷 추가 두 잔": the option is said in full, and the counter is one of the item's shelf."""
    frame = reading.frame
    if not any(word.adds for word in mention.words) or frame.head is None or not frame.head.items:
        return False
    shelves = reading.menu.shelves(frame.head.items[0])
    own = any(counter.text in shelf.counters.values() for shelf in shelves)
    return own and frame.quantity is None and not frame.has("closed")


def _counts_next(reading: Reading, following: Token) -> bool:
    """Where words come in the order of "no foam three pumps of vanilla", a number counts what follows it."""
    if following.verb_last:
        return False
    skip = 1
    while (token := reading.peek(skip)) is not None and _between_count_and_option(token):
        skip += 1
    return token is not None and (bool(token.options) or starts_item(token))


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
    if not dose and (_item_in_row(reading) or _counts_item_before(reading)):
        return False
    skip = 0
    while (token := reading.peek(skip)) is not None and _between_count_and_option(token):
        skip += 1
    if token is None or not any(word.kind == "count" for word in token.options):
        return dose and _count_late(reading, number)
    reading.at += skip + 1
    mention = OptionMention(token.options, count=number.value, text=token.text)
    read_after(reading, mention)
    _attach(reading, mention)
    return True


def _between_count_and_option(token: Token) -> bool:
    return token.has("DOSE_COUNTER", "PARTITIVE") or (token.amount is not None and not token.options)


def _item_in_row(reading: Reading) -> bool:
    """As in "two vanilla lattes": the options belong to the item, and the number to both."""
    skip = 0
    while (token := reading.peek(skip)) is not None and not starts_item(token) and _may_stand_in_row(reading, skip):
        skip += 1
    return token is not None and token.name is not None and not token.verb_last and not token.options


def _counts_item_before(reading: Reading) -> bool:
    """As in "아아 하나 샷 추가": where verbs come last, a number behind an item counts the item."""
    frame, before, following = reading.frame, reading.back(), reading.peek()
    if frame.head is None or not frame.head.verb_last or frame.quantity is not None or frame.has("closed"):
        return False
    counts_option = before is not None and (before.has("LOC", "AND") or before.options)
    return not counts_option and following is not None and not following.glued


def _may_stand_in_row(reading: Reading, skip: int) -> bool:
    token, after = reading.tokens[reading.at + skip], reading.peek(skip + 1)
    if token.verb_last:
        return False
    if token.number:
        return after is not None and after.has("DOSE_COUNTER")
    if token.has("DOSE_COUNTER"):
        return skip > 0
    return bool(token.options or token.amount) or token.has("WITHOUT", "WITH")


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
    if not _describes_next(reading):
        return False
    described = reading.tokens[reading.at]
    mention.negative = described.has("NEGATED", "WITHOUT")
    if mention.groups and not mention.words and described.amount is not None:
        mention.level = described.amount
    reading.at += 1
    reading.close_if_full()
    reading.waiting.append(mention)
    return True


def _describes_next(reading: Reading) -> bool:
    token = reading.peek()
    if token is None or not token.has("POSITIVE", "NEGATED", "WITHOUT") or not token.verb_last:
        return False
    skip = 1
    while (item := reading.peek(skip)) is not None and skip < _MOST_DESCRIPTIONS and _describes(item):
        skip += 1
    return item is not None and (item.name is not None or item.category is not None)


def _describes(token: Token) -> bool:
    """Tell whether a word can stand between "휘핑 뺀" and the item: "얼음 없는 차가운 라떼"."""
    described = bool(token.options or token.groups) or token.has("POSITIVE", "NEGATED")
    return described and (token.name is None or token.name.partial) and token.category is None


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
