"""A list of values for as many units: "세 잔 각각 핫, 아이스, 아이스로"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from kiosk.understanding.discourse import settings, units
from kiosk.understanding.discourse.conversation import Conversation
from kiosk.understanding.discourse.draft import Piece
from kiosk.understanding.grammar import OptionMention


def deal(talk: Conversation, pieces: list[Piece], mentions: Sequence[OptionMention]) -> bool:
    """Give each unit one of the values where there are as many of them; tell whether there were."""
    dealt = next((values for values in _by_option(mentions) if len(values) == units.count(pieces) > 1), None)
    if dealt is None:
        return False
    left = list(pieces)
    for mention in dealt:
        unit = units.take(talk, left, 1)
        settings.apply(talk, unit, [mention])
        left = [piece for piece in left if piece not in unit]
    return True


def _by_option(mentions: Sequence[OptionMention]) -> list[list[OptionMention]]:
    """Return the values that were said of each choice."""
    said: dict[str, list[OptionMention]] = defaultdict(list)
    for mention in mentions:
        if mention.is_choice and not mention.negative:
            said[mention.words[0].option].append(mention)
    return list(said.values())
