"""Probes that really try: the conversations, the orders, a turn through the whole graph; and what is not delivered."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Awaitable, Callable

from langchain_core.messages import HumanMessage
from langgraph.checkpoint.base import BaseCheckpointSaver

from graph import KioskGraph, StorageError
from kiosk.storage.faults import faults
from kiosk.storage.outbox import Waiting
from kiosk.web.schemas import Deliveries, Probe

_LOG = logging.getLogger(__name__)

TIMEOUT_S = 6.0
"""Longer than a part waits for a database by itself, so that its own words are heard."""
FRESH_S = 1.0


class Health:
    """Checks a graph and its checkpointer; a result counts for a moment, so that probing costs little."""

    def __init__(self, graph: KioskGraph, clock: Callable[[], float] = time.monotonic) -> None:
        """Check nothing yet."""
        self._graph = graph
        self._clock = clock
        self._probing = asyncio.Lock()
        self._last: tuple[float, Probe] | None = None

    async def probe(self) -> Probe:
        """Return what is in order and what is not."""
        async with self._probing:
            if self._last is None or self._clock() - self._last[0] > FRESH_S:
                self._last = self._clock(), await self._looked()
            return self._last[1]

    async def waiting(self) -> Waiting | None:
        """Return what is not delivered yet, None where the orders cannot be read."""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await asyncio.to_thread(lambda: self._graph.kiosk.till.book.outbox.waiting())
        except StorageError as error:
            faults.report("health", error)
        except TimeoutError:
            _LOG.error("health check failed: the orders cannot be read within %d s", TIMEOUT_S)
        return None

    async def _looked(self) -> Probe:
        parts = {"checkpointer": self._read, "orders": self._orders, "graph": self._turn}
        found = await asyncio.gather(*(_try(check()) for check in parts.values()))
        waiting = await self.waiting()
        is_ok = set(found) == {"ok"} and waiting is not None
        if is_ok:
            faults.over("health")
        return Probe(
            status="ok" if is_ok else "failing",
            checks=dict(zip(parts, found, strict=True)),
            deliveries=Deliveries(waiting=waiting.messages, since=waiting.since) if waiting else None,
        )

    async def _orders(self) -> None:
        await asyncio.to_thread(lambda: self._graph.kiosk.till.book.check())

    async def _read(self) -> None:
        await self._saver.aget_tuple({"configurable": {"thread_id": "health", "checkpoint_ns": ""}})

    async def _turn(self) -> None:
        """Take a turn without words, which no model is asked about, and leave no trace of it."""
        thread_id = f"health-{uuid.uuid4().hex}"
        try:
            await self._graph.ainvoke({"messages": [HumanMessage("")]}, {"configurable": {"thread_id": thread_id}})
        finally:
            await self._saver.adelete_thread(thread_id)

    @property
    def _saver(self) -> BaseCheckpointSaver[str]:
        saver = self._graph.checkpointer
        assert isinstance(saver, BaseCheckpointSaver), "the server's graph keeps its conversations"
        return saver


async def _try(check: Awaitable[None]) -> str:
    try:
        async with asyncio.timeout(TIMEOUT_S):
            await check
    except StorageError as error:
        faults.report("health", error)
        return type(error).__name__
    except Exception as error:
        _LOG.error("health check failed: %s", type(error).__name__)
        return type(error).__name__
    return "ok"
