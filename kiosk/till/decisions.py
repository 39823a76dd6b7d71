"""What is to be paid, what a payment terminal decides about it, and what becomes of the decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from state import OrderState

DecisionKind = Literal["approve", "reject", "timeout"]
SettlementOutcome = Literal[
    "paid", "already_paid", "declined", "timed_out", "late", "sold_out", "wrong_amount", "nothing"
]

TERMINAL_ID = r"^[A-Za-z0-9._:-]{1,128}$"
"""Ids that a terminal may give: of its payments, and of its messages."""

REFUSED: frozenset[SettlementOutcome] = frozenset({"late", "sold_out", "wrong_amount"})
"""Outcomes of an approval that does not count: the money that the terminal took goes back."""


@dataclass(frozen=True)
class Sale:
    """An order as it was read back to the customer, and whose it is.

    `contacts` are placeholders of what the till needs; the values stay in the vault.
    """

    thread_id: str
    order: OrderState
    language: str
    contacts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """What a terminal decided about one revision of one order.

    `amount` (minor units) and `payment_id`, the terminal's own id of the payment, are None where it does not say.
    `webhook_id` is the id of the message that brought it: what was decided upon it is kept with the decision.
    """

    kind: DecisionKind
    order_id: str
    revision: int
    amount: int | None = None
    payment_id: str | None = None
    webhook_id: str | None = None

    @property
    def key(self) -> str:
        """Tells this payment from others; a terminal without ids of its own pays a revision once."""
        return self.payment_id or f"{self.order_id}:{self.revision}"


@dataclass(frozen=True)
class Settlement:
    """What became of a decision; `number` is that of a paid order."""

    outcome: SettlementOutcome
    number: int | None = None

    @property
    def refund_due(self) -> bool:
        """Tell whether the terminal took money that is not ours."""
        return self.outcome in REFUSED
