"""Nodes and edges as LangGraph runs them: written once, for `invoke` and `ainvoke` alike."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig

from nodes.background import run_blocking
from nodes.resources import Kiosk, Update
from state import ConversationState

Node = Callable[[Kiosk, ConversationState, RunnableConfig], Coroutine[Any, Any, Update]]
Edge = Callable[[ConversationState], str]


class Step(Runnable[ConversationState, Update]):
    """Binds a node to its kiosk.

    LangGraph wraps a plain async function so that `invoke` refuses it; a `Runnable` it takes as it is.
    """

    def __init__(self, node: Node, kiosk: Kiosk) -> None:
        """Take the node's name for traces and drawings."""
        self.name = node.__name__
        self._node = node
        self.kiosk = kiosk

    def invoke(self, input: ConversationState, config: RunnableConfig | None = None, **kwargs: Any) -> Update:
        """Run the node to its end in this thread."""
        return run_blocking(self._node(self.kiosk, input, config or {}))

    async def ainvoke(self, input: ConversationState, config: RunnableConfig | None = None, **kwargs: Any) -> Update:
        """Run the node on the caller's event loop."""
        return await self._node(self.kiosk, input, config or {})


class Choice(Runnable[ConversationState, str]):
    """An edge that chooses the next node.

    A plain function LangGraph calls in another thread when the graph runs asynchronously, which costs more than to
    choose; a `Runnable` it takes as it is.
    """

    def __init__(self, edge: Edge) -> None:
        """Take the edge's name for traces and drawings."""
        self.name = edge.__name__
        self._edge = edge

    def invoke(self, input: ConversationState, config: RunnableConfig | None = None, **kwargs: Any) -> str:
        """Return where to go next."""
        return self._edge(input)

    async def ainvoke(self, input: ConversationState, config: RunnableConfig | None = None, **kwargs: Any) -> str:
        """Return where to go next."""
        return self._edge(input)
