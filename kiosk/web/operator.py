"""The operator's API: what happens now, what was served, and the switches; all of it needs the operator's token."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from kiosk.web import figures
from kiosk.web.access import Credentials, check_operator
from kiosk.web.board import PaidOrder, Seen, StaffCall
from kiosk.web.errors import ApiError
from kiosk.web.schemas import ErrorAnswer
from kiosk.web.server import Server

_REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"model": ErrorAnswer, "description": "No or wrong token"},
    403: {"model": ErrorAnswer, "description": "KIOSK_OPERATOR_TOKEN is not set"},
    404: {"model": ErrorAnswer, "description": "Unknown id"},
}


class Live(BaseModel):
    """What happens now."""

    conversations: list[Seen]
    staff_calls: list[StaffCall]
    orders: list[PaidOrder]
    sold_out: list[str]


class Stock(BaseModel):
    """Whether an item can be sold."""

    sold_out: bool


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
    board = server.conversations.board
    return Live(conversations=board.conversations, staff_calls=board.calls, orders=board.orders, sold_out=sold_out)


@router.post("/staff-calls/{call_id}/done", status_code=204)
async def answer_call(request: Request, call_id: str) -> None:
    """Close a call for a member of staff."""
    if not _server(request).conversations.board.answered(call_id):
        raise ApiError(404, "unknown_call", "call_id: no open call with this id")


@router.post("/orders/{order_id}/handed-over", status_code=204)
async def hand_over(request: Request, order_id: str) -> None:
    """Close an order that the customer has taken."""
    if not _server(request).conversations.board.handed_over(order_id):
        raise ApiError(404, "unknown_order", "order_id: no open order with this id")


@router.put("/stock/{item_id}")
async def set_stock(request: Request, item_id: str, body: Stock) -> Stock:
    """Say that an item is sold out, or that it is there again; it counts for every turn from now on."""
    server = _server(request)
    rules = server.kiosk.rules
    if item_id not in rules.menu.by_id:
        raise ApiError(404, "unknown_item", "item_id: not on the menu")
    if not body.sold_out and rules.menu.by_id[item_id].sold_out:
        raise ApiError(409, "sold_out_in_menu", "item_id: the menu file says sold out; change it there")
    changed = rules.sold_out_now | {item_id} if body.sold_out else rules.sold_out_now - {item_id}
    server.graph.restock(changed)
    return body
