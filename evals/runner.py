"""Hold the conversations of a suite with the real state machine and score each turn."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver

from evals.score import Report, TurnResult, failed_turn, score_turn
from evals.suite import Conversation, Suite
from graph import create_graph
from kiosk.menu import Menu
from kiosk.settings import Settings
from state import Context

OnTurn = Callable[[TurnResult], None]
"""Called after each turn, for whoever shows progress."""


class Runner:
    """Holds conversations, each on a thread of its own that is deleted when it is over."""

    def __init__(self, settings: Settings, menu: Menu, endpoint: str | None = None) -> None:
        """Build the machine; `endpoint` is the id of the endpoint that is asked first."""
        self._menu = menu
        self._saver = InMemorySaver()
        self._graph = create_graph(settings, checkpointer=self._saver)
        self._context = Context(llm_model=endpoint)

    def run(self, suite: Suite, on_turn: OnTurn | None = None) -> Report:
        """Score a suite."""
        return Report(suite.name, tuple((one, self._hold(one, on_turn)) for one in suite.conversations))

    def _hold(self, conversation: Conversation, on_turn: OnTurn | None) -> tuple[TurnResult, ...]:
        thread_id = f"eval-{uuid.uuid4()}"
        results: list[TurnResult] = []
        for position in range(len(conversation.turns)):
            results.append(self._turn(conversation, position, {"configurable": {"thread_id": thread_id}}))
            if on_turn is not None:
                on_turn(results[-1])
        self._saver.delete_thread(thread_id)
        return tuple(results)

    def _turn(self, conversation: Conversation, position: int, config: RunnableConfig) -> TurnResult:
        turn: Any = {"messages": [{"role": "user", "content": conversation.turns[position].user}]}
        started = time.perf_counter()
        try:
            out = self._graph.invoke(turn, config, context=self._context)
        # One broken turn must not hide the score of all others; it counts as wrong.
        except Exception as error:
            return failed_turn(conversation, position, type(error).__name__)
        latency_ms = (time.perf_counter() - started) * 1000
        result = score_turn(conversation, position, out.get("order"), _reply(out), self._menu)
        return replace(result, latency_ms=latency_ms, endpoint=_endpoint(out))


def _reply(out: dict[str, Any]) -> str:
    last = out["messages"][-1] if out.get("messages") else None
    return str(last.text) if last is not None and last.type == "ai" else ""


def _endpoint(out: dict[str, Any]) -> str | None:
    info = (out.get("response") or {}).get("serving_info") or {}
    endpoint = info.get("endpoint_id")
    return None if endpoint is None else str(endpoint)
