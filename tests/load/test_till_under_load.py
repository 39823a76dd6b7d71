"""Many customers at once order and pay at one server: nobody is refused, and its memory stays as it is.

`make load-till` has 200 customers at once and prints how long a turn takes (docs/load.md); CI a few dozen.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import random
import time
import uuid
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil  # type: ignore[import-untyped]
import pytest

from kiosk.till.signing import sign
from tests.load.kiosk_process import TERMINAL_SECRET, KioskProcess, database_for
from tests.load.shop import Cart, MenuCard, cart_of
from tests.receiver import Kitchen
from tests.web_server import events

pytestmark = pytest.mark.load

LOG = logging.getLogger(__name__)

ASKED_FOR = os.environ.get("KIOSK_TEST_CUSTOMERS")
CUSTOMERS = int(ASKED_FOR or "40")
WAVES = 6 if ASKED_FOR else 3
THINK_S = 10.0
"""The longest that a customer of the long form thinks before a turn, in the last of its waves."""
ENOUGH_S = 120.0
SEED = 20260501

WORDS = ("안녕하세요", "라떼 두 잔 주세요", "아이스로 주세요", "쿠키도 하나 주세요", "결제할게요")
ORDERED = Cart({("latte", (("temperature", "iced"),)): 2, ("cookie", ()): 1})


@dataclass
class Measured:
    """How long each turn of a wave took, and how long the wave."""

    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def percentile(self, share: float) -> float:
        """Return the time that so large a share of the turns did not need, in milliseconds."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000

    def __str__(self) -> str:
        per_second = len(self.latencies) / self.seconds
        shares = " | ".join(f"{self.percentile(share):.0f}" for share in (0.5, 0.95, 0.99))
        return f"{len(self.latencies)} | {self.seconds:.1f} | {per_second:.0f} | {shares}"


class Crowd:
    """Customers who all come at once, each with an order of five sentences and a card."""

    def __init__(self, url: str, think_s: float = 0.0) -> None:
        limits = httpx.Limits(max_connections=CUSTOMERS, max_keepalive_connections=CUSTOMERS)
        self._client = httpx.AsyncClient(base_url=url, timeout=ENOUGH_S, limits=limits)
        self._think_s = think_s
        self._total = MenuCard().total(ORDERED)
        self._chance = random.Random(SEED)

    async def come(self) -> Measured:
        measured, began = Measured(), time.monotonic()
        async with self._client:
            await asyncio.gather(*(self._customer(measured) for _ in range(CUSTOMERS)))
        measured.seconds = time.monotonic() - began
        return measured

    async def _customer(self, measured: Measured) -> None:
        thread_id, view = uuid.uuid4().hex, None
        for words in WORDS:
            await asyncio.sleep(self._chance.uniform(0, self._think_s))
            view = await self._say(thread_id, words, measured)
        assert view is not None
        assert cart_of(view["order"]["lines"]) == ORDERED, view["order"]
        assert view["payment"]["amount"] == self._total
        await asyncio.sleep(self._chance.uniform(0, self._think_s))
        answer = await self._approve(view["payment"], measured)
        assert answer["outcome"] == "paid", answer

    async def _say(self, thread_id: str, words: str, measured: Measured) -> Any:
        body = {"message": words, "thread_id": thread_id, "request_id": uuid.uuid4().hex}
        answer = await self._timed(measured, "/api/chat", json.dumps(body).encode(), {})
        last = [*events(iter(answer.text.splitlines()))][-1]
        assert last.name == "done", last
        return last.data

    async def _approve(self, payment: Mapping[str, Any], measured: Measured) -> Any:
        said = {"decision": "approve", "revision": payment["revision"], "amount": payment["amount"]}
        body = json.dumps({**said, "payment_id": uuid.uuid4().hex}).encode()
        signature = sign(TERMINAL_SECRET, uuid.uuid4().hex, body)
        return (await self._timed(measured, f"/api/payments/{payment['order_id']}", body, signature)).json()

    async def _timed(self, measured: Measured, path: str, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
        began = time.monotonic()
        answer = await self._client.post(path, content=body, headers={"Content-Type": "application/json", **headers})
        measured.latencies.append(time.monotonic() - began)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
async def test_everybody_is_served_and_the_memory_stays(
    request: pytest.FixtureRequest, tmp_path: Path, database: str
) -> None:
    with ExitStack() as stack:
        url = stack.enter_context(database_for(request, tmp_path, database))
        kitchen = stack.enter_context(Kitchen())
        server = KioskProcess(tmp_path, url, KIOSK_KITCHEN_URL=kitchen.url)
        stack.callback(server.end)
        server.start()
        server.wait_until_ready()
        process, memory = psutil.Process(server.pid), list[int]()
        for wave in range(WAVES):
            thinking = THINK_S if ASKED_FOR and wave == WAVES - 1 else 0.0
            measured = await Crowd(server.url, thinking).come()
            memory.append(process.memory_info().rss)
            name = f"| {database} | {CUSTOMERS}, thinking {thinking:.0f} s at most | {measured}"
            LOG.warning("%s | %d MB |", name, memory[-1] / 2**20)
        tickets = await asyncio.to_thread(kitchen.wait_for, WAVES * CUSTOMERS, ENOUGH_S)
        assert server.stop() in (0, -15)
    assert len({ticket["order_id"] for ticket in tickets}) == len(tickets) == WAVES * CUSTOMERS
    assert sorted(ticket["number"] for ticket in tickets) == list(range(1, len(tickets) + 1))
    assert memory[-1] < 1.1 * memory[(WAVES - 1) // 3], [f"{one / 2**20:.0f} MB" for one in memory]
