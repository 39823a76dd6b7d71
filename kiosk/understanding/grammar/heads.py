"""Names of items: whole names, parts of names, names of shelves, and names of things that are not sold here."""

from __future__ import annotations

from kiosk.understanding.grammar import becoming
from kiosk.understanding.grammar.frames import Head, OptionMention
from kiosk.understanding.grammar.kinds import contradicts
from kiosk.understanding.grammar.lookahead import is_definite, offers, possible_items, takes_options_before
from kiosk.understanding.grammar.reading import Reading
from kiosk.understanding.meanings import ItemName
from kiosk.understanding.packs import inflections
from kiosk.understanding.text import MASKED
from kiosk.understanding.tokens import Token

_MOST_SUGGESTIONS = 6


def read(reading: Reading, token: Token) -> bool:
    """Take the name of an item or a shelf."""
    head = _head(reading, token)
    if head is None:
        return False
    if _begins_other_thing(reading, token) or _is_flavoured_otherwise(reading, token, head):
        return True
    if _names_shelf_beside(reading, token):
        return True
    if not _combine(reading, token):
        open_head(reading, head)
        _decline_named(reading, token, head)
        _settle_for(reading, token, head)
    return True


def _settle_for(reading: Reading, token: Token, head: Head) -> None:
    """As in "그냥 라떼로 할게요": it takes the place of what was ordered just before."""
    frame, particle, verb = reading.frame, reading.peek(), reading.peek(1)
    into = particle is not None and particle.glued and particle.has("DEST") and verb is not None and verb.has("WANT")
    if token.verb_last and into and frame.head is head and frame.has("plain") and frame.quantity is None:
        frame.flags.update(("correct", "settle"))


def _begins_other_thing(reading: Reading, token: Token) -> bool:
    """As in "말차빙수": a part of a name with an unknown word glued to it names something else."""
    following = reading.peek()
    if token.name is None or not token.name.partial or following is None or not token.verb_last:
        return False
    if not (following.unknown and following.glued and following.verb_last):
        return False
    reading.at += 1
    open_head(reading, Head(unknown=token.text + following.text))
    return True


def _is_flavoured_otherwise(reading: Reading, token: Token, head: Head) -> bool:
    """As in "caramel frappuccino": a part of a name behind an option that none of its items has is another thing."""
    if token.name is None or not token.name.partial or not reading.waiting:
        return False
    last, before = reading.waiting[-1], reading.back()
    uncounted = last.is_count and last.count is None and not last.negative and last.level is None
    if not uncounted or before is None or not before.options or offers(reading, head.items, last.words):
        return False
    reading.waiting.pop()
    near = head.items if len(head.items) <= _MOST_SUGGESTIONS else ()
    open_head(reading, Head(near, unknown=f"{last.text} {token.text}"))
    return True


def _decline_named(reading: Reading, token: Token, head: Head) -> None:
    """As in "lose the macaron": without a thing that was ordered means that it goes."""
    before = reading.previous()
    ordered = any(item in reading.present for item in head.items)
    if ordered and not token.verb_last and before is not None and before.has("WITHOUT") and reading.frame.head is head:
        reading.frame.flags.add("remove")


def _names_shelf_beside(reading: Reading, token: Token) -> bool:
    """As in "side chips", "热美式咖啡": a shelf right beside the name of one of its items adds nothing."""
    if _repeats_last_word(reading, token):
        return True
    if token.name is not None or token.category is None:
        return False
    names = (beside.name for beside in (reading.peek(), reading.back()) if beside is not None)
    items = (item for name in names if name is not None and not name.partial for item in name.items)
    return any(reading.menu.belongs(item, token.category) for item in items)


def _repeats_last_word(reading: Reading, token: Token) -> bool:
    """As in "핫초코라떼", "카모마일티": a short name with the last word of the item's long name glued to it."""
    before = reading.back()
    if token.name is None or not (token.name.head or token.name.partial) or before is None:
        return False
    if token.verb_last and not token.glued:
        return False
    named = before.name
    if named is None or named.partial or before.verb_last != token.verb_last or reading.frame.head is None:
        return False
    words = {word.casefold() for item in named.items for word in reading.menu.by_id[item].words}
    last = token.text.casefold().removesuffix("s")
    return before.end == token.start and any(
        word.endswith(f" {last}") or (token.glued and word.endswith(last)) for word in words
    )


def read_unknown(reading: Reading, token: Token) -> bool:
    """Take a word that the lexicon does not know; before a name it makes that another thing."""
    if not token.unknown:
        return False
    if MASKED not in token.text and not _name_other_thing(reading, token):
        reading.frame.unknown.append(token.text)
    return True


def _name_other_thing(reading: Reading, token: Token) -> bool:
    """An unknown word right before a shared head word (or glued to any item) names something else."""
    following = reading.peek()
    if following is None:
        return False
    glued = following.glued and token.verb_last == following.verb_last
    if glued and token.verb_last and _is_counted_choice(reading, following):
        reading.at += 1
        open_head(reading, Head(unknown=token.text + following.text))
        return True
    if following.options or (following.name is None and following.category is None):
        return False
    name = following.name
    shared = name is None or name.head or name.partial
    if not glued and (not shared or token.text.lower().endswith(inflections())):
        return False
    reading.at += 1
    unknown = token.text + ("" if glued else " ") + following.text
    open_head(reading, Head(_suggestions(reading, following), unknown=unknown))
    return True


def _is_counted_choice(reading: Reading, token: Token) -> bool:
    """As in "바나나우유 두 개": nobody counts milk, so it is a part of another name."""
    number = reading.peek(1)
    choice = bool(token.options) and all(word.kind == "choice" for word in token.options)
    return choice and number is not None and number.number is not None and token.name is None


def _suggestions(reading: Reading, token: Token) -> tuple[str, ...]:
    """Return what the kiosk can offer in the place of an unknown kind of a known thing, if that is a short list."""
    if token.name is not None and not token.name.partial:
        return ()
    inside = _shelf(reading, token.category)
    items = inside or (token.name.items if token.name else ())
    return items if len(items) <= _MOST_SUGGESTIONS else ()


def _shelf(reading: Reading, category: str | None) -> tuple[str, ...]:
    return tuple(item.id for item in reading.menu.in_category(category)) if category else ()


def _head(reading: Reading, token: Token) -> Head | None:
    name, before = token.name, reading.back()
    if name is not None and not name.partial:
        return Head(name.items, dict(name.options), quantity=name.quantity, text=token.text)
    if name is not None and before is not None and _describes_no_item(before):
        return None
    ordered = name is not None and any(item in reading.present for item in name.items)
    if token.options and not ordered:
        return None
    items = _possible_items(reading, token)
    return Head(items, generic=len(items) > 1, partial=True, text=token.text) if items else None


def _describes_no_item(before: Token) -> bool:
    """Tell whether a part of a name behind this word is an option or an allergen: "no milk", "extra vanilla"."""
    return before.has("NOT", "WITHOUT") or (before.amount is not None and not before.options)


def _possible_items(reading: Reading, token: Token) -> tuple[str, ...]:
    """Return what a part of a name or the name of a shelf can mean; a word for an option means what was ordered."""
    items = possible_items(reading, token)
    if token.options and token.category is None:
        return tuple(item for item in items if item in reading.present) or items
    return items


def _combine(reading: Reading, token: Token) -> bool:
    """Two parts of names side by side narrow each other down, or name something that is not sold."""
    following = reading.peek()
    if following is None or following.options or token.name is None or not token.name.partial:
        return False
    if following.has("POSITIVE"):
        return _made_of(reading, token.name, token)
    if following.name is None or not (following.glued or token.verb_last == following.verb_last):
        return False
    combined = _narrowed(reading, token.name, following.name, following.glued, f"{token.text} {following.text}")
    if combined is None:
        return False
    reading.at += 1
    open_head(reading, combined)
    return True


def _narrowed(reading: Reading, own: ItemName, other: ItemName, glued: bool, text: str) -> Head | None:
    common = tuple(item for item in own.items if item in other.items)
    if common:
        return Head(common, generic=len(common) > 1, text=text)
    if not (other.head or other.partial or glued):
        return None
    longer = _longer_names(reading, own.items, other.items)
    return Head(longer, text=text) if len(longer) == 1 else Head(unknown=text)


def _made_of(reading: Reading, own: ItemName, token: Token) -> bool:
    """As in "고구마 들어간 라떼", "요거트 들어간 거 스무디"."""
    skip = 1
    while (following := reading.peek(skip)) is not None and following.has("HEAD") and following.name is None:
        skip += 1
    if following is None or following.name is None:
        return False
    longer = _longer_names(reading, own.items, following.name.items)
    if len(longer) != 1:
        return False
    reading.at += skip + 1
    open_head(reading, Head(longer, text=f"{token.text} {following.text}"))
    return True


def _longer_names(reading: Reading, own: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    """As in "choco latte": the items of the first word whose names end like the names of the second."""
    words = reading.menu.by_id
    ends = tuple({word.casefold().split()[-1] for item in others for word in words[item].words})
    return tuple(item for item in own if any(word.casefold().endswith(ends) for word in words[item].words))


def open_head(reading: Reading, head: Head) -> None:
    """Begin a frame about an item, or make the item what the frame's units become."""
    if becoming.read_target(reading, head):
        return
    following, previous, frame = reading.peek(), reading.previous(), reading.frame
    numbered = frame.quantity is not None and frame.head is None and not frame.options
    if not (
        frame.bare or frame.only_more or (numbered and frame.has("topic", "people")) or takes_options_before(reading)
    ):
        reading.close()
    head.definite = is_definite(reading) or (previous is not None and previous.has("OF"))
    _fill(reading, head)
    if previous is not None and previous.has("INSTEAD_OF"):
        becoming.make_replaced(reading)
    if following is not None and following.has("INSTEAD") and following.verb_last:
        reading.at += 1
        becoming.make_replaced(reading)


def _fill(reading: Reading, head: Head) -> None:
    """Put the item into the frame with the options and the number that were waiting for it."""
    frame, before = reading.frame, reading.back()
    for kind in reading.shelved:
        if any(contradicts(kind.options, mention) for mention in reading.waiting):
            kind.head, kind.before, kind.flags = head, len(kind.options), {"sibling"}
            frame.flags.add("sibling")
        reading.done.append(kind)
    reading.shelved = []
    frame.head = head
    reading.waiting = _without_contradictions(reading, head)
    frame.options = [*reading.waiting, *frame.options]
    # "cream cheese on the bagel": with a determiner between them the options are a change, not a description.
    frame.before = 0 if before is not None and before.has("DEFINITE") else len(reading.waiting)
    reading.waiting = []
    if reading.number is not None:
        frame.quantity, reading.number = reading.number, None
    elif reading.article and frame.quantity is None and not frame.has("change"):
        frame.quantity = 1
    reading.article = False


def _without_contradictions(reading: Reading, head: Head) -> list[OptionMention]:
    """Of options before an item that exclude each other ("a skim soy latte") the first is meant."""
    offered = reading.menu.options_of(head.items[0]) if head.items else {}
    said: set[str] = set()
    kept: list[OptionMention] = []
    for mention in reading.waiting:
        group = next((offered[word.option] for word in mention.words if word.option in offered), None)
        exclusive = group.exclusive or (group.id if group.kind == "choice" else None) if group is not None else None
        if exclusive is None or mention.negative or mention.groups or exclusive not in said:
            kept.append(mention)
        if exclusive is not None and not mention.negative and not mention.groups:
            said.add(exclusive)
    return kept
