"""The till around a turn: what is to be paid and what is void is recorded before the turn is saved."""

from __future__ import annotations

import asyncio
from functools import partial

from kiosk.till import Decision, Sale, Settlement
from nodes.background import background
from nodes.resources import Kiosk, Update, thread_id
from state import ConversationState, OrderState, Payment


async def recorded(kiosk: Kiosk, state: ConversationState, update: Update) -> Update:
    """Record what a turn's end means for the payment of its order, and return the turn's end.

    Raises:
        StorageError: It cannot be recorded; the turn does not count.
    """
    before, after = state["order"], update.get("order", state["order"])
    if after["status"] == "awaiting_payment" and after != before:
        await background.run(asyncio.to_thread(kiosk.till.request, sale(state, after)))
    elif before["status"] == "awaiting_payment" != after["status"]:
        cancelled = after["status"] == "cancelled"
        await background.run(asyncio.to_thread(kiosk.till.void, before, cancelled=cancelled))
    return update


async def paid_meanwhile(kiosk: Kiosk, order: OrderState) -> OrderState | None:
    """Return an order as paid that awaits payment here and was paid; its turn was lost after the money was taken.

    Raises:
        StorageError: The till cannot be asked.
    """
    if order["status"] != "awaiting_payment":
        return None
    number = await background.run(asyncio.to_thread(kiosk.till.paid_number, order))
    return None if number is None else as_paid(order, number)


async def abandoned(kiosk: Kiosk, state: ConversationState) -> None:
    """Take back the payment request of a customer who has left.

    Raises:
        StorageError: It cannot be recorded; the turn does not count.
    """
    if state["order"]["status"] == "awaiting_payment":
        await background.run(asyncio.to_thread(partial(kiosk.till.void, state["order"], cancelled=True)))


async def settled(kiosk: Kiosk, state: ConversationState, payment: Payment) -> Settlement:
    """Carry out what the terminal decided.

    Raises:
        StorageError: It cannot be recorded; the terminal may say it again.
    """
    decision = Decision(
        payment["decision"],
        payment["order_id"],
        payment["revision"],
        payment.get("amount"),
        payment.get("payment_id"),
        payment.get("webhook_id"),
    )
    return await background.run(asyncio.to_thread(kiosk.till.settle, sale(state, state["order"]), decision))


async def look_at_stock(kiosk: Kiosk) -> None:
    """Learn what other processes have sold out."""
    if kiosk.till.is_stale:
        await background.run(asyncio.to_thread(kiosk.till.look))


def sale(state: ConversationState, order: OrderState) -> Sale:
    """Return an order with what the till needs to know about its conversation."""
    return Sale(thread_id(), order, state["dialogue"]["language"], state.get("contacts", {}))


def as_paid(order: OrderState, number: int) -> OrderState:
    """Return a paid order; its lines and prices are those that the customer was told."""
    return {**order, "status": "paid", "number": str(number)}
