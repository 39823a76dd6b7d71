"""Options as said become settings of units; what an item does not allow becomes a notice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from kiosk.menu import OptionGroup, OptionSetting
from kiosk.ordering import Notice, OrderError
from kiosk.ordering.operations import OptionChanges
from kiosk.understanding.discourse.conversation import Conversation
from kiosk.understanding.discourse.draft import Piece
from kiosk.understanding.grammar import OptionMention
from kiosk.understanding.meanings import OptionWord


def apply(talk: Conversation, pieces: Sequence[Piece], mentions: Sequence[OptionMention]) -> None:
    """Give units the options that were said; options that others depend on come first."""
    for piece in pieces:
        for mention in sorted(mentions, key=lambda mention: _rank(talk, piece, mention)):
            _apply_one(talk, piece, mention)


def able(talk: Conversation, pieces: Iterable[Piece], mentions: Sequence[OptionMention]) -> list[Piece]:
    """Return the units that offer one of the options that were said."""
    return [piece for piece in pieces if any(group_for(talk, piece, mention) for mention in mentions)]


def group_for(talk: Conversation, piece: Piece, mention: OptionMention) -> OptionGroup | None:
    """Return which of an item's options a mention is about."""
    offered = talk.menu.options_of(piece.item)
    if not mention.words and mention.count is not None:
        return next((offered[option] for option in piece.options if offered[option].kind == "count"), None)
    named = next((offered[option] for option in mention.groups if option in offered), None)
    if named is not None and (mention.level or mention.negative):
        return named
    return next((offered[word.option] for word in mention.words if word.option in offered), named)


def change(talk: Conversation, piece: Piece, changes: OptionChanges, text: str = "") -> None:
    """Change settings of units, or tell the customer why not; `text` is how it was said."""
    try:
        talk.draft.change(piece, changes)
    except OrderError as error:
        option, setting = next(iter(changes.items()))
        talk.notice(_refusal(talk, piece, error, option, setting, text))


def _refusal(
    talk: Conversation, piece: Piece, error: OrderError, option: str, setting: OptionSetting | None, text: str
) -> Notice:
    if error.problem == "option_value_unknown":
        return Notice(code="option_range", item=piece.item, option=option, value=setting, text=text)
    if error.problem == "option_not_offered" and option in talk.menu.by_id[piece.item].only:
        return Notice(code="one_way", item=piece.item, option=option, value=setting, text=text)
    return Notice(code="option_not_offered", item=piece.item, option=option, value=setting, text=text)


def _rank(talk: Conversation, piece: Piece, mention: OptionMention) -> int:
    group = group_for(talk, piece, mention)
    return 0 if group is None else 1 + bool(group.requires)


def _apply_one(talk: Conversation, piece: Piece, mention: OptionMention) -> None:
    if not mention.words and mention.count is not None:
        _apply_dose(talk, piece, mention)
    elif any(word.partial for word in mention.words):
        _apply_shared(talk, piece, mention)
    elif (group := group_for(talk, piece, mention)) is None:
        _not_offered(talk, piece, mention)
    else:
        word = next((word for word in mention.words if word.option == group.id), None)
        setting = _setting(piece, group, word, mention)
        if setting is not None or mention.negative:
            change(talk, piece, {group.id: setting}, mention.text)


def _apply_dose(talk: Conversation, piece: Piece, mention: OptionMention) -> None:
    """As in "just one pump": the counted option that the units have."""
    offered = talk.menu.options_of(piece.item)
    counted = [option for option in piece.options if offered[option].kind == "count"]
    if len(counted) == 1:
        change(talk, piece, {counted[0]: mention.count}, mention.text)
    else:
        talk.doubts.append("dose")


def _apply_shared(talk: Conversation, piece: Piece, mention: OptionMention) -> None:
    """As in "the syrup": the one that is there already; which of several others is for the customer to say."""
    present = [word for word in mention.words if piece.options.get(word.option)]
    if not present and not mention.negative:
        options = tuple(word.option for word in mention.words if word.option in talk.menu.options_of(piece.item))
        talk.notice(Notice(code="not_understood", item=piece.item, text=mention.text, suggestions=options))
    for word in present:
        _apply_one(talk, piece, replace(mention, words=(replace(word, partial=False),)))


def _setting(piece: Piece, group: OptionGroup, word: OptionWord | None, mention: OptionMention) -> OptionSetting | None:
    if group.kind == "flag":
        return not mention.negative and mention.level != "none"
    if group.kind == "count":
        return _units(piece, group, word, mention)
    if mention.level is not None and (word is None or mention.groups):
        return mention.level if mention.level in group.by_id else None
    if mention.negative:
        return "none" if "none" in group.by_id else None
    return word.value if word is not None else None


def _units(piece: Piece, group: OptionGroup, word: OptionWord | None, mention: OptionMention) -> int:
    present = int(piece.options.get(group.id, group.min))
    said = mention.count if mention.count is not None else (word.value if word is not None else None)
    if mention.negative:
        return max(group.min, present - int(said)) if said is not None and present else group.min
    units = int(said) if said is not None else 1
    return present + units if present and (mention.more or mention.level == "extra") else units


def _not_offered(talk: Conversation, piece: Piece, mention: OptionMention) -> None:
    fixed = talk.menu.by_id[piece.item].only
    narrowed = next((word for word in mention.words if word.option in fixed), None)
    if narrowed is not None:
        if narrowed.value not in fixed[narrowed.option]:
            talk.notice(Notice(code="one_way", item=piece.item, option=narrowed.option, value=narrowed.value))
        return
    if mention.negative or (not mention.words and not mention.groups):
        return
    option, value = (mention.words[0].option, mention.words[0].value) if mention.words else (mention.groups[0], None)
    text = mention.text or None
    talk.notice(Notice(code="option_not_offered", item=piece.item, option=option, value=value, text=text))
