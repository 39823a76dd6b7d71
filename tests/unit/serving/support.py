"""What the tests of serving share: a registry whose endpoints are on the loopback, and turns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from kiosk.menu import load_menu
from kiosk.ordering import Order, to_state
from kiosk.serving import Registry, ServingHealth, TurnRequest
from kiosk.settings import Settings
from kiosk.understanding import Engine
from state import Dialogue, RequestAnalysis

MENU = load_menu()
ENGINE = Engine(MENU)
REGISTRIES: list[Registry] = []
"""What `registry` has built in the test that runs; one that is dropped sooner could not be closed on its loop."""
NOTHING_SAID: Dialogue = {"language": "ko", "focus": [], "topics": [], "pending": None, "misunderstood": 0}


def analysis(**changes: Any) -> RequestAnalysis:
    base: dict[str, Any] = {
        "complexity": "moderate",
        "privacy_sensitivity": "low",
        "response_time_requirement": "balanced",
        "contains_sensitive_data": False,
        "estimated_tokens": 100,
        "reasoning": "",
        "language": "ko",
    }
    return RequestAnalysis(**{**base, **changes})  # type: ignore[typeddict-item]


def turn(utterance: str = "라떼 3잔", **changes: Any) -> TurnRequest:
    fields: dict[str, Any] = {
        "order": to_state(Order("o1"), MENU),
        "dialogue": NOTHING_SAID,
        "analysis": analysis(),
        "menu": MENU,
    }
    return TurnRequest(utterance, **{**fields, **changes})


def endpoint(endpoint_id: str, provider: str, base_url: str | None = None, **changes: Any) -> dict[str, Any]:
    local = provider == "ollama"
    fields: dict[str, Any] = {
        "id": endpoint_id,
        "provider": provider,
        "model": "test-model",
        "serving_type": "local" if local else "cloud",
        "privacy_level": "local" if local else "cloud",
        "base_url": base_url,
        "timeout_s": 5,
        "max_context_length": 32768,
        "supports_tools": not local,
    }
    return {**fields, **changes}


def registry(
    folder: Path, *endpoints: Mapping[str, Any], routing: Mapping[str, Any] | None = None, **health: Any
) -> Registry:
    path = folder / "endpoints.yaml"
    path.write_text(yaml.safe_dump({"endpoints": list(endpoints), "routing": dict(routing or {})}), encoding="utf-8")
    built = Registry(Settings(endpoints_file=path), ENGINE, ServingHealth(**health))
    REGISTRIES.append(built)
    return built


def proposal(**parts: Any) -> str:
    add = {"type": "add_item", "heard": "라떼", "item": "latte", "quantity": 3, "options": []}
    empty: dict[str, Any] = {"questions": [], "notices": [], "clarification": None, "social": None, "reply": None}
    return json.dumps({"actions": [add], **empty, "confidence": 0.9, **parts}, ensure_ascii=False)
