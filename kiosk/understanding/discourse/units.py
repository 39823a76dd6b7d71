"""Which units are meant: by name, by what they have, by reference, or as a part of what was said before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from kiosk.menu import OptionSetting
from kiosk.understanding.discourse.conversation import Conversation
from kiosk.understanding.discourse.draft import Piece
from kiosk.understanding.grammar import Frame, Head, OptionMention
from kiosk.understanding.meanings import OptionWord


def matching(talk: Conversation, head: Head, frame: Frame | None = None) -> list[Piece]:
    """Return the units on the draft that a name, with the options said before it, can mean."""
    pieces = [piece for piece in talk.draft.pieces if piece.item in head.items]
    if head.options:
        pieces = [piece for piece in pieces if agrees(talk, piece, head.options)]
    if frame is None:
        return pieces
    for mention in frame.options[: frame.before]:
        if mention.is_choice or mention.negative:
            pieces = [piece for piece in pieces if has(talk, piece, mention)]
    if frame.has("plain") and len(pieces) > 1:
        fewest = min(len(piece.options) for piece in pieces)
        pieces = [piece for piece in pieces if len(piece.options) == fewest]
    return pieces


def similar(talk: Conversation, frame: Frame) -> list[Piece]:
    """Return the units whose name has the name that was said in it: "the short latte" for a latte macchiato."""
    if frame.head is None or not frame.head.items:
        return []
    said = {word.casefold() for item in frame.head.items for word in talk.menu.by_id[item].words}
    words = {word for word in said if word in frame.head.text.casefold()}
    items = [
        item.id for item in talk.menu.items if any(words.intersection(word.casefold().split()) for word in item.words)
    ]
    return matching(talk, Head(tuple(items)), replace(frame, before=len(frame.options)))


def agrees(talk: Conversation, piece: Piece, options: Mapping[str, OptionSetting]) -> bool:
    """Tell whether units have the settings that a name implies."""
    return all(talk.draft.setting(piece, option) == setting for option, setting in options.items())


def has(talk: Conversation, piece: Piece, mention: OptionMention) -> bool:
    """Tell whether units have what a selector names."""
    present = any(_has_setting(talk, piece, word) for word in mention.words)
    return present != mention.negative


def _has_setting(talk: Conversation, piece: Piece, word: OptionWord) -> bool:
    setting = talk.draft.setting(piece, word.option)
    if word.kind == "choice" or (word.kind == "count" and word.value is not None):
        return setting == word.value
    return bool(setting)


def meant(talk: Conversation, frame: Frame) -> list[Piece]:
    """Return the units that a frame's head and selector mean, the whole of them."""
    pieces = _of_head(talk, frame)
    for mention in frame.selector:
        pieces = [piece for piece in pieces if has(talk, piece, mention)]
    return pieces


def _of_head(talk: Conversation, frame: Frame) -> list[Piece]:
    head = frame.head
    if head is None:
        return list(talk.draft.pieces)
    if head.items:
        return matching(talk, head, frame)
    if head.reference == "ordinal":
        return _at(talk, head.position)
    if head.reference == "last":
        return (talk.pool or talk.group or talk.focus or talk.draft.pieces)[-1:]
    return talk.current()


def _at(talk: Conversation, position: int) -> list[Piece]:
    if talk.pool is not None or (len(talk.group) == 1 and talk.group[0].quantity > 1 and talk.fresh):
        return take_part(talk, 1)
    if position == -1:
        return talk.draft.pieces[-1:]
    return talk.draft.pieces[position - 1 : position]


def take(talk: Conversation, pieces: Sequence[Piece], quantity: int) -> list[Piece]:
    """Return `quantity` units out of pieces, splitting the last one."""
    taken: list[Piece] = []
    left = quantity
    for piece in pieces:
        if left <= 0:
            break
        part = talk.draft.split(piece, left)
        if part.origin is None and part not in talk.fresh:
            talk.fresh.append(part)
        taken.append(part)
        left -= part.quantity
    if left > 0:
        talk.doubts.append("too_few")
    return taken


def take_part(talk: Conversation, quantity: int, target: Frame | None = None) -> list[Piece]:
    """Take units out of the pool that a series like "one hot, one iced" is dealt from.

    Args:
        talk: The conversation.
        quantity: How many.
        target: What the units are to become: those that already are that are left alone.
    """
    if not talk.pool:
        _open_pool(talk)
    pool = talk.pool or []
    choice = pool
    if target is not None and target.head is not None:
        head = target.head
        choice = [p for p in pool if p.item not in head.items or not agrees(talk, p, head.options)] or pool
    taken = take(talk, choice, quantity)
    rest = {id(piece) for piece in pool} - {id(piece) for piece in taken}
    talk.pool = [piece for piece in talk.draft.pieces if id(piece) in rest]
    return taken


def _open_pool(talk: Conversation) -> None:
    untouched = not talk.fresh and not talk.group
    base = (asked_about(talk) if untouched else []) or talk.current()
    if untouched and len(base) == 1 and base[0].quantity == 1:
        base = [piece for piece in talk.draft.pieces if piece.item == base[0].item]
    talk.pool = list(base)
    talk.pool_size = count(base)


def asked_about(talk: Conversation) -> list[Piece]:
    """Return the units whose missing option the kiosk has asked for."""
    if talk.pending.get("kind") != "missing":
        return []
    lines = talk.pending.get("line_ids", [])
    return [piece for piece in talk.draft.pieces if piece.origin in lines]


def in_question(talk: Conversation) -> list[Piece]:
    """Return the units that a number without an item counts."""
    return talk.pool or asked_about(talk) or talk.current()


def count(pieces: Sequence[Piece]) -> int:
    """Return how many units pieces hold."""
    return sum(piece.quantity for piece in pieces)


def portion(talk: Conversation, frame: Frame) -> list[Piece]:
    """Return the units that "all", "the rest" or "half" means."""
    if frame.has("all"):
        return _whole(talk, frame.quantity)
    if frame.has("rest"):
        return _rest(talk)
    if talk.pool is None:
        _open_pool(talk)
        return take_part(talk, max(1, talk.pool_size // 2))
    return take_part(talk, count(talk.pool))


def _whole(talk: Conversation, quantity: int | None) -> list[Piece]:
    """Return the units that "all", or "all four", means."""
    everything = _everything(talk)
    if quantity is None:
        return everything
    for pieces in (talk.group, talk.fresh, talk.focus, everything):
        if pieces and count(pieces) == quantity:
            return list(pieces)
    return next(
        (everything[start:] for start in range(len(everything)) if count(everything[start:]) == quantity), everything
    )


def _everything(talk: Conversation) -> list[Piece]:
    return list(talk.fresh or asked_about(talk) or talk.draft.pieces)


def _rest(talk: Conversation) -> list[Piece]:
    if talk.pool:
        return list(talk.pool)
    known = talk.group or talk.focus
    items = {piece.item for piece in known}
    others = [piece for piece in talk.draft.pieces if piece not in known]
    return [piece for piece in others if piece.item in items] or others or list(talk.draft.pieces)
