"""The state machine on one screen: nodes, edges and persistence."""

from graph.errors import StorageError
from graph.runtime import KioskGraph, create_graph, open_graph
from graph.turns import ThreadBusyError

__all__ = ["KioskGraph", "StorageError", "ThreadBusyError", "create_graph", "open_graph"]
