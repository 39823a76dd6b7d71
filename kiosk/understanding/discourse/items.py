"""A name of an item: order it, change what is there, put right what was said, or answer "which one?"."""

from __future__ import annotations

from typing import TypedDict

from kiosk.menu import OptionSetting
from kiosk.ordering import Clarification, Notice
from kiosk.understanding.discourse import settings, units
from kiosk.understanding.discourse.amounts import more, set_quantity
from kiosk.understanding.discourse.conversation import Conversation
from kiosk.understanding.discourse.dealing import deal
from kiosk.understanding.discourse.draft import Piece
from kiosk.understanding.discourse.removing import drop
from kiosk.understanding.grammar import Frame, Head

_MOST_SUGGESTIONS = 3


class _Wanted(TypedDict):
    quantity: int
    options: dict[str, OptionSetting | None]


def name_item(talk: Conversation, frame: Frame, head: Head) -> None:
    """Carry out a frame that names an item."""
    if _answer_which(talk, frame, head):
        return
    matched = units.matching(talk, head, frame)
    if frame.has("decline"):
        if matched and (frame.has("topic") or not head.partial):
            drop(talk, matched)
    elif frame.has("among", "except") and matched:
        talk.focus_on(matched)
    elif frame.has("sibling"):
        add(talk, frame, head)
    elif matched and _restates(talk, frame, matched):
        _restate(talk, frame, matched[-1:])
    elif matched and _repeats(frame) and talk.last.get("removed"):
        drop(talk, matched)
    elif matched and _modifies(talk, frame, head, matched):
        _modify(talk, frame, matched)
    elif _corrects(talk, frame, head):
        become(talk, (talk.group or talk.focus)[-1:], frame, head)
    elif frame.has("more") and matched and not frame.changes:
        more(talk, frame, matched[-1:])
    elif not head.partial or _is_wanted(talk, frame, head):
        add(talk, frame, head)


def _restates(talk: Conversation, frame: Frame, matched: list[Piece]) -> bool:
    """After a correction, an item of this very turn named again is meant, not ordered again."""
    if not talk.correcting or frame.has("also", "more", "add"):
        return False
    return all(piece in talk.fresh for piece in matched)


def _restate(talk: Conversation, frame: Frame, pieces: list[Piece]) -> None:
    if frame.quantity is not None:
        set_quantity(talk, pieces, frame.quantity)
    settings.apply(talk, pieces, frame.changes)
    talk.focus_on(pieces)


def _is_wanted(talk: Conversation, frame: Frame, head: Head) -> bool:
    """A part of a name alone is small talk unless something shows that it is ordered."""
    if frame.quantity is not None or frame.has("want", "add", "each", "more", "correct", "also"):
        return True
    named = {*talk.topics, *talk.pending.get("candidates", ())}
    return not frame.unknown or not named.isdisjoint(head.items)


def _modifies(talk: Conversation, frame: Frame, head: Head, matched: list[Piece]) -> bool:
    """Decide whether naming an item that is on the order means changing it or ordering more of it."""
    fits = (frame.quantity or 0) <= units.count(matched)
    plain = not frame.changes and not frame.has("also", "more")
    standing = any(piece.origin is not None for piece in matched)
    if plain and (frame.has("only") or (frame.has("topic") and standing)):
        return True
    if head.definite and fits and (frame.changes or frame.quantity is not None):
        return not frame.has("more")
    if frame.has("add") and frame.quantity is not None and not frame.has("topic", "only"):
        return False
    if frame.has("change") or (frame.has("to", "total") and frame.quantity is not None):
        return True
    if frame.has("topic", "only") and (frame.changes or frame.has("all")):
        return fits
    if frame.has("also") and frame.quantity is None:
        again = bool(talk.last.get("options")) or any(map(talk.draft.missing, matched))
        return bool(frame.changes) or (_repeats(frame) and again)
    return bool(frame.changes) and _completes(talk, frame, head, matched)


def _repeats(frame: Frame) -> bool:
    """As in "the croissant too": what the last turn did is meant for this as well."""
    bare = frame.has("also") and frame.quantity is None and not frame.options
    return bare and not frame.has("want", "add", "more", "change")


def _completes(talk: Conversation, frame: Frame, head: Head, matched: list[Piece]) -> bool:
    """Decide whether a name with options behind it says more about what is there."""
    if frame.before or frame.has("more"):
        return False
    if head.partial and not frame.has("want", "add"):
        return True
    if frame.quantity is not None:
        return False
    if not head.verb_last or any(piece.origin is not None for piece in matched):
        return True
    said = {word.option for mention in frame.changes for word in mention.words}
    return any(said.intersection(talk.draft.missing(piece)) for piece in matched)


def _modify(talk: Conversation, frame: Frame, matched: list[Piece]) -> None:
    part = frame.has("part", "numbered") and bool(frame.changes)
    pieces = matched
    if frame.quantity is not None:
        if not part and (frame.has("to", "total") or not frame.changes):
            pieces = matched[-1:]
            set_quantity(talk, pieces, frame.quantity)
        else:
            pieces = units.take(talk, matched, frame.quantity)
    if not frame.changes and frame.has("also"):
        _follow_example(talk, pieces)
    settings.apply(talk, pieces, frame.changes)
    talk.focus_on(pieces)
    if frame.quantity is not None and frame.changes:
        talk.pool = [piece for piece in matched if piece not in pieces and piece in talk.draft.pieces]


def _follow_example(talk: Conversation, pieces: list[Piece]) -> None:
    """As in "the cappuccino too": as the last turn changed others, or else as the units talked about before."""
    if changed := talk.last.get("options"):
        for piece in pieces:
            offered = talk.menu.options_of(piece.item)
            for option, setting in changed.items():
                if option in offered:
                    settings.change(talk, piece, {option: setting})
        return
    for example in talk.current():
        for piece in pieces:
            for option in talk.draft.missing(piece):
                setting = talk.draft.setting(example, option)
                if setting is not None and example is not piece:
                    settings.change(talk, piece, {option: setting})


def _corrects(talk: Conversation, frame: Frame, head: Head) -> bool:
    """Decide whether an item after a correction takes the place of the one before: both from one shelf do."""
    if not frame.has("correct") or frame.has("also", "more", "add"):
        return False
    if frame.has("settle") and (talk.topics or talk.pending.get("kind") in ("which_item", "offer")):
        return False
    previous = talk.group or (talk.focus if frame.has("strong") else [])
    if not previous or (not talk.fresh and not frame.has("strong")):
        return False
    return any(_shelf(talk, previous[-1].item) == _shelf(talk, item) for item in head.items)


def _shelf(talk: Conversation, item: str) -> str:
    *_, top = talk.menu.shelves(item)
    return top.id


def add(talk: Conversation, frame: Frame, head: Head) -> None:
    """Order an item; where the name fits several, ask which one."""
    items = [item for item in head.items if not talk.rules.is_sold_out(item)]
    gone = [item for item in head.items if talk.rules.is_sold_out(item)]
    if not items:
        sold_out(talk, frame, head.items[0])
    elif gone and len(items) == 1:
        talk.notices.append(Notice(code="sold_out", item=gone[0], suggestions=tuple(items), **_wanted(frame)))
    elif not head.generic or len(items) == 1:
        talk.focus_on([_put(talk, items[0], frame, head)])
        if frame.has("each") and frame.quantity is not None:
            _count_each(talk, frame.quantity)
    elif frame.has("each"):
        talk.focus_on([_put(talk, item, frame, head) for item in items])
    else:
        ask_which(talk, frame, head, items)


def _put(talk: Conversation, item: str, frame: Frame, head: Head) -> Piece:
    quantity = frame.quantity or (talk.party if frame.has("all") and talk.party else 1)
    piece = talk.draft.add(item, quantity * head.quantity, frame.quantity is not None)
    talk.fresh.append(piece)
    _describe(talk, [piece], frame, head)
    if frame.has("each"):
        deal(talk, [piece], frame.options)
    if not frame.has("also", "more", "each", "sibling") and any(_is_same(piece, other) for other in talk.fresh):
        talk.doubts.append("number")  # nobody orders the same thing twice in one breath
    return piece


def _is_same(piece: Piece, other: Piece) -> bool:
    return other is not piece and other.item == piece.item and other.options == piece.options


def _describe(talk: Conversation, pieces: list[Piece], frame: Frame, head: Head) -> None:
    """Give units the options that the name implies, those that waited for an item, and those of the frame."""
    for piece in pieces:
        for option, setting in head.options.items():
            settings.change(talk, piece, {option: setting}, head.text)
    settings.apply(talk, pieces, [*talk.floating, *frame.options])
    talk.floating = []


def _count_each(talk: Conversation, quantity: int) -> None:
    """As in "라떼랑 모카 두 잔씩": the number counts each of the things named without one."""
    for other in talk.fresh:
        if not other.explicit:
            other.quantity = quantity


def add_topic(talk: Conversation, frame: Frame) -> None:
    """Order what was talked about."""
    offered = [talk.menu.options_of(item) for item in talk.topics]
    said = {word.option for mention in frame.options for word in mention.words}
    wanted = {
        option: setting
        for option, setting in talk.wanted.items()
        if option not in said and all(option in options for options in offered)
    }
    add(talk, frame, Head(tuple(talk.topics), wanted, generic=len(talk.topics) > 1))


def order_unnamed(talk: Conversation, frame: Frame) -> bool:
    """Order what is only described ("two large with ham"), if one item of the menu alone is sold like that."""
    ordered = frame.quantity is not None or frame.has("want")
    there = frame.has("change", "add", "more", "correct") or (frame.has("part") and bool(talk.draft.pieces))
    if not ordered or there or talk.pending or not any(mention.is_choice for mention in frame.options):
        return False
    options = [{*mention.groups, *(word.option for word in mention.words)} for mention in frame.options]
    fitting = [
        item.id
        for item in talk.menu.items
        if all(not option.isdisjoint(talk.menu.options_of(item.id)) for option in options)
    ]
    if len(fitting) != 1:
        return False
    add(talk, frame, Head((fitting[0],)))
    return True


def accept_offer(talk: Conversation, frame: Frame) -> None:
    """Order what the kiosk offered."""
    items = tuple(talk.pending.get("candidates", ())[:1])
    frame.quantity = frame.quantity or talk.pending.get("quantity", 1)
    if items:
        add(talk, frame, Head(items, dict(talk.pending.get("options", {}))))


def ask_which(talk: Conversation, frame: Frame, head: Head, items: list[str]) -> None:
    """Ask the customer which of several items is meant; keep the number and the options for the answer."""
    talk.clarification = Clarification(candidates=tuple(items), text=head.text or None, **_wanted(frame))


def _wanted(frame: Frame) -> _Wanted:
    """Return what the customer wants of a thing, for the answer to a question or an offer."""
    options: dict[str, OptionSetting | None] = {
        mention.words[0].option: mention.words[0].value
        for mention in frame.options
        if mention.words and mention.words[0].value is not None and not mention.negative
    }
    return {"quantity": frame.quantity or 1, "options": options}


def _answer_which(talk: Conversation, frame: Frame, head: Head) -> bool:
    """Take a name as the answer to "which one?" where the kiosk has just asked that."""
    if not talk.awaits("which_item"):
        return False
    candidates = talk.pending.get("candidates", ())
    chosen = tuple(item for item in candidates if item in head.items)
    if not chosen or (len(chosen) > 1 and head.generic and len(chosen) == len(candidates)):
        return False
    if frame.quantity is None:
        frame.quantity = talk.pending.get("quantity", 1)
    options = {**talk.pending.get("options", {}), **head.options}
    add(talk, frame, Head(chosen, options, generic=len(chosen) > 1, text=head.text))
    return True


def answered(talk: Conversation, unknown: list[str]) -> Head | None:
    """Return the item that a shortened word means as the answer to "which one?": "lemon" for a lemonade."""
    if not talk.awaits("which_item"):
        return None
    for word in (text.casefold() for text in unknown if len(text) > 1):
        candidates = talk.pending.get("candidates", ())
        fitting = [item for item in candidates if any(word in name.casefold() for name in talk.menu.by_id[item].words)]
        if len(fitting) == 1:
            unknown.remove(next(text for text in unknown if text.casefold() == word))
            return Head((fitting[0],), text=word)
    return None


def sold_out(talk: Conversation, frame: Frame, item: str) -> None:
    """Tell that an item is sold out, with others from its shelf."""
    shelf = talk.menu.in_category(talk.menu.by_id[item].category)
    others = tuple(other.id for other in shelf if not talk.rules.is_sold_out(other.id))
    suggestions = others[:_MOST_SUGGESTIONS]
    talk.notices.append(Notice(code="sold_out", item=item, suggestions=suggestions, **_wanted(frame)))


def not_sold(talk: Conversation, frame: Frame, head: Head) -> None:
    """Tell that something is not on the menu; where something near it is, ask which of that."""
    near = tuple(item for item in head.items if not talk.rules.is_sold_out(item))
    talk.notices.append(Notice(code="off_menu", text=head.unknown, suggestions=near, **_wanted(frame)))
    if near and talk.clarification is None and (frame.quantity is not None or frame.has("want")):
        ask_which(talk, frame, head, list(near))


def unknown_words(talk: Conversation, frame: Frame) -> None:
    """Tell that something ordered in unknown words is not on the menu."""
    if frame.unknown and (frame.has("want") or frame.quantity is not None):
        talk.notices.append(Notice(code="off_menu", text=" ".join(frame.unknown)))


def become(talk: Conversation, pieces: list[Piece], frame: Frame, head: Head) -> None:
    """Turn units into another item."""
    items = [item for item in head.items if not talk.rules.is_sold_out(item)]
    if not items:
        sold_out(talk, frame, head.items[0])
        return
    if len(items) > 1:
        talked_about = [item for item in items if item in talk.topics]
        if len(talked_about) != 1:
            ask_which(talk, frame, head, items)
            return
        items = talked_about
    if frame.quantity is not None:
        pieces = _resize(talk, pieces, frame.quantity)
    for piece in pieces:
        talk.draft.replace(piece, items[0])
    _describe(talk, pieces, frame, head)
    talk.focus_on(pieces)


def _resize(talk: Conversation, pieces: list[Piece], quantity: int) -> list[Piece]:
    """As in "두 잔은 모카로" takes two of what stands there; of what was said just now, it says how many."""
    standing = all(piece.origin is not None for piece in pieces)
    if standing and quantity < units.count(pieces):
        return units.take(talk, pieces, quantity)
    set_quantity(talk, pieces, quantity)
    return pieces
