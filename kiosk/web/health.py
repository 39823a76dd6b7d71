"""Probes that really try: the store of conversations, and a turn through the whole graph."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Awaitable, Callable

from langchain_core.messages import HumanMessage
from langgraph.checkpoint.base import BaseCheckpointSaver

from graph import KioskGraph
from kiosk.web.schemas import Probe

_LOG = logging.getLogger(__name__)

TIMEOUT_S = 5.0
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
                checks = {"checkpointer": await _try(self._read()), "graph": await _try(self._turn())}
                status = "ok" if set(checks.values()) == {"ok"} else "failing"
                self._last = self._clock(), Probe(status=status, checks=checks)
            return self._last[1]

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
    except Exception as error:
        _LOG.error("health check failed: %s", type(error).__name__)
        return type(error).__name__
    return "ok"
