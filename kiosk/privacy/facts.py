"""What a trace may say: facts in a closed vocabulary. Everything else is hidden, however deep it lies.

Looking for personal data in a trace and taking it out would only be as good as the search. Here it is the other way
round: a key, a word or a name passes if the kiosk's own code, menu or endpoints file holds it, and nothing else does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kiosk.privacy.cipher import Digest

HIDDEN = "hidden"
ROOT = "kiosk"
_DEEPEST = 40
_LARGEST = 10_000_000
_LINE_ID = re.compile(r"\d{1,3}")
_STEP_TAG = re.compile(r"(?:graph|seq):step:\d{1,3}")
_ERROR = re.compile(r"\s*(?:\w+\.)*([A-Z][A-Za-z0-9]{2,60}(?:Error|Exception|Interrupt|Timeout|Exit))\b")

_LINE_KEYS = frozenset({"line_id", "line_ids", "focus"})
_COUNTED = frozenset({"messages", "generations", "lines_removed"})
# fmt: off
_KEYS = frozenset({
    # the state and what nodes change of it
    "order", "lines", "line_id", "line_ids", "item", "quantity", "options", "missing", "status", "currency", "total",
    "unit_price", "line_total", "revision", "analysis", "request_analysis", "complexity", "privacy_sensitivity",
    "response_time_requirement", "contains_sensitive_data", "estimated_tokens", "language", "selection", "chain",
    "confidence", "estimated_cost", "attempts", "endpoint_id", "cause", "latency_ms", "tokens", "cost", "fallbacks",
    "from_endpoint", "to_endpoint", "reason", "verdict", "response", "serving_info", "serving_type", "model_name",
    "tokens_used", "actual_cost", "was_fallback", "cost_savings", "needs_staff", "dialogue", "focus", "topics",
    "pending", "kind", "option", "misunderstood", "proposal", "actions", "type", "payment", "decision", "output",
    # what model clients report
    "llm_output", "token_usage", "usage_metadata", "input_tokens", "output_tokens", "total_tokens",
    # metadata
    "langgraph_node", "langgraph_step", "thread_id", "ls_provider", "ls_model_name", "ls_model_type", "ls_temperature",
    "ls_max_tokens", "ls_integration",
})
_WORDS = frozenset({
    HIDDEN, ROOT, "run",
    "LangGraph", "RunnableSequence", "analyze", "route", "generate", "validate", "fallback", "checkout", "place_order",
    "propose", "after_route", "after_validate", "after_fallback", "__start__", "__end__",
    "low", "medium", "high", "simple", "moderate", "complex", "fast", "balanced", "quality", "ko", "en", "ja", "zh",
    "cloud", "local", "embedded", "none", "ollama", "openai", "openrouter", "google_genai", "anthropic", "chat", "llm",
    "rate_limited", "timeout", "connection", "auth", "model_not_found", "context_length", "content_filter",
    "bad_output", "server_error", "low_confidence", "accept", "retry", "next", "answered", "safe",
    "open", "awaiting_payment", "paid", "cancelled", "approve", "reject",
    "missing", "which_item", "confirm_action", "offer", "touch",
    "add_item", "set_quantity", "change_quantity", "change_options", "replace_item", "split_line", "remove_item",
    "remove_line", "clear_order", "cancel_order", "request_payment", "call_staff",
    "nostream", "langsmith:hidden",
})
# fmt: on


class Facts:
    """Turns anything into what a trace may hold of it."""

    def __init__(self, secret: bytes, words: Iterable[str] = ()) -> None:
        """Start with the words that every kiosk uses.

        Args:
            secret: Thread ids become digests under it, so that a trace still tells conversations apart.
            words: More words that may be shown: ids of the menu, ids and models of endpoints.
        """
        self._digest = Digest(secret, "trace names")
        self._words = set(_WORDS)
        self.learn(words)

    def learn(self, words: Iterable[str]) -> None:
        """Add words that may be shown."""
        self._words |= set(words)

    def of(self, value: Any) -> dict[str, Any]:
        """Return the facts of inputs, outputs or metadata."""
        facts = self._value(value, "", _DEEPEST)
        return facts if isinstance(facts, dict) else {"output": facts}

    def name(self, name: object, *, is_root: bool = False) -> str:
        """Return the name of a run where it is one of ours."""
        known = isinstance(name, str) and name in self._words
        return str(name) if known else (ROOT if is_root else "run")

    def error(self, error: object) -> str | None:
        """Return the class of an error; its text and its traceback may hold the customer's words."""
        if error is None:
            return None
        found = _ERROR.match(error if isinstance(error, str) else repr(error))
        return found[1] if found else "Error"

    def tags(self, tags: Iterable[object]) -> list[str]:
        """Return the tags that are ours."""
        return [tag for tag in tags if isinstance(tag, str) and self._is_tag(tag)]

    def _is_tag(self, tag: str) -> bool:
        kind, _, value = tag.partition(":")
        ours = kind in ("endpoint", "node", "privacy", "outcome") and value in self._words
        return ours or tag in self._words or _STEP_TAG.fullmatch(tag) is not None

    def _value(self, value: Any, key: str, depth: int) -> Any:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            return value if abs(value) < _LARGEST else HIDDEN
        if isinstance(value, str):
            return self._text(value, key)
        if depth == 0:
            return HIDDEN
        if isinstance(value, Mapping):
            return self._mapping(value, depth)
        if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
            return len(value) if key in _COUNTED else [self._value(entry, key, depth - 1) for entry in value]
        return HIDDEN

    def _mapping(self, value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        shown = {
            key: self._value(entry, key, depth - 1)
            for key, entry in value.items()
            if isinstance(key, str) and (key in _KEYS or key in _COUNTED or key in self._words)
        }
        return shown if len(shown) == len(value) else {**shown, HIDDEN: len(value) - len(shown)}

    def _text(self, text: str, key: str) -> str:
        if key == "thread_id":
            return self._digest.of(text)
        if text in self._words or (key in _LINE_KEYS and _LINE_ID.fullmatch(text)):
            return text
        return HIDDEN


def tags_of(facts: Mapping[str, Any]) -> list[str]:
    """Return what makes a run easy to find: who answered, how private the turn was, what came of it."""
    analysis = _part(facts, "analysis") or _part(_part(facts, "response"), "request_analysis")
    privacy = analysis.get("privacy_sensitivity")
    attempts = facts.get("attempts")
    last = attempts[-1] if isinstance(attempts, list) and attempts and isinstance(attempts[-1], dict) else {}
    info = _part(_part(facts, "response"), "serving_info")
    endpoint = info.get("endpoint_id") or last.get("endpoint_id")
    found = {"privacy": privacy, "endpoint": endpoint, "outcome": _outcome(facts, last)}
    return [f"{kind}:{value}" for kind, value in found.items() if value and value != HIDDEN]


def _outcome(facts: Mapping[str, Any], attempt: Mapping[str, Any]) -> str | None:
    if verdict := facts.get("verdict"):
        return str(verdict)
    if attempt.get("cause"):
        return str(attempt["cause"])
    response = _part(facts, "response")
    if not response:
        return None
    if response.get("needs_staff"):
        return "safe"
    return "fallback" if _part(response, "serving_info").get("was_fallback") else "answered"


def _part(facts: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = facts.get(key)
    return part if isinstance(part, dict) else {}
