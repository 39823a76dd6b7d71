"""Taking units off the order, or options off units."""

from __future__ import annotations

from kiosk.ordering import Notice
from kiosk.understanding.discourse import settings, units
from kiosk.understanding.discourse.amounts import set_quantity
from kiosk.understanding.discourse.conversation import Conversation
from kiosk.understanding.discourse.draft import Piece
from kiosk.understanding.grammar import Frame, OptionMention
from kiosk.understanding.grammar.frames import Flag

_SPOKEN_FOR: tuple[Flag, ...] = ("to", "total", "reduce")


def remove(talk: Conversation, frame: Frame) -> None:
    """Carry out a frame with a removing verb."""
    if frame.has("all") and not frame.has_subject:
        drop(talk, list(talk.draft.pieces))
        talk.cleared = True
        return
    if (
        not frame.has_subject
        and frame.unknown
        and frame.quantity is not None
        and frame.has("topic", "only")
        and not frame.has(*_SPOKEN_FOR)
    ):
        talk.notices.append(Notice(code="not_understood", text=" ".join(frame.unknown)))  # "하나는 시나몬 빼주세요"
        return
    pieces = _pieces(talk, frame)
    changes = _unwanted_options(frame)
    if not pieces:
        _not_there(talk, frame)
    elif changes and frame.quantity is None:
        settings.apply(talk, pieces, changes)
        talk.focus_on(pieces)
    elif frame.has("to", "total") and frame.quantity is not None:
        set_quantity(talk, pieces[-1:], frame.quantity)
    else:
        drop(talk, pieces, frame.quantity)


def _not_there(talk: Conversation, frame: Frame) -> None:
    if frame.head is not None and frame.head.items:
        talk.notices.append(Notice(code="not_in_order", item=frame.head.items[0]))
    elif frame.has_subject or frame.unknown:
        talk.notices.append(Notice(code="not_in_order", text=" ".join(frame.unknown) or None))


def _pieces(talk: Conversation, frame: Frame) -> list[Piece]:
    """Return the units to take from; a verb amid nothing but unknown words says nothing about what is there."""
    if frame.has_subject:
        pieces = units.meant(talk, frame) or units.similar(talk, frame)
        single = frame.head is not None and frame.head.reference == "it" and not frame.head.plural
        return pieces[-1:] if single else pieces
    if frame.has("half", "rest"):
        return units.portion(talk, frame)
    if frame.unknown and not frame.options and frame.quantity is None:
        return []
    return talk.current()


def _unwanted_options(frame: Frame) -> list[OptionMention]:
    changes = [mention for mention in frame.options if mention.negative]
    if changes or frame.has_subject:
        return changes
    for mention in frame.options:
        mention.negative = mention.dropped = True
    return frame.options


def drop(talk: Conversation, pieces: list[Piece], quantity: int | None = None) -> None:
    """Take units off, the last ones first; without a quantity all of them."""
    left = units.count(pieces) if quantity is None else quantity
    for piece in reversed(pieces):
        if left <= 0:
            break
        taken = min(left, piece.quantity)
        talk.draft.remove(piece, taken)
        left -= taken
    there = talk.draft.pieces
    talk.fresh = [piece for piece in talk.fresh if piece in there]
    talk.focus = [piece for piece in talk.focus if piece in there]
    talk.group = [piece for piece in pieces if piece in there]
    talk.pool = None
