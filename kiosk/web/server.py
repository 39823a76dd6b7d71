"""What the requests of one server share."""

from __future__ import annotations

from graph import KioskGraph
from kiosk.settings import Settings
from kiosk.web.conversations import Conversations
from kiosk.web.health import Health
from kiosk.web.metrics import Metrics
from kiosk.web.sessions import Sessions
from nodes.resources import Kiosk

FINISH_S = 20.0
"""Time for turns in flight when the server stops."""


class Server:
    """The graph, the conversations on it, and what is known of their health."""

    def __init__(self, graph: KioskGraph, metrics: Metrics) -> None:
        """Serve a graph."""
        self.graph = graph
        self.metrics = metrics
        self.conversations = Conversations(graph, metrics)
        self.sessions = Sessions(self.conversations, metrics)
        self.health = Health(graph)
        self.settings: Settings = graph.kiosk.settings
        self.stopping = False

    @property
    def kiosk(self) -> Kiosk:
        """What the graph works with right now."""
        return self.graph.kiosk

    async def stop(self) -> None:
        """Take no more turns and finish those in flight."""
        self.stopping = True
        await self.conversations.runs.close(FINISH_S)
