"""What `langgraph dev` is given by langgraph.json: the kiosk, and the database where its conversations are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

from langgraph.checkpoint.base import BaseCheckpointSaver

from graph.persistence import close_checkpoints, open_checkpoints, open_desk, open_ledger
from graph.runtime import KioskGraph, compile_graph
from kiosk.privacy.tracing import guard, is_traced
from kiosk.settings import Settings
from nodes.resources import Kiosk
from nodes.vocabulary import known_ids


async def make_graph() -> KioskGraph:
    """Return the kiosk without a saver: the server puts its own in, which is the one of `make_checkpointer`."""
    # The server asks for the graph with every run, and its event loop must not wait for files.
    return await asyncio.to_thread(_guarded_graph)


@asynccontextmanager
async def make_checkpointer() -> AsyncIterator[BaseCheckpointSaver[str]]:
    """Open the kiosk's own database, so that Studio, the SDK and the pages speak of the same conversations."""
    saver = await asyncio.to_thread(_open)
    try:
        yield saver
    finally:
        await asyncio.to_thread(close_checkpoints, saver)


def _open() -> BaseCheckpointSaver[str]:
    settings = Settings()
    return open_checkpoints(settings.database_url, settings.key)


def _guarded_graph() -> KioskGraph:
    graph = _shared_graph()
    if is_traced():
        guard(known_ids(graph.kiosk.rules.menu, graph.kiosk.registry))
    return graph


@cache
def _shared_graph() -> KioskGraph:
    settings = Settings()
    return compile_graph(Kiosk.assemble(settings, open_ledger(settings), open_desk(settings)))
