"""LangSmith sees facts, not conversations: whoever switches tracing on, runs go through a client that hides the rest.

Tracing follows LANGSMITH_TRACING and is off without it. This module is cheap while it is off; the client, which takes
long to load, is imported when a traced turn starts.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from langchain_core.tracers.context import tracing_v2_callback_var
from langsmith.utils import tracing_is_enabled

from kiosk.privacy.facts import Facts

_REMEMBERED = 10_000


class ExcludedThreads:
    """Conversations that are not traced at all, the latest few thousand."""

    def __init__(self) -> None:
        """Start with none."""
        self._ids: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, thread_id: str) -> None:
        """Exclude a conversation from now on."""
        with self._lock:
            self._ids[thread_id] = None
            if len(self._ids) > _REMEMBERED:
                self._ids.popitem(last=False)

    def __contains__(self, thread_id: object) -> bool:
        """Tell whether a conversation is excluded."""
        return thread_id in self._ids


FACTS = Facts(os.urandom(32))
"""The vocabulary of this process; every kiosk teaches it its menu and its endpoints."""

EXCLUDED = ExcludedThreads()


def is_traced(callbacks: Any = None) -> bool:
    """Tell whether a run with these callbacks would be traced."""
    return bool(tracing_v2_callback_var.get() or tracing_is_enabled() or _tracers(callbacks))


def guard(words: Iterable[str], callbacks: Any = None) -> None:
    """Make the client that runs will use from now on the one that hides.

    Args:
        words: Ids of the menu and the endpoints, which traces may show.
        callbacks: Those of a run; a tracer among them gets such a client as well.
    """
    FACTS.learn(words)
    clients = import_module("kiosk.privacy.tracing_client")
    clients.install()
    tracers = [*_tracers(callbacks), *filter(None, [tracing_v2_callback_var.get()])]
    for tracer in tracers:
        tracer.client = clients.hiding(tracer.client)


def _tracers(callbacks: Any) -> list[Any]:
    """Return the LangSmith tracers among callbacks, which come as a list or as a manager."""
    if not callbacks:
        return []
    handlers = callbacks if isinstance(callbacks, list) else getattr(callbacks, "handlers", [])
    tracer = import_module("langchain_core.tracers.langchain").LangChainTracer
    return [handler for handler in handlers if isinstance(handler, tracer)]
