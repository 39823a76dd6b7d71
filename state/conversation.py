"""The state that the graph's nodes pass on, and its narrow input and output forms."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from langchain_core.messages import AnyMessage
from langgraph.graph.message import add_messages
from typing_extensions import TypedDict

from state.dialogue import Dialogue
from state.order import OrderState
from state.serving import Attempt, Fallback, RequestAnalysis, Response, Selection

Verdict = Literal["accept", "checkout", "retry", "fallback"]


class Payment(TypedDict):
    """What the payment terminal decided, and for which state of which order.

    `amount` (minor units), the terminal's own id of the payment and that of its message are there where it gave them.
    """

    decision: Literal["approve", "reject", "timeout"]
    order_id: str
    revision: int
    amount: NotRequired[int]
    payment_id: NotRequired[str]
    webhook_id: NotRequired[str]


Contacts = dict[str, str]
"""Placeholders of what the till needs: `cup_name`, `loyalty_phone`, `member_id`, `receipt_email`; never the values."""


def said_last(_: Payment | None, payment: Payment | None) -> Payment | None:
    """Keep the last word: a decision whose turn failed stays beside the one that is said again."""
    return payment


class InputState(TypedDict):
    """What a caller passes in."""

    messages: Annotated[list[AnyMessage], add_messages]


class OutputState(TypedDict):
    """What a caller gets back."""

    messages: Annotated[list[AnyMessage], add_messages]
    order: OrderState
    response: Response


class ConversationState(OutputState):
    """Everything that a checkpoint holds; keys after `spent_usd` are the turn's scratch and start anew with each turn.

    `spent_usd` is what models have cost in this conversation, estimates of tries that were cut short included.
    `allergy` tells whether the turn says that somebody has an allergy. `issues` holds what was wrong with the last
    proposal, or why the turn cannot be read at all; `proposal` and `issues` are empty again when the turn is over, the
    rest stays small and tells how the last turn was served.
    """

    dialogue: Dialogue
    contacts: Contacts
    spent_usd: float
    started_at: str
    analysis: RequestAnalysis
    allergy: bool
    selection: Selection
    attempts: list[Attempt]
    fallbacks: list[Fallback]
    proposal: dict[str, Any] | None
    issues: list[str]
    verdict: Verdict
    payment: Annotated[Payment | None, said_last]
