"""A payment terminal that takes no money: it hears what is to be paid and answers as it was told to, over the wire."""

from __future__ import annotations

import json
import logging
import secrets
import threading
import time
from collections.abc import Sequence
from itertools import cycle
from typing import Any, Literal, get_args

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kiosk.till.signing import SignatureError, sign, verify

_LOG = logging.getLogger(__name__)

Behaviour = Literal["approve", "decline", "timeout", "double", "silent"]
"""`double`: approves twice, with two payments; `timeout`: says that nobody paid; `silent`: never answers."""
BEHAVIOURS: tuple[Behaviour, ...] = get_args(Behaviour)

_TRIES = 8
_PAUSE_S = 0.25
_DECISIONS: dict[Behaviour, tuple[str, ...]] = {
    "approve": ("approve",),
    "decline": ("decline",),
    "timeout": ("timeout",),
    "double": ("approve", "approve"),
    "silent": (),
}


class SimulatedTerminal:
    """Answers payment requests of a kiosk server, one behaviour after the other and then from the first again.

    `taken` and `given_back` are the payments that it took and gave back, by their ids; amounts are minor units.
    """

    def __init__(
        self, server: str, secret: str, behaviours: Sequence[Behaviour] = ("approve",), delay_s: float = 0.0
    ) -> None:
        """Wait for requests.

        Args:
            server: Where the kiosk's API is.
            secret: What both sides sign with.
            behaviours: How to answer the first request, the second one, and so on.
            delay_s: How long a customer takes to pay.
        """
        self.taken: dict[str, int] = {}
        self.given_back: dict[str, int | None] = {}
        self._server = server.rstrip("/")
        self._secret = secret
        self._behaviours = cycle(behaviours)
        self._delay_s = delay_s
        self._client = httpx.Client(timeout=10.0)
        self._heard: set[str] = set()
        self._mutex = threading.Lock()
        self.app = Starlette(routes=[Route("/{path:path}", self._hear, methods=["POST"])])

    def connect(self, server: str) -> None:
        """Answer to another server from now on."""
        self._server = server.rstrip("/")

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    async def _hear(self, request: Request) -> Response:
        body = await request.body()
        try:
            key = verify(self._secret, request.headers, body)
        except SignatureError:
            return Response(status_code=401)
        message = json.loads(body)
        with self._mutex:
            is_new = key not in self._heard
            self._heard.add(key)
        if is_new and message["type"] == "payment_requested":
            threading.Thread(target=self._answer, args=(message, next(self._behaviours)), daemon=True).start()
        if message["type"] == "refund_due":
            self.given_back[str(message["payment_id"])] = message["amount"]
        return Response(status_code=204)

    def _answer(self, asked: dict[str, Any], behaviour: Behaviour) -> None:
        time.sleep(self._delay_s)
        for decision in _DECISIONS[behaviour]:
            payment_id = secrets.token_hex(8)
            said = {"decision": decision, "revision": asked["revision"], "payment_id": payment_id}
            if decision == "approve":
                self.taken[payment_id] = asked["amount"]
                said["amount"] = asked["amount"]
            self._say(asked["order_id"], said)

    def _say(self, order_id: str, said: dict[str, Any]) -> None:
        """Tell the kiosk until it has heard; every try is signed anew and has the same id."""
        body, webhook_id = json.dumps(said).encode(), secrets.token_hex(8)
        for again in range(_TRIES):
            headers = {"Content-Type": "application/json", **sign(self._secret, webhook_id, body)}
            try:
                answer = self._client.post(f"{self._server}/api/payments/{order_id}", content=body, headers=headers)
            except httpx.HTTPError as error:
                _LOG.warning("the kiosk did not hear: %s", type(error).__name__)
            else:
                if answer.status_code < 500 and answer.status_code != 429:
                    return
            time.sleep(_PAUSE_S * 2**again)
