"""The operator's API: what happens now, what it cost, and the switches. Every request needs the operator's token."""

from __future__ import annotations

import asyncio
import csv
import io
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel

from kiosk.desk import SessionStatus
from kiosk.serving.ledger import today
from kiosk.serving.report import Report, load_words
from kiosk.storage.database import database
from kiosk.storage.statistics import read_alerts, read_figures
from kiosk.web.access import Credentials, check_operator
from kiosk.web.board import PaidOrder
from kiosk.web.errors import ApiError
from kiosk.web.schemas import ErrorAnswer, OrderSummary
from kiosk.web.server import Server

Days = Annotated[Literal["1", "7", "30"], Query(description="days that count, today included")]
_COLUMNS = ("day", "provider", "requests", "successes", "latency_ms", "input_tokens", "output_tokens", "cost_usd")
_REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"model": ErrorAnswer, "description": "No or wrong token"},
    403: {"model": ErrorAnswer, "description": "KIOSK_OPERATOR_TOKEN is not set"},
    404: {"model": ErrorAnswer, "description": "Unknown id"},
}


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


class Live(BaseModel):
    """What happens now."""

    conversations: list[LiveSession]
    staff_calls: list[LiveCall]
    orders: list[PaidOrder]
    sold_out: list[str]


class Stock(BaseModel):
    """Whether an item can be sold."""

    sold_out: bool


def _operator(request: Request, credentials: Credentials) -> None:
    server: Server = request.app.state.server
    check_operator(server.settings, credentials)


router = APIRouter(prefix="/api/operator", tags=["operator"], dependencies=[Depends(_operator)], responses=_REFUSALS)


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
    return Live(
        conversations=[LiveSession(**vars(one), updated_at=one.seen_at) for one in sessions],
        staff_calls=[LiveCall(id=call.call_id, **vars(call)) for call in calls],
        orders=server.conversations.board.orders,
        sold_out=sold_out,
    )


@router.get("/report")
async def report(request: Request, days: Days = "1", language: Literal["ko", "en"] = "ko") -> dict[str, Any]:
    """Return what the models did and cost, with recommendations."""
    words = load_words(language)
    found = await asyncio.to_thread(_read, _server(request).settings.database_url, days)
    return found.to_dict(words)


@router.get("/report.csv", response_class=Response)
async def report_csv(request: Request, days: Days = "30") -> Response:
    """Return the days of the report as a table for other programs."""
    found = await asyncio.to_thread(_read, _server(request).settings.database_url, days)
    table = io.StringIO()
    writer = csv.DictWriter(table, _COLUMNS, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(found.to_dict(load_words("en"))["days"])
    headers = {"Content-Disposition": f'attachment; filename="kiosk-{days}-days.csv"'}
    return Response(table.getvalue(), media_type="text/csv", headers=headers)


@router.post("/staff-calls/{call_id}/done", status_code=204)
async def answer_call(request: Request, call_id: str) -> None:
    """Close a call for a member of staff."""
    if not await asyncio.to_thread(_server(request).kiosk.desk.answer, call_id):
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


def _read(url: str, days: str) -> Report:
    since = today() - timedelta(days=int(days) - 1)
    with database(url) as engine:
        return Report(read_figures(engine, since), read_alerts(engine), datetime.now().astimezone())
