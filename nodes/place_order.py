"""place_order: carry out what the payment terminal decided, exactly once."""

from __future__ import annotations

from langchain_core.runnables import RunnableConfig

from kiosk.ordering import from_state, to_state
from kiosk.ordering.operations import reopen
from kiosk.replies import PaymentKind
from kiosk.till import Settlement, SettlementOutcome
from nodes.answers import decided
from nodes.resources import Kiosk, Update
from nodes.till import as_paid, paid_meanwhile, settled
from state import ConversationState, OrderState, Payment

_KINDS: dict[SettlementOutcome, PaymentKind] = {
    "declined": "declined",
    "timed_out": "timed_out",
    "late": "late",
    "wrong_amount": "late",
    "sold_out": "sold_out",
}


async def place_order(kiosk: Kiosk, state: ConversationState, config: RunnableConfig) -> Update:
    """Close the order that was paid, or give it back to the customer.

    An approval counts for one revision of one order. The same one again changes nothing; one for an order that has
    changed since, or that holds what is sold out by now, is refused in words, and the money is reported for refund.

    Raises:
        StorageError: The decision cannot be recorded; nothing has changed, and the terminal may say it again.
    """
    order, payment = state["order"], state.get("payment")
    if payment is None:
        return {"payment": None}
    settlement = await settled(kiosk, state, payment)
    if settlement.number is not None and order["order_id"] == payment["order_id"] and order["status"] != "paid":
        return decided(kiosk, state, as_paid(order, settlement.number), "approved")
    if (paid := await paid_meanwhile(kiosk, order)) is not None:
        # A second payment was refused, and the turn of the first one was lost.
        return decided(kiosk, state, paid, "approved")
    kind = _KINDS.get(_outcome(order, payment, settlement))
    if kind is None:
        return {"payment": None}
    return decided(kiosk, state, _reopened(kiosk, order), kind)


def _outcome(order: OrderState, payment: Payment, settlement: Settlement) -> SettlementOutcome:
    """Return what the customer is told: where the till waits no more and the order does, its turn was lost."""
    waits = (order["order_id"], order["revision"], order["status"])
    if settlement.outcome != "nothing" or waits != (payment["order_id"], payment["revision"], "awaiting_payment"):
        return settlement.outcome
    return "timed_out" if payment["decision"] == "timeout" else "declined"


def _reopened(kiosk: Kiosk, order: OrderState) -> OrderState:
    """Give an order back to the customer; one that does not wait stays as it is."""
    if order["status"] != "awaiting_payment":
        return order
    return to_state(reopen(from_state(order)), kiosk.rules.menu)
