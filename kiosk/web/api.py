"""The HTTP API."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from prometheus_client import CONTENT_TYPE_LATEST

from kiosk.replies import languages
from kiosk.replies.language import FALLBACK
from kiosk.serving.models import EMBEDDED
from kiosk.web.access import Credentials, check_operator
from kiosk.web.menu import menu_view
from kiosk.web.pages import STATIC
from kiosk.web.runs import Run
from kiosk.web.schemas import (
    ChatRequest,
    Conversation,
    ErrorAnswer,
    ModelsStatus,
    ModelStatus,
    OrderAnswer,
    PageSettings,
    PaymentDecision,
    Probe,
    ThreadId,
    TouchRequest,
    View,
)
from kiosk.web.server import Server
from nodes.resources import Kiosk

REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorAnswer, "description": text}
    for status, text in {
        403: "From another site's page, or the operator's APIs are closed",
        413: "Body too large",
        421: "For a host name that is not one of this server's",
        422: "Invalid request",
        429: "Too many requests; see Retry-After",
        500: "Unexpected error; the order is unchanged",
        503: "Busy, storing fails, or stopping; see Retry-After",
    }.items()
}
UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"model": ErrorAnswer, "description": "Unknown id"}}
CONFLICT: dict[int | str, dict[str, Any]] = {409: {"model": ErrorAnswer, "description": "Not possible (any more)"}}
_UNAUTHORIZED: dict[int | str, dict[str, Any]] = {401: {"model": ErrorAnswer, "description": "No or wrong token"}}
_GONE: dict[int | str, dict[str, Any]] = {410: {"model": ErrorAnswer, "description": "The session has ended"}}
_EVENT = {
    "type": "object",
    "description": "one event of the stream; `data` is JSON",
    "required": ["event", "data"],
    "properties": {
        "event": {"enum": ["progress", "reply", "order", "staff", "done", "error"]},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
}
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"text/event-stream": {"schema": _EVENT}},
        "description": (
            "Events: progress {thread_id, node}, reply {thread_id, text, language} (only after validation), order "
            "(the whole order), staff {thread_id, reason, order (in short)}, and "
            "at the end done (a View) or error {reason, message}."
        ),
    }
}

_ORDER = ("ko", "en", "ja", "zh")
"""How the page offers languages; one that is not named stands last."""

router = APIRouter(responses=REFUSALS)
Thread = Annotated[ThreadId, Path(description="The conversation")]


def _server(request: Request) -> Server:
    server: Server = request.app.state.server
    return server


@router.post("/api/chat", tags=["customer"], response_class=StreamingResponse, responses=_STREAM | CONFLICT)
async def chat(request: Request, body: ChatRequest) -> StreamingResponse:
    """Take one turn in the customer's words; what happens comes as server-sent events."""
    conversations = _server(request).conversations
    if body.thread_id is not None:
        # A stream has begun with 200 before anything can be wrong in it.
        await conversations.admit(body.thread_id)
    run = conversations.say(body)
    # A proxy that buffers would hold the events back until the turn is over.
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(run), media_type="text/event-stream", headers=headers)


async def _events(run: Run) -> AsyncIterator[str]:
    async for event in run.follow():
        yield f"event: {event.name}\ndata: {json.dumps(event.data, ensure_ascii=False)}\n\n"


@router.get("/api/chat/models", tags=["operator"])
async def models(request: Request) -> ModelsStatus:
    """Return all endpoints and how they are doing."""
    kiosk = _server(request).kiosk
    current = next((name for name in kiosk.registry.endpoints if _is_available(kiosk, name)), EMBEDDED)
    return ModelsStatus(
        current_model=kiosk.registry.endpoints[current].id,
        models=[
            ModelStatus(
                id=endpoint.id,
                name=endpoint.label,
                supports_tools=endpoint.supports_tools,
                is_current=endpoint.id == current,
                failure_count=kiosk.registry.health.failures(endpoint.id),
                is_available=_is_available(kiosk, endpoint.id),
            )
            for endpoint in kiosk.registry.endpoints.values()
        ],
    )


def _is_available(kiosk: Kiosk, endpoint_id: str) -> bool:
    registry = kiosk.registry
    return endpoint_id not in registry.unavailable and registry.health.blocked(registry.endpoints[endpoint_id]) is None


@router.get("/api/chat/{thread_id}", tags=["customer"], responses=UNKNOWN | _GONE)
async def conversation(request: Request, thread_id: Thread) -> Conversation:
    """Return a conversation as it stands, for a page that is opened again."""
    return await _server(request).conversations.conversation(thread_id)


@router.get("/api/orders/{order_id}", tags=["customer"], responses=UNKNOWN)
async def order(request: Request, order_id: Thread) -> OrderAnswer:
    """Return an order by its id, or the current one of a conversation by the conversation's id."""
    return await _server(request).conversations.order(order_id)


@router.post("/api/orders/{thread_id}/actions", tags=["customer"], responses=CONFLICT)
async def touch(request: Request, thread_id: Thread, body: TouchRequest) -> View:
    """Carry out a tap on the same order and thread that the conversation has; a new id begins one."""
    conversations = _server(request).conversations
    await conversations.admit(thread_id)
    return await conversations.touch(thread_id, body).result()


@router.post(
    "/api/orders/{thread_id}/payment",
    tags=["terminal"],
    responses=UNKNOWN | _UNAUTHORIZED,
    openapi_extra={"security": [{}]},  # beside the token: a simulated terminal needs none
)
async def pay(request: Request, thread_id: Thread, body: PaymentDecision, credentials: Credentials) -> View:
    """Answer for the payment terminal; where it is not simulated, only with the operator token.

    A decision counts for the order and revision that it names, once; a late one changes nothing and is told in words.
    """
    server = _server(request)
    if server.settings.payment_terminal == "external":
        check_operator(server.settings, credentials)
    return await server.conversations.pay(thread_id, body).result()


@router.get("/api/menu", tags=["customer"])
async def menu(request: Request) -> dict[str, Any]:
    """Return the menu with everything a page needs to show and price it."""
    return menu_view(_server(request).kiosk.rules)


@router.get("/api/page", tags=["customer"])
async def page(request: Request) -> PageSettings:
    """Return what the page should know of the operator's settings."""
    settings = _server(request).settings
    known = [code for code in _ORDER if code in languages()]
    others = [code for code in languages() if code not in known]
    shown = [code for code in (*known, *others) if (STATIC / "texts" / f"{code}.json").is_file()]
    first = settings.language if settings.language in shown else FALLBACK
    offered = [first, *(code for code in shown if code != first)]
    return PageSettings(languages=offered, language=first, voice=settings.voice)


@router.get("/metrics", tags=["operations"], response_class=Response)
async def metrics(request: Request) -> Response:
    """Return the counters for Prometheus."""
    server = _server(request)
    server.metrics.outbox(await server.health.waiting())
    return Response(server.metrics.page(), media_type=CONTENT_TYPE_LATEST)


@router.get("/healthz", tags=["operations"], responses={503: {"model": Probe}}, response_model=Probe)
async def healthz(request: Request) -> JSONResponse:
    """Try the conversations, the orders and a turn through the graph, and tell what is not delivered yet."""
    probe = await _server(request).health.probe()
    return JSONResponse(probe.model_dump(mode="json"), 200 if probe.status == "ok" else 503)


@router.get("/readyz", tags=["operations"], responses={503: {"model": Probe}}, response_model=Probe)
async def readyz(request: Request) -> JSONResponse:
    """Tell whether the server takes turns: not yet while it starts, not any more while it stops."""
    server: Server | None = getattr(request.app.state, "server", None)
    status = "starting" if server is None else "stopping" if server.stopping else "ok"
    return JSONResponse(Probe(status=status).model_dump(include={"status", "checks"}), 200 if status == "ok" else 503)
