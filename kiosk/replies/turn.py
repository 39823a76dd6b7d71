"""What a reply is made from, and what it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kiosk.ordering import Order, Outcome, Rules, TurnProposal
from state import Dialogue

StaffReason = Literal["requested", "over_hard_cap", "misunderstood"]


@dataclass(frozen=True)
class Turn:
    """One turn: the order before it, what was understood, what came of it, and the talk so far."""

    language: str
    rules: Rules
    before: Order
    proposal: TurnProposal
    outcome: Outcome
    dialogue: Dialogue


@dataclass(frozen=True)
class Reply:
    """What the kiosk says, what the talk is about from now on, and why a person should come, if one should."""

    text: str
    dialogue: Dialogue
    needs_staff: StaffReason | None = None
