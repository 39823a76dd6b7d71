"""The LangSmith client of a kiosk: every run it sends has been rewritten to facts first.

The library's own `anonymizer` sees inputs, outputs, errors and metadata, but neither names nor tags; so whole runs are
rewritten on their way in, and the anonymizer stays as a second pair of eyes.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

import langsmith
from langsmith.run_trees import get_cached_client

from kiosk.privacy.facts import Facts, tags_of
from kiosk.privacy.tracing import EXCLUDED, FACTS

_REMEMBERED = 10_000
_STRUCTURE = frozenset(
    {
        *("id", "trace_id", "dotted_order", "parent_run_id", "parent_dotted_order", "start_time", "end_time"),
        *("run_type", "session_name", "session_id", "project_name", "address", "reference_example_id"),
        *("api_key", "api_url", "service_key", "tenant_id", "authorization", "cookie", "_replica_auths"),
    }
)


class HidingClient(langsmith.Client):
    """Sends names, tags, metadata, inputs, outputs and errors as facts, and excluded conversations not at all."""

    def __init__(self, facts: Facts, **options: Any) -> None:
        """Connect as the environment or `options` say."""
        hide = facts.of
        super().__init__(anonymizer=hide, hide_metadata=hide, omit_traced_runtime_info=True, **options)
        self.facts = facts
        self._excluded: OrderedDict[str, None] = OrderedDict()
        self._excluded_lock = threading.Lock()

    def create_run(self, name: str, inputs: dict[str, Any], run_type: Any, **rest: Any) -> None:
        """See `langsmith.Client`."""
        if self._is_excluded(rest, rest.get("id")):
            return
        named = self.facts.name(name, is_root=not rest.get("parent_run_id"))
        super().create_run(named, self.facts.of(inputs or {}), run_type, **self._rewritten(rest))

    def update_run(self, run_id: Any, **rest: Any) -> None:
        """See `langsmith.Client`."""
        if self._is_excluded(rest, run_id):
            return
        named = self.facts.name(rest.get("name"), is_root=not rest.get("parent_run_id"))
        super().update_run(run_id, name=named, **self._rewritten(rest))

    def _rewritten(self, run: dict[str, Any]) -> dict[str, Any]:
        """Return what may be sent of a run; a field that is not known here is not sent."""
        kept = {key: value for key, value in run.items() if key in _STRUCTURE}
        metadata = self.facts.of((run.get("extra") or {}).get("metadata") or {})
        tags = [*self.facts.tags(run.get("tags") or ()), *_node_tag(metadata)]
        for side in ("inputs", "outputs"):
            if run.get(side) is not None:
                kept[side] = self.facts.of(run[side])
                tags += tags_of(kept[side]) if side == "outputs" else []
        if run.get("error") is not None:
            kept["error"] = self.facts.error(run["error"])
        return {**kept, "tags": list(dict.fromkeys(tags)), "extra": {"metadata": metadata}}

    def _is_excluded(self, run: dict[str, Any], run_id: object) -> bool:
        """Tell whether a run belongs to a conversation that is not traced, and remember its trace."""
        trace_id = str(run.get("trace_id") or run_id)
        metadata = (run.get("extra") or {}).get("metadata") or {}
        with self._excluded_lock:
            if trace_id not in self._excluded and metadata.get("thread_id") in EXCLUDED:
                self._excluded[trace_id] = None
                if len(self._excluded) > _REMEMBERED:
                    self._excluded.popitem(last=False)
            return trace_id in self._excluded


def install() -> None:
    """Make a hiding client the one that tracing uses where nobody names another."""
    current = get_cached_client()
    if not isinstance(current, HidingClient):
        langsmith.configure(client=hiding(current))


def hiding(client: langsmith.Client) -> HidingClient:
    """Return a client that hides and sends to the same place."""
    if isinstance(client, HidingClient):
        return client
    return HidingClient(FACTS, api_url=client.api_url, api_key=client.api_key)


def _node_tag(metadata: dict[str, Any]) -> list[str]:
    node = metadata.get("langgraph_node")
    return [f"node:{node}"] if isinstance(node, str) and node != "hidden" else []
