"""A graph of the machine's shape whose nodes do nothing: what LangGraph itself costs for a turn."""

from __future__ import annotations

from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from state import Context
from state.conversation import ConversationState, InputState, OutputState

Idle = CompiledStateGraph[ConversationState, Context, InputState, OutputState]


def idle_graph(checkpointer: BaseCheckpointSaver[Any] | None = None) -> Idle:
    """Return the machine's nodes and edges, each node empty, each turn taking the way of an ordinary one."""
    builder = StateGraph(ConversationState, Context, input_schema=InputState, output_schema=OutputState)
    for name in ("analyze", "route", "generate", "validate", "fallback", "checkout", "place_order"):
        builder.add_node(name, _nothing)
    builder.add_edge(START, "analyze")
    builder.add_edge("analyze", "route")
    builder.add_conditional_edges("route", lambda _: "generate", {"generate": "generate", "fallback": "fallback"})
    builder.add_edge("generate", "validate")
    builder.add_conditional_edges(
        "validate",
        lambda _: "accept",
        {"accept": END, "checkout": "checkout", "retry": "generate", "fallback": "fallback"},
    )
    builder.add_conditional_edges(
        "fallback", lambda _: "answered", {"next": "generate", "checkout": "checkout", "answered": END}
    )
    builder.add_edge("checkout", "place_order")
    builder.add_edge("place_order", END)
    return builder.compile(checkpointer=checkpointer)


def _nothing(state: ConversationState) -> dict[str, Any]:
    return {}
