"""The machine on one screen."""

from __future__ import annotations

from langgraph.graph import END, START, StateGraph

from graph.edges import after_fallback, after_route, after_validate
from graph.step import Choice, Step
from nodes.analyze import analyze
from nodes.checkout import checkout
from nodes.fallback import fallback
from nodes.generate import generate
from nodes.place_order import place_order
from nodes.resources import Kiosk
from nodes.route import route
from nodes.validate import validate
from state import Context
from state.conversation import ConversationState, InputState, OutputState

KioskBuilder = StateGraph[ConversationState, Context, InputState, OutputState]


def build_graph(kiosk: Kiosk | None = None) -> KioskBuilder:
    """Wire nodes and edges; compile the result, or use `create_graph` and `open_graph`, which do.

    Args:
        kiosk: What the nodes work with; None assembles it from the environment's settings.
    """
    kiosk = kiosk or Kiosk.assemble()
    builder = KioskBuilder(ConversationState, Context, input_schema=InputState, output_schema=OutputState)
    for node in (analyze, route, generate, validate, fallback, checkout, place_order):
        builder.add_node(node.__name__, Step(node, kiosk))

    builder.add_edge(START, "analyze")
    builder.add_edge("analyze", "route")
    builder.add_conditional_edges("route", Choice(after_route), {"generate": "generate", "fallback": "fallback"})
    builder.add_edge("generate", "validate")
    builder.add_conditional_edges(
        "validate",
        Choice(after_validate),
        {"accept": END, "checkout": "checkout", "retry": "generate", "fallback": "fallback"},
    )
    builder.add_conditional_edges(
        "fallback", Choice(after_fallback), {"next": "generate", "checkout": "checkout", "answered": END}
    )
    builder.add_edge("checkout", "place_order")
    builder.add_edge("place_order", END)
    return builder
