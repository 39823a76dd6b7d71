"""What a reply is made from, and what it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kiosk.ordering import Order, Outcome, Rules, TurnProposal
from state import Dialogue

StaffReason = Literal["requested", "allergy", "over_hard_cap", "misunderstood", "safe", "refund"]
"""Why a person should come: asked for, an allergy that the menu cannot answer for, more than the kiosk may sell, two
turns in a row that were not understood, or nobody left who could answer (`safe`)."""


@dataclass(frozen=True)
class Turn:
    """One turn: the order before it, what was understood, what came of it, and the talk so far.

    `allergy`: the customer has told of an allergy in this turn.
    """

    language: str
    rules: Rules
    before: Order
    proposal: TurnProposal
    outcome: Outcome
    dialogue: Dialogue
    allergy: bool = False


@dataclass(frozen=True)
class Reply:
    """What the kiosk says, what the talk is about from now on, and why a person should come, if one should."""

    text: str
    dialogue: Dialogue
    needs_staff: StaffReason | None = None
