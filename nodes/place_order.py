"""place_order: carry out what the payment terminal decided, exactly once."""

from __future__ import annotations

from langchain_core.runnables import RunnableConfig

from kiosk.ordering import Order, OrderError, from_state
from kiosk.ordering.operations import mark_paid, reopen
from nodes.answers import decided
from nodes.resources import Kiosk, Update
from state import ConversationState, Payment


async def place_order(kiosk: Kiosk, state: ConversationState, config: RunnableConfig) -> Update:
    """Close the order that was paid, or give it back to the customer.

    An approval counts for one revision of one order. A second one for the same order changes nothing, and one for an
    order that has changed since is refused in words.
    """
    order, payment = from_state(state["order"]), state.get("payment")
    if payment is None or _is_settled(order, payment):
        return {"payment": None}
    if payment["decision"] == "reject":
        return decided(kiosk, state, reopen(order), "declined")
    try:
        if payment["order_id"] != order.order_id:
            raise OrderError("closed_order", "order_id", payment["order_id"])
        return decided(kiosk, state, mark_paid(order, payment["revision"]), "approved")
    except OrderError:
        return decided(kiosk, state, reopen(order), "late")


def _is_settled(order: Order, payment: Payment) -> bool:
    """Tell whether there is nothing left to do: the order is paid already, or a rejection finds nothing to reject."""
    if payment["decision"] == "reject":
        return order.status != "awaiting_payment"
    return order.status == "paid" and payment["order_id"] == order.order_id
