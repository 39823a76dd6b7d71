"""The operator's API: what happens now, what was served, and the switches; all of it needs the operator's token."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool

from kiosk.desk import SessionStatus
from kiosk.web import figures
from kiosk.web.access import Credentials, check_operator
from kiosk.web.errors import ApiError
from kiosk.web.schemas import ErrorAnswer, OrderSummary
from kiosk.web.server import Server
from state import OrderState

_REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"model": ErrorAnswer, "description": "No or wrong token"},
    403: {"model": ErrorAnswer, "description": "KIOSK_OPERATOR_TOKEN is not set"},
    404: {"model": ErrorAnswer, "description": "Unknown id"},
}


class PaidOrder(BaseModel):
    """An order that is paid and not handed over yet."""

    model_config = ConfigDict(from_attributes=True)

    number: Annotated[str, BeforeValidator(str)]
    thread_id: str | None
    order: Annotated[OrderState, Field(validation_alias="state")]
    paid_at: datetime


class LiveSession(BaseModel):
    """A customer's session as it stood after the last turn; `updated_at` is the customer's last sign."""

    thread_id: str
    kiosk_id: str
    status: SessionStatus
    language: str
    started_at: datetime
    updated_at: datetime
    order_status: str | None
    units: int
    total: int
    currency: str


class LiveCall(BaseModel):
    """Somebody should look after a customer; `order` is the order as it stood."""

    id: str
    thread_id: str
    kiosk_id: str
    reason: str
    order: OrderSummary
    called_at: datetime


class Refund(BaseModel):
    """A payment that has to be given back; `amount` is in minor units, null where the terminal did not say."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    order_id: str
    revision: int
    amount: int | None
    payment_id: str | None
    reason: str | None


class Live(BaseModel):
    """What happens now."""

    conversations: list[LiveSession]
    staff_calls: list[LiveCall]
    orders: list[PaidOrder]
    refunds: list[Refund]
    sold_out: list[str]


class Cancellation(BaseModel):
    """Why an order is cancelled, as a code for the books."""

    reason: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,64}$")] = "by_staff"


class Stock(BaseModel):
    """Whether an item can be sold."""

    sold_out: StrictBool


def _operator(request: Request, credentials: Credentials) -> None:
    server: Server = request.app.state.server
    check_operator(server.settings, credentials)


router = APIRouter(prefix="/api/operator", tags=["operator"], dependencies=[Depends(_operator)], responses=_REFUSALS)
router.include_router(figures.router)


def _server(request: Request) -> Server:
    server: Server = request.app.state.server
    return server


@router.get("/live")
async def live(request: Request) -> Live:
    """Return the last conversations, open calls, orders to hand over, and what is sold out."""
    server = _server(request)
    rules = server.kiosk.rules
    sold_out = [item.id for item in rules.menu.items if rules.is_sold_out(item.id)]
    sessions = await asyncio.to_thread(server.kiosk.desk.recent)
    calls = await asyncio.to_thread(server.kiosk.desk.open_calls)
    waiting = await asyncio.to_thread(server.kiosk.till.book.to_hand_over)
    return Live(
        conversations=[LiveSession(**vars(one), updated_at=one.seen_at) for one in sessions],
        staff_calls=[LiveCall(id=call.call_id, **vars(call)) for call in calls],
        orders=[PaidOrder.model_validate(order) for order in waiting],
        refunds=await _refunds(server),
        sold_out=sold_out,
    )


@router.post("/staff-calls/{call_id}/done", status_code=204)
async def answer_call(request: Request, call_id: str) -> None:
    """Close a call for a member of staff."""
    if not await asyncio.to_thread(_server(request).kiosk.desk.answer, call_id):
        raise ApiError(404, "unknown_call", "call_id: no open call with this id")


@router.post("/orders/{order_id}/handed-over", status_code=204)
async def hand_over(request: Request, order_id: str) -> None:
    """Close an order that the customer has taken."""
    if not await asyncio.to_thread(_server(request).kiosk.till.book.hand_over, order_id):
        raise ApiError(404, "unknown_order", "order_id: no open order with this id")


@router.post("/orders/{order_id}/cancel", status_code=204)
async def cancel(request: Request, order_id: str, body: Cancellation) -> None:
    """Cancel a paid order: the kitchen is told, and its money is due back."""
    if not await asyncio.to_thread(_server(request).kiosk.till.book.cancel, order_id, body.reason):
        raise ApiError(404, "unknown_order", "order_id: no paid order with this id")


@router.get("/refunds")
async def refunds(request: Request) -> list[Refund]:
    """Return the payments that have to be given back."""
    return await _refunds(_server(request))


@router.post("/refunds/{order_id}/done", status_code=204)
async def refunded(request: Request, order_id: str, payment_id: str | None = None) -> None:
    """Note that what was due of an order, or of one payment of it, was given back."""
    if not await asyncio.to_thread(_server(request).kiosk.till.book.refunded, order_id, payment_id):
        raise ApiError(404, "unknown_refund", "order_id: nothing is due of this order")


@router.put("/stock/{item_id}")
async def set_stock(request: Request, item_id: str, body: Stock) -> Stock:
    """Say that an item is sold out, or that it is there again; it counts for every turn from now on."""
    server = _server(request)
    rules = server.kiosk.rules
    if item_id not in rules.menu.by_id:
        raise ApiError(404, "unknown_item", "item_id: not on the menu")
    if not body.sold_out and rules.menu.by_id[item_id].sold_out:
        raise ApiError(409, "sold_out_in_menu", "item_id: the menu file says sold out; change it there")
    await asyncio.to_thread(server.kiosk.till.set_sold_out, item_id, body.sold_out)
    return body


async def _refunds(server: Server) -> list[Refund]:
    due = await asyncio.to_thread(server.kiosk.till.book.refunds_due)
    return [Refund.model_validate(event) for event in due]
