"""Rows of the ledger for tests, and a process of its own that writes some."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from kiosk.serving.ledger import LedgerEntry, ServedTurn, entries_of
from kiosk.serving.models import EMBEDDED_ENDPOINT, Endpoint, Price
from state import Attempt, RequestAnalysis

CLOUD = Endpoint.model_validate(
    {
        "id": "cloud",
        "provider": "openai",
        "model": "gpt-4o-mini",
        "serving_type": "cloud",
        "privacy_level": "cloud",
        "api_key_env": "OPENAI_API_KEY",
        "price_per_1k": Price(input=0.00015, output=0.0006),
    }
)
ENDPOINTS = {"embedded": EMBEDDED_ENDPOINT, "cloud": CLOUD}
ANALYSIS: RequestAnalysis = {
    "complexity": "simple",
    "privacy_sensitivity": "low",
    "response_time_requirement": "fast",
    "contains_sensitive_data": False,
    "estimated_tokens": 100,
    "reasoning": "",
    "language": "ko",
}


def attempt(endpoint: str = "embedded", **changes: Any) -> Attempt:
    base: dict[str, Any] = {"cause": None, "detail": "", "latency_ms": 2, "tokens": 0, "cost": 0.0}
    return Attempt(endpoint_id=endpoint, **{**base, **changes})  # type: ignore[typeddict-item]


def turn(*attempts: Attempt, **changes: Any) -> list[LedgerEntry]:
    fields: dict[str, Any] = {"thread_id": "t1", "fallbacks": [], "analysis": ANALYSIS, "answered": True}
    return entries_of(ServedTurn(attempts=attempts or [attempt()], **{**fields, **changes}), ENDPOINTS)


_WRITES = """
import sys
from kiosk.storage.ledger import open_ledger
from tests.unit.storage.rows import attempt, turn
ledger = open_ledger(sys.argv[1])
for number in range(int(sys.argv[2])):
    ledger.record(turn(attempt("cloud", cost=0.001, tokens=30), thread_id=sys.argv[3]))
"""


def writing_process(url: str, turns: int, thread: str, then: str = "") -> subprocess.Popen[bytes]:
    """Start a process that records turns and then ends, or runs the code `then`."""
    command = [sys.executable, "-c", _WRITES + then, url, str(turns), thread]
    return subprocess.Popen(command, stderr=subprocess.PIPE)
