"""What a turn is about while it is carried out: the draft of the order, and which units are being talked about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from kiosk.menu import OptionSetting
from kiosk.ordering import Clarification, Notice, Order, Rules
from kiosk.understanding.discourse.draft import Draft, Piece
from kiosk.understanding.grammar import OptionMention
from state import Dialogue, Last

Doubt = Literal["number", "portion", "reference", "too_few", "dose"]
"""What may have been misunderstood; each lowers the confidence of the turn."""


class Conversation:
    """The state of carrying out a turn.

    `focus` are the units that earlier turns were about, `fresh` those that this turn has made, `group` those said
    last. `topics` are items that were talked about without being ordered. `pool` holds the units that a series like
    "one hot, one iced" is dealt from. `floating` options wait for their item. `party` is for how many people. `last` is
    what the turn before did. `asked_options` tells that this turn has asked about options. `wanted` is the form that
    was asked about.
    """

    def __init__(self, order: Order, dialogue: Dialogue | None, rules: Rules) -> None:
        """Start from the order and from what was said before."""
        self.rules = rules
        self.menu = rules.menu
        self.draft = Draft(order, rules)
        self.pending: Mapping[str, Any] = (dialogue and dialogue.get("pending")) or {}
        focus = (dialogue and dialogue.get("focus")) or []
        self.focus = [piece for piece in self.draft.pieces if piece.origin in focus]
        self.topics: list[str] = list((dialogue and dialogue.get("topics")) or ())
        self.last: Last = (dialogue and dialogue.get("last")) or {}
        self.fresh: list[Piece] = []
        self.group: list[Piece] = []
        self.pool: list[Piece] | None = None
        self.pool_size = 0
        self.floating: list[OptionMention] = []
        self.party: int | None = None
        self.notices: list[Notice] = []
        self.clarification: Clarification | None = None
        self.doubts: list[Doubt] = []
        self.cleared = False
        self.asked_options = False
        self.wanted: Mapping[str, OptionSetting] = self.last.get("wanted", {})
        self.correcting = False

    def current(self) -> list[Piece]:
        """Return the units that are being talked about."""
        return list(self.group or self.focus or self.draft.pieces[-1:])

    def focus_on(self, pieces: list[Piece]) -> None:
        """Talk about these units from now on."""
        self.group = list(pieces)
        self.pool = None
        self.topics = []

    def awaits(self, kind: str) -> bool:
        """Tell whether the kiosk's last words were an open question of this kind that nothing has answered yet."""
        return self.pending.get("kind") == kind and not self.fresh

    def notice(self, notice: Notice) -> None:
        """Tell the customer something, once."""
        if notice not in self.notices:
            self.notices.append(notice)

    def finish(self) -> None:
        """Tell of options that found no item."""
        for mention in self.floating:
            if not self.notices and self.clarification is None:
                self.notices.append(Notice(code="not_in_order", text=mention.text))
