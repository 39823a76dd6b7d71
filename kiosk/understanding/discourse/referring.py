"""Frames about units that are there: referred to, picked out, counted, or changed without a name."""

from __future__ import annotations

from kiosk.ordering import Notice
from kiosk.understanding.discourse import settings, units
from kiosk.understanding.discourse.amounts import more, repeat, set_each, set_quantity
from kiosk.understanding.discourse.conversation import Conversation
from kiosk.understanding.discourse.dealing import deal
from kiosk.understanding.discourse.draft import Piece
from kiosk.understanding.discourse.items import accept_offer, add_topic, order_unnamed, unknown_words
from kiosk.understanding.grammar import Frame, OptionMention
from kiosk.understanding.text import is_verb_last


def refer(talk: Conversation, frame: Frame) -> None:
    """Carry out a frame that points at units or picks them out by their options."""
    pieces = units.meant(talk, frame)
    it = frame.head is not None and frame.head.reference == "it"
    if it and talk.topics and (not pieces or _means_topic(talk, frame)):
        add_topic(talk, frame)
    elif not pieces:
        _refer_to_nothing(talk, frame)
    elif frame.quantity is None or frame.options or (frame.selector and not frame.has("only", "more")):
        _change(talk, frame, pieces)
    elif frame.has("more"):
        more(talk, frame, pieces)
    elif frame.has("part") and not frame.has("only"):
        talk.focus_on(units.take(talk, pieces, frame.quantity))
    else:
        set_quantity(talk, pieces[-1:], frame.quantity)


def _means_topic(talk: Conversation, frame: Frame) -> bool:
    """After a question about something not ordered, "that" with an order word means that thing."""
    ordered = {piece.item for piece in talk.draft.pieces}
    absent = not ordered.issuperset(talk.topics)
    return absent and not talk.fresh and frame.has("want", "add") and not frame.has("change")


def _refer_to_nothing(talk: Conversation, frame: Frame) -> None:
    """As in "아이스는요" with nothing iced there: the option is wanted, not had."""
    if frame.selector and (frame.options or frame.quantity is None):
        wanted = [] if frame.has("revise") else frame.selector
        frame.options, frame.selector = [*wanted, *frame.options], []
        change_options(talk, frame)
    else:
        talk.doubts.append("reference")


def _change(talk: Conversation, frame: Frame, pieces: list[Piece]) -> None:
    if frame.quantity is not None:
        pieces = units.take(talk, pieces, frame.quantity)
    settings.apply(talk, pieces, frame.options)
    dealt = frame.head is not None and frame.head.reference == "ordinal" and talk.pool is not None
    if not dealt:
        talk.focus_on(pieces)


def repeat_same(talk: Conversation, frame: Frame) -> None:
    """Carry out "the same again"."""
    named = frame.selector or (frame.head is not None and frame.head.items)
    sources = units.meant(talk, frame) if named else talk.current()
    if sources:
        source = sources[-1]
        repeat(talk, frame, source, frame.quantity or source.quantity, explicit=frame.quantity is not None)


def change_portion(talk: Conversation, frame: Frame) -> None:
    """Carry out a frame about all, half or the rest."""
    pieces = units.portion(talk, frame)
    if not pieces:
        talk.doubts.append("portion")
        return
    if frame.quantity is not None and frame.has("rest"):
        pieces = units.take(talk, pieces, frame.quantity)
    settings.apply(talk, pieces, frame.options)
    if frame.has("all"):
        talk.focus_on(pieces)


def count_units(talk: Conversation, frame: Frame, quantity: int) -> None:
    """Carry out a frame that has only a number, with options or without."""
    asked = talk.pending.get("kind") == "missing"
    current = talk.current()
    if frame.options:
        _count_with_options(talk, frame, quantity)
    elif frame.has("people"):
        return
    elif _leaves_plain(talk, frame, quantity):
        units.take_part(talk, quantity)
    elif frame.unknown and frame.has("topic") and not frame.has("more"):
        talk.notice(Notice(code="not_understood", text=" ".join(frame.unknown)))  # "하나는 ...": how it should be
        talk.group = units.take_part(talk, quantity)
    elif frame.has("more") or _adds_to(talk, frame, current):
        more_of_it(talk, frame)
    elif frame.has("each"):
        set_each(talk, quantity)
    elif frame.has("to", "total", "change", "only", "correct") and current:
        set_quantity(talk, current[-1:], quantity)
    elif talk.awaits("offer"):
        accept_offer(talk, frame)
    elif talk.topics and not talk.fresh and not asked:
        add_topic(talk, frame)
    elif current and (talk.fresh or asked or len(current) == 1):
        set_quantity(talk, current[-1:], quantity)
    elif frame.unknown:
        unknown_words(talk, frame)
    else:
        talk.doubts.append("number")


def _leaves_plain(talk: Conversation, frame: Frame, quantity: int) -> bool:
    """As in "three bagels: one plain, two with cream cheese": a share of the units that stays as it is."""
    share = frame.has("plain") and not frame.has("to", "total", "change", "only", "correct", "add", "more")
    return share and units.count(units.in_question(talk)) > quantity


def _adds_to(talk: Conversation, frame: Frame, pieces: list[Piece]) -> bool:
    """As in "하나 추가요": where it is known how many there are, that is one more, unless the talk is of options."""
    bare = frame.has("add") and not frame.unknown and not frame.has("total", "to", "correct", "also")
    return bare and bool(pieces) and pieces[-1].explicit and not (talk.asked_options or talk.notices)


def _count_with_options(talk: Conversation, frame: Frame, quantity: int) -> None:
    """As in "두 잔은 아이스로": that many units get the options; where there are fewer, it says both at once."""
    there = units.count(units.in_question(talk))
    if order_unnamed(talk, frame) or _more_like(talk, frame, quantity):
        return
    if not there and talk.topics:
        add_topic(talk, frame)
    elif not there:
        talk.floating += frame.options
    elif quantity > there and talk.pool is None:
        pieces = talk.current()[-1:]
        set_quantity(talk, pieces, quantity)
        settings.apply(talk, pieces, frame.options)
    else:
        if frame.has("owned") and talk.pool is None and _differ(talk.draft.pieces):
            talk.doubts.append("reference")  # whose is which was never said
        pieces = units.take_part(talk, quantity)
        settings.apply(talk, pieces, frame.options)
        if not talk.fresh:
            talk.group = talk.group or pieces


def _differ(pieces: list[Piece]) -> bool:
    return any(piece.item != pieces[0].item or piece.options != pieces[0].options for piece in pieces)


def change_options(talk: Conversation, frame: Frame) -> None:
    """Carry out a frame that has only options."""
    if not frame.options or order_unnamed(talk, frame) or _picks_out(talk, frame):
        return
    if not is_verb_last(frame.options[0].text) and _more_like(talk, frame, 1):
        return
    if not talk.draft.pieces:
        if len(talk.topics) == 1 and frame.has("want"):
            add_topic(talk, frame)
        else:
            talk.floating += frame.options
        return
    pieces = _targets(talk, frame)
    if frame.has("each") and deal(talk, pieces, frame.options):
        return
    settings.apply(talk, pieces or talk.current()[-1:], frame.options)
    if pieces:
        talk.focus_on(pieces)


def _more_like(talk: Conversation, frame: Frame, quantity: int) -> bool:
    """As in "one more iced one": of those that are like that, or else of what is talked about, made like that."""
    if not frame.has("more") or not any(mention.words and not mention.is_count for mention in frame.options):
        return False
    current = talk.current()
    if not current or talk.pool:  # "one decaf and another one soy": of those that are being dealt with
        return False
    item = current[-1].item
    alike = [
        piece
        for piece in talk.draft.pieces
        if piece.item == item and all(units.has(talk, piece, mention) for mention in frame.options)
    ]
    if alike:
        alike[-1].quantity += quantity
        talk.focus_on(alike[-1:])
    else:
        repeat(talk, frame, current[-1], quantity, explicit=True)
    return True


def _picks_out(talk: Conversation, frame: Frame) -> bool:
    """As in "뜨거운 거 라지로": where both kinds are there, the first option says which units the others are for."""
    first, *others = frame.options
    if not (first.thing and first.is_choice and others) or talk.fresh:
        return False
    pieces = [piece for piece in talk.draft.pieces if units.has(talk, piece, first)]
    kinds = {word.option for word in first.words}
    settled = all(
        any(talk.draft.setting(piece, kind) for kind in kinds)
        for piece in settings.able(talk, talk.draft.pieces, [first])
    )
    if not pieces or not settled or len(pieces) == len(settings.able(talk, talk.draft.pieces, [first])):
        return False
    settings.apply(talk, pieces, others)
    talk.focus_on(pieces)
    return True


def _targets(talk: Conversation, frame: Frame) -> list[Piece]:
    """Choose the units that options without an item are for: the last said, the asked about, the focus."""
    if talk.group:
        return settings.able(talk, talk.group, frame.options) or settings.able(talk, talk.fresh, frame.options)[-1:]
    asked = _lacking(talk, frame.options[0])
    if asked and not frame.has("change"):
        return asked
    focus = settings.able(talk, talk.focus, frame.options)
    if len({piece.item for piece in focus}) > 1 and not frame.has("all"):
        return focus[-1:]
    return focus or settings.able(talk, talk.draft.pieces, frame.options)[-1:]


def _lacking(talk: Conversation, mention: OptionMention) -> list[Piece]:
    """Return the units that cannot be made without the option that was said."""
    said = {word.option for word in mention.words}
    return [piece for piece in talk.draft.pieces if said.intersection(talk.draft.missing(piece))]


def more_of_it(talk: Conversation, frame: Frame) -> None:
    """As in "하나 더": of what is being talked about."""
    if current := talk.current():
        more(talk, frame, current)
    elif talk.topics:
        add_topic(talk, frame)
