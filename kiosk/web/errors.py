"""Refusals as clients get them: JSON with a reason for programs, a sentence for people, and when to come back."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graph import StorageError, ThreadBusyError
from kiosk.storage.faults import faults

_LOG = logging.getLogger(__name__)

STORAGE_RETRY_S = 5
BUSY_RETRY_S = 2

_HTTP_REASONS = {
    404: "not_found",
    405: "method_not_allowed",
    401: "unauthorized",
    403: "forbidden",
}


class ApiError(Exception):
    """A request that is not carried out; `reason` is for programs, the text names the field and the remedy."""

    def __init__(self, status: int, reason: str, message: str, retry_after_s: int | None = None) -> None:
        """Take what the client gets to know."""
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message
        self.retry_after_s = retry_after_s

    @property
    def body(self) -> dict[str, Any]:
        """The JSON that the client gets."""
        waits = {"retry_after_s": self.retry_after_s} if self.retry_after_s is not None else {}
        return {"error": {"reason": self.reason, "message": self.message, **waits}}

    def response(self) -> JSONResponse:
        """Return the answer to the request."""
        headers = {"Retry-After": str(self.retry_after_s)} if self.retry_after_s is not None else {}
        if self.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return JSONResponse(self.body, self.status, headers)


def as_api_error(error: Exception) -> ApiError:
    """Return what a client may know of an error."""
    match error:
        case ApiError():
            return error
        case RequestValidationError():
            # The value itself may be a customer's; field and problem are enough to mend the request.
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"] if part != "body") or "body"
            return ApiError(422, "invalid_request", f"{field}: {first['msg']}")
        case HTTPException(status_code=400):
            return ApiError(422, "invalid_request", f"body: {error.detail}")
        case HTTPException():
            reason = _HTTP_REASONS.get(error.status_code, "http_error")
            return ApiError(error.status_code, reason, str(error.detail))
        case ThreadBusyError():
            return ApiError(503, "busy", "another turn of this conversation is still running; try again", BUSY_RETRY_S)
        case StorageError():
            return ApiError(503, "storage", "conversations cannot be stored right now; try again", STORAGE_RETRY_S)
    return ApiError(500, "internal", "something went wrong here; the order is unchanged, try again or call staff")


def reported(error: Exception) -> ApiError:
    """Return what a client may know of an error; the log gets its class and place, never a customer's words."""
    answer = as_api_error(error)
    if isinstance(error, StorageError):
        faults.report("turns", error)
    elif answer.status == 500 and answer is not error:
        _LOG.error("request failed: %s in %s", type(error).__name__, _place(error))
    return answer


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace is not None else "?"


def install(app: FastAPI) -> None:
    """Let every refusal of the app have the same shape."""
    for kind in (ApiError, StorageError, ThreadBusyError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _refused)


class Caught:
    """Answers what nobody foresaw; the server around it would log the whole error, with what a customer said in it."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:
            answer = reported(error).response()
            if scope["type"] == "http" and not started:
                await answer(scope, receive, send)


async def _refused(request: Request, error: Exception) -> JSONResponse:
    answer = reported(error).response()
    answer.headers.update(getattr(error, "headers", None) or {})
    return answer
