"""Kiosks whose models are servers on the loopback, and what those servers say."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from langchain_core.runnables import RunnableConfig

from graph import KioskGraph, create_graph
from kiosk.settings import Settings
from state import Attempt, AttemptCause
from tests.loopback import Answer, LoopbackServer
from tests.unit.serving.support import endpoint, proposal

UNSURE = "시원하고 달지 않은데 정신이 번쩍 드는 걸로 알아서 골라 담아줘"
"""What the engine hands on to a model."""
MOCHA = proposal(actions=[{"type": "add_item", "heard": "모카", "item": "cafe_mocha", "quantity": 1, "options": []}])
GOOD = Answer(MOCHA)
HANGS = Answer(fault="hang")
DOWN = Answer(status=503)
_ASKED_S = 20.0


def small_talk(reply: str) -> Answer:
    """Return the answer of a model that only talks."""
    return Answer(proposal(actions=[], social="chat", reply=reply))


def kiosk_on(folder: Path, *endpoints: Mapping[str, Any], **routing: Any) -> KioskGraph:
    """Return a kiosk on these endpoints."""
    file = folder / "endpoints.yaml"
    file.write_text(yaml.safe_dump({"endpoints": [dict(one) for one in endpoints], "routing": routing}), "utf-8")
    return create_graph(Settings(endpoints_file=file))


def model(name: str, url: str, provider: str = "ollama", **changes: Any) -> dict[str, Any]:
    """Return the entry of a model at a server; of two of them the first by `avg_latency_ms` is asked first."""
    return endpoint(name, provider, url if provider == "ollama" else f"{url}/v1", **changes)


def cloud(name: str, url: str, **changes: Any) -> dict[str, Any]:
    """Return the entry of a cloud model that costs a cent for 1000 tokens."""
    price = {"input": 0.01, "output": 0.01}
    return model(name, url, "openai", **{"price_per_1k": price, **changes})


def attempts(kiosk: KioskGraph, thread: RunnableConfig) -> list[Attempt]:
    """Return the attempts of the last turn."""
    found: list[Attempt] = kiosk.get_state(thread).values["attempts"]
    return found


def causes(kiosk: KioskGraph, thread: RunnableConfig) -> list[tuple[str, AttemptCause | None]]:
    """Return who was tried in the last turn, and what came of it."""
    return [(one["endpoint_id"], one["cause"]) for one in attempts(kiosk, thread)]


def nobody_there() -> str:
    """Return an address where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return f"http://127.0.0.1:{port}"


async def until_asked(model: LoopbackServer, words: str) -> None:
    """Wait until a model has been asked about these words."""
    until = time.monotonic() + _ASKED_S
    while not any(words in str(asked.body) for asked in model.chats):
        assert time.monotonic() < until, "the model was not asked"
        await asyncio.sleep(0.02)
