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
        deferred: list[OptionMention] = []
        for mention in sorted(mentions, key=lambda mention: _rank(talk, piece, mention)):
            if _is_specified(mention, mentions):
                continue
            if _must_wait(talk, piece, mention):
                deferred.append(mention)
            else:
                _apply_one(talk, piece, mention)
        for mention in deferred:
            _apply_one(talk, piece, mention)


def _is_specified(mention: OptionMention, mentions: Sequence[OptionMention]) -> bool:
    """As in "시럽은 바닐라로": a word that several options share is explained by one of them beside it."""
    shared = {word.option for word in mention.words if word.partial}
    others = (word for other in mentions if other is not mention for word in other.words)
    return any(word.option in shared and not word.partial for word in others)


def _must_wait(talk: Conversation, piece: Piece, mention: OptionMention) -> bool:
    """A size that is only sold iced comes after "iced", wherever it was said."""
    group = group_for(talk, piece, mention)
    if group is None or group.kind != "choice" or len(mention.words) != 1:
        return False
    return _is_excluded(talk, piece, {group.id: mention.words[0].value})


def _is_settled(talk: Conversation, piece: Piece, mention: OptionMention, said: set[str]) -> bool:
    """Of several options in one breath that exclude each other ("skim soy latte"), the first is meant."""
    group = group_for(talk, piece, mention)
    if group is None or mention.negative or (group.kind != "choice" and group.exclusive is None):
        return False
    exclusive = group.exclusive or group.id
    settled = exclusive in said
    said.add(exclusive)
    return settled


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
        _apply_group(talk, piece, mention, group)


def _apply_group(talk: Conversation, piece: Piece, mention: OptionMention, group: OptionGroup) -> None:
    word = next((word for word in mention.words if word.option == group.id), None)
    setting = _setting(piece, group, word, mention)
    if setting is None and (not mention.negative or _is_otherwise(piece, group, word)):
        return
    changes: dict[str, OptionSetting | None] = {group.id: setting}
    offered = talk.menu.options_of(piece.item)
    if word is not None and all(option in offered for option, _ in word.others):
        changes |= dict(word.others)
    others = tuple(other for other in mention.words if other is not word and other.option in offered)
    if others and _is_excluded(talk, piece, changes):
        _apply_one(talk, piece, replace(mention, words=others, groups=()))
    else:
        change(talk, piece, changes, mention.text)


def _is_otherwise(piece: Piece, group: OptionGroup, word: OptionWord | None) -> bool:
    """Tell whether a value that is not wanted is not there: "iced, not hot" leaves the iced one iced."""
    return group.kind == "choice" and word is not None and piece.options.get(group.id) not in (None, word.value)


def _is_excluded(talk: Conversation, piece: Piece, changes: OptionChanges) -> bool:
    """Tell whether units would take a form that is not sold, so that a word must have its other meaning."""
    form = {**piece.options, **{option: setting for option, setting in changes.items() if setting is not None}}
    return talk.menu.is_excluded(piece.item, form)


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
    if group.kind != "choice":
        level = "none" if mention.negative else mention.level
        if level in group.levels:
            return None if mention.dropped else level
        return _units(piece, group, word, mention) if group.kind == "count" else level != "none"
    if mention.level is not None and (word is None or mention.groups):
        return mention.level if mention.level in group.by_id else None
    if mention.negative:
        return "none" if "none" in group.by_id else None
    return word.value if word is not None else None


def _units(piece: Piece, group: OptionGroup, word: OptionWord | None, mention: OptionMention) -> int:
    standing = piece.options.get(group.id, 0)
    present = 0 if isinstance(standing, str) else int(standing)
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
