"""The clients of a kiosk's models: one set for each event loop, because connections belong to a loop and end on it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future, wait
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from langchain_core.language_models import BaseChatModel

from kiosk.serving.models import Endpoint
from kiosk.serving.providers import PROVIDERS

CLOSE_TIMEOUT_S = 5.0
"""How long whoever closes waits for loops that have other things to do."""


@dataclass
class Clients:
    """The models of one event loop; whoever needs the same model first builds it once, also in a rush."""

    models: dict[str, BaseChatModel] = field(default_factory=dict)
    warmed: dict[tuple[str, float], BaseChatModel] = field(default_factory=dict)
    building: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _exits: AsyncExitStack = field(default_factory=AsyncExitStack)

    def add(self, endpoint: Endpoint, model: BaseChatModel) -> None:
        """Take in the model of an endpoint."""
        self.models[endpoint.id] = model
        self._exits.push_async_callback(PROVIDERS[endpoint.provider].close, model)

    async def aclose(self) -> None:
        """Close all connections; a model that is needed afterwards is built anew."""
        await asyncio.gather(*self.building.values(), return_exceptions=True)
        self.models.clear()
        self.warmed.clear()
        await self._exits.aclose()


class ClientPool:
    """The clients of all event loops. Those of a loop that has ended went with it."""

    def __init__(self) -> None:
        """Begin with none."""
        self._of: WeakKeyDictionary[asyncio.AbstractEventLoop, Clients] = WeakKeyDictionary()
        self._without_loop = Clients()

    def here(self) -> Clients:
        """Return the clients of the running event loop."""
        try:
            return self._of.setdefault(asyncio.get_running_loop(), Clients())
        except RuntimeError:
            return self._without_loop

    def begin_to_close(self) -> None:
        """Have every loop close its clients when it comes to it; may be called from anywhere."""
        self._closing()

    def close(self) -> None:
        """Close all clients, and wait for those of other threads."""
        here = _running_loop()
        wait([future for loop, future in self._closing() if loop is not here], CLOSE_TIMEOUT_S)

    async def aclose(self) -> None:
        """Close all clients."""
        closing = [asyncio.wrap_future(future) for _, future in self._closing()]
        if closing:
            await asyncio.wait(closing, timeout=CLOSE_TIMEOUT_S)

    def _closing(self) -> list[tuple[asyncio.AbstractEventLoop, Future[None]]]:
        return [(loop, asyncio.run_coroutine_threadsafe(clients.aclose(), loop)) for loop, clients in self._running()]

    def _running(self) -> Iterator[tuple[asyncio.AbstractEventLoop, Clients]]:
        return ((loop, clients) for loop, clients in [*self._of.items()] if loop.is_running())


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
