"""The API of customers' sessions."""

from __future__ import annotations

from fastapi import APIRouter, Request

from kiosk.web.api import CONFLICT, REFUSALS, UNKNOWN, Thread
from kiosk.web.schemas import SessionEnd, SessionRequest, SessionView
from kiosk.web.server import Server
from kiosk.web.sessions import Sessions

router = APIRouter(prefix="/api/sessions", tags=["customer"], responses=REFUSALS)


def _sessions(request: Request) -> Sessions:
    server: Server = request.app.state.server
    return server.sessions


@router.post("", status_code=201)
async def begin(request: Request, body: SessionRequest) -> SessionView:
    """Begin a customer's session; its `thread_id` goes with every turn."""
    return await _sessions(request).begin(body.language)


@router.post("/{thread_id}/idle", responses=UNKNOWN | CONFLICT)
async def warned(request: Request, thread_id: Thread) -> SessionView:
    """Tell that the customer was asked whether anybody is there; the next turn says that somebody is."""
    return await _sessions(request).warned(thread_id)


@router.post("/{thread_id}/end", responses=UNKNOWN)
async def end(request: Request, thread_id: Thread, body: SessionEnd) -> SessionView:
    """End a session: what is not paid is cancelled, what was told of the customer is erased, and nobody can go on.

    To end it again changes nothing.
    """
    return await _sessions(request).end(thread_id, body.reason)
