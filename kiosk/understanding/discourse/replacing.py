"""Units that become something else: "X 말고 Y", "X를 Y로 바꿔"."""

from __future__ import annotations

from kiosk.understanding.discourse import settings, units
from kiosk.understanding.discourse.conversation import Conversation
from kiosk.understanding.discourse.draft import Piece
from kiosk.understanding.discourse.items import add, become, not_sold
from kiosk.understanding.discourse.removing import drop
from kiosk.understanding.grammar import Frame, Head


def replace(talk: Conversation, frame: Frame, replaced: Frame) -> None:
    """As in "X 말고 Y": units of X become Y; where X is not there, Y is simply ordered."""
    pieces = [] if replaced.has("instead") and _has_left(talk) else units.meant(talk, replaced)
    head = frame.head
    if head is None or not (head.items or head.unknown):
        _change_instead(talk, frame, pieces)
    elif head.unknown:
        not_sold(talk, frame, head)
    elif pieces:
        if replaced.quantity is not None:
            pieces = units.take(talk, pieces, replaced.quantity)
        become(talk, pieces, frame, head)
    else:
        add(talk, frame, head)


def _has_left(talk: Conversation) -> bool:
    """Tell whether something was just taken off: what is wanted instead then takes its place."""
    return bool(talk.draft.removed) or (bool(talk.last.get("removed")) and not talk.fresh)


def _change_instead(talk: Conversation, frame: Frame, pieces: list[Piece]) -> None:
    """As in "그거 말고 아이스로" changes the units; "그거 말고" alone takes them off."""
    if not pieces:
        return
    if not frame.options:
        drop(talk, pieces)
    else:
        settings.apply(talk, pieces, frame.options)
        talk.focus_on(pieces)


def turn_into(talk: Conversation, frame: Frame, target: Frame, head: Head) -> None:
    """As in "X를 Y로 바꿔", "한 잔은 Y로 바꿔"."""
    pieces = _subject(talk, frame)
    if not pieces and frame.head is not None and frame.head.items == head.items:
        pieces = talk.current()  # "모카가 낫겠다 모카로 바꿔 주세요"
    target.options = [*target.options, *(frame.changes if frame.head else frame.options)]
    if pieces:
        become(talk, pieces, target, head)
    else:
        target.quantity = target.quantity or frame.quantity
        target.flags |= frame.flags
        add(talk, target, head)


def _subject(talk: Conversation, frame: Frame) -> list[Piece]:
    if frame.has_subject:
        pieces = units.meant(talk, frame)
        return pieces if frame.quantity is None or not pieces else units.take(talk, pieces, frame.quantity)
    if frame.has("half", "rest", "all"):
        return units.portion(talk, frame)
    if frame.quantity is not None:
        return units.take_part(talk, frame.quantity, frame.target)
    return talk.current()
