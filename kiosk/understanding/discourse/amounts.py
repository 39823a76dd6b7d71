"""How many: a new number, more of the same, one number for each."""

from __future__ import annotations

from kiosk.understanding.discourse import settings
from kiosk.understanding.discourse.conversation import Conversation
from kiosk.understanding.discourse.draft import Piece
from kiosk.understanding.grammar import Frame


def set_quantity(talk: Conversation, pieces: list[Piece], quantity: int) -> None:
    """Make it `quantity` units; of several pieces the last one gives way."""
    if not pieces:
        return
    rest = quantity - sum(piece.quantity for piece in pieces[:-1])
    pieces[-1].quantity = max(rest, 1)
    pieces[-1].explicit = True
    talk.focus_on(pieces)


def more(talk: Conversation, frame: Frame, pieces: list[Piece]) -> None:
    """Order more units of the last piece; with options of their own they stand apart."""
    piece = pieces[-1]
    quantity = frame.quantity or 1
    if not frame.options:
        piece.quantity += quantity
        talk.focus_on([piece])
        return
    repeat(talk, frame, piece, quantity, explicit=True)


def repeat(talk: Conversation, frame: Frame, piece: Piece, quantity: int, explicit: bool) -> None:
    """Order the same again, with the options of the frame."""
    again = talk.draft.add(piece.item, quantity, explicit)
    again.options = dict(piece.options)
    talk.fresh.append(again)
    settings.apply(talk, [again], frame.options)
    talk.focus_on([again])


def set_each(talk: Conversation, quantity: int) -> None:
    """Make it `quantity` units of each thing that is being talked about."""
    for piece in talk.fresh or talk.focus or talk.draft.pieces:
        set_quantity(talk, [piece], quantity)
