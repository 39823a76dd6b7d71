"""Frames in the order in which they were said, each carried out by what it is about."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.understanding.discourse import items, referring, removing, replacing, units
from kiosk.understanding.discourse.conversation import Conversation
from kiosk.understanding.grammar import Frame
from kiosk.understanding.text import is_verb_last


def carry_out(talk: Conversation, frames: Sequence[Frame]) -> None:
    """Change the draft as the frames say."""
    if len(frames) > 1 and all(_bare_number(frame) for frame in frames):
        talk.doubts.append("number")  # "7 * 7" says nothing about an order
        return
    for position, frame in enumerate(frames):
        following = frames[position + 1] if position + 1 < len(frames) else None
        if following is None or not _joins(talk, frame, following):
            talk.correcting = talk.correcting or frame.has("correct")
            _carry_out(talk, frame)


def _bare_number(frame: Frame) -> bool:
    return frame.quantity is not None and not (frame.has_subject or frame.options or frame.flags or frame.replaced)


def _joins(talk: Conversation, frame: Frame, following: Frame) -> bool:
    """As in "밀크티랑 콜드브루는 얼음 조금만": two things on the order share what is said of the second."""
    head, other = frame.head, following.head
    bare = not (frame.options or frame.selector or frame.flags or frame.quantity is not None or frame.replaced)
    if not bare or head is None or other is None or not following.has("topic") or not other.items:
        return False
    if following.quantity is not None or not units.matching(talk, head) or not units.matching(talk, other):
        return False
    other.items = (*head.items, *other.items)
    return True


def _carry_out(talk: Conversation, frame: Frame) -> None:
    if frame.head is None and frame.unknown:
        frame.head = items.answered(talk, frame.unknown)
    head = frame.head
    if frame.has("add"):  # "add two shots" to what has one makes three
        for mention in frame.options:
            mention.more = mention.more or (mention.count is not None and not is_verb_last(mention.text))
    if frame.has("party"):
        talk.party = frame.quantity
    elif frame.replaced is not None:
        replacing.replace(talk, frame, frame.replaced)
    elif frame.target is not None and frame.target.head is not None:
        replacing.turn_into(talk, frame, frame.target, frame.target.head)
    elif head is not None and head.unknown:
        items.not_sold(talk, frame, head)
    elif _takes_back(frame):
        removing.drop(talk, [piece for piece in talk.group if piece in talk.fresh])
    elif frame.has("same") and not (head and head.items and frame.has("also")):
        referring.repeat_same(talk, frame)
    elif frame.has("remove", "reduce"):
        removing.remove(talk, frame)
    elif head is not None and head.items:
        items.name_item(talk, frame, head)
    else:
        _without_name(talk, frame)


def _takes_back(frame: Frame) -> bool:
    """As in "아니 됐고", "그건 됐고": what was said just now is not wanted."""
    head = frame.head
    return frame.has("decline") and (
        (head is None and frame.has("correct")) or (head is not None and head.reference == "it")
    )


def _without_name(talk: Conversation, frame: Frame) -> None:
    if frame.has_subject:
        referring.refer(talk, frame)
    elif frame.has("half", "rest", "all"):
        referring.change_portion(talk, frame)
    elif frame.quantity is not None:
        referring.count_units(talk, frame, frame.quantity)
    elif frame.options:
        referring.change_options(talk, frame)
    elif frame.has("more"):
        referring.more_of_it(talk, frame)
    else:
        items.unknown_words(talk, frame)
