"""The payment terminal's side: its signed messages, and requests that it never answered."""

from __future__ import annotations

import asyncio
import logging
import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kiosk.storage import StorageError
from kiosk.storage.faults import faults
from kiosk.till import TERMINAL_ID, Decision, DecisionKind, SettlementOutcome
from kiosk.till.decisions import REFUSED
from kiosk.till.signing import SignatureError, verify
from kiosk.web.errors import ApiError
from kiosk.web.schemas import ErrorAnswer, ThreadId
from kiosk.web.server import Server

_LOG = logging.getLogger(__name__)

EVERY_S = 1.0
"""How often the server looks for payment requests whose time is over."""

_KINDS: dict[str, DecisionKind] = {"approve": "approve", "decline": "reject", "timeout": "timeout"}
_REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"model": ErrorAnswer, "description": "No signature, a wrong one, or one that is too old"},
    403: {"model": ErrorAnswer, "description": "KIOSK_TERMINAL_SECRET is not set"},
    404: {"model": ErrorAnswer, "description": "Unknown order"},
    413: {"model": ErrorAnswer, "description": "Body too large"},
    422: {"model": ErrorAnswer, "description": "Invalid request"},
    429: {"model": ErrorAnswer, "description": "Too many requests; see Retry-After"},
    500: {"model": ErrorAnswer, "description": "Unexpected error; send the message again"},
    503: {"model": ErrorAnswer, "description": "It cannot be recorded now; send the message again"},
}
router = APIRouter(tags=["terminal"], responses=_REFUSALS)


class TerminalMessage(BaseModel):
    """What the terminal decided; `payment_id` is its own id of the payment, the same whenever it says it again."""

    model_config = ConfigDict(extra="forbid")

    decision: Literal["approve", "decline", "timeout"]
    revision: Annotated[int, Field(ge=0, le=2**31 - 1)]
    amount: Annotated[int, Field(ge=0, le=2**53)] | None = None
    payment_id: Annotated[str, Field(pattern=TERMINAL_ID)] | None = None


class TerminalAnswer(BaseModel):
    """What became of a decision; with `refund_due` the terminal has to give the money back."""

    outcome: SettlementOutcome
    refund_due: bool
    number: int | None = None


# The signature is over the bytes, so the body is read by hand and documented by hand.
_BODY = {"required": True, "content": {"application/json": {"schema": TerminalMessage.model_json_schema()}}}


@router.post("/api/payments/{order_id}", openapi_extra={"requestBody": _BODY})
async def decide(request: Request, order_id: Annotated[ThreadId, Path(description="The order")]) -> TerminalAnswer:
    """Take a decision of the payment terminal, signed as Standard Webhooks are; the same one again changes nothing."""
    server: Server = request.app.state.server
    body = await request.body()
    webhook_id = _signed(server, request, body)
    book = await asyncio.to_thread(lambda: server.kiosk.till.book)
    outcome = await asyncio.to_thread(book.outcome_of, webhook_id)
    if outcome is None:
        outcome = await _carry_out(server, order_id, webhook_id, _read(body))
        found = await asyncio.to_thread(book.find, order_id)
    elif (found := await asyncio.to_thread(book.find, order_id)) is not None and found.thread_id is not None:
        await server.conversations.catch_up(found.thread_id)
    number = found.number if found is not None and outcome in ("paid", "already_paid") else None
    return TerminalAnswer(outcome=outcome, refund_due=outcome in REFUSED, number=number)


def _signed(server: Server, request: Request, body: bytes) -> str:
    secret = server.settings.terminal_secret
    if secret is None:
        raise ApiError(403, "terminal_closed", "KIOSK_TERMINAL_SECRET: not set; set it and restart to open this")
    try:
        webhook_id = verify(secret.get_secret_value(), request.headers, body)
    except SignatureError as error:
        raise ApiError(401, "bad_signature", str(error)) from None
    if not re.fullmatch(TERMINAL_ID, webhook_id):
        raise ApiError(422, "invalid_request", "webhook-id: use up to 128 letters, digits and . _ : -")
    return webhook_id


def _read(body: bytes) -> TerminalMessage:
    try:
        return TerminalMessage.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "body"
        raise ApiError(422, "invalid_request", f"{field}: {first['msg']}") from None


async def _carry_out(server: Server, order_id: str, webhook_id: str, message: TerminalMessage) -> SettlementOutcome:
    decision = Decision(
        _KINDS[message.decision], order_id, message.revision, message.amount, message.payment_id, webhook_id
    )
    book = server.kiosk.till.book
    found = await asyncio.to_thread(book.find, order_id)
    if found is None:
        raise ApiError(404, "unknown_order", "order_id: no order with this id was asked to be paid")
    await server.conversations.settle(found, decision)
    return await asyncio.to_thread(book.outcome_of, webhook_id) or "nothing"


class Deadlines:
    """Gives up payment requests that nobody has answered in time; the cart is kept."""

    def __init__(self, server: Server, every_s: float = EVERY_S) -> None:
        """Start nothing yet."""
        self._server = server
        self._every_s = every_s
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._run(), name="kiosk-payment-deadlines")

    async def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await self._give_up()
                faults.over("payments")
            except StorageError as error:
                faults.report("payments", error)
            except Exception as error:
                _LOG.error("a payment request could not be given up: %s", type(error).__name__)

    async def _give_up(self) -> None:
        settings, till = self._server.settings, self._server.kiosk.till
        before = datetime.now(UTC) - timedelta(seconds=settings.payment_timeout_s)
        problem: StorageError | None = None
        for order in await asyncio.to_thread(till.book.overdue, settings.kiosk_id, before):
            decision = Decision("timeout", order.order_id, order.revision)
            try:
                await self._server.conversations.settle(order, decision)
            except StorageError as error:
                # A conversation that is damaged must not keep the others waiting.
                problem = error
        if problem is not None:
            raise problem
