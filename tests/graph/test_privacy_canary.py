"""Private conversations through the whole agent, with faults; then every byte that came out anywhere is searched.

Ten conversations by default; `make canary` takes a hundred.
"""

import logging
import os
import random
import sqlite3
import traceback
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import langsmith
import pytest
import yaml
from langchain_core.tracers.langchain import wait_for_all_tracers
from langgraph.types import Command
from langsmith import run_trees, utils

from graph import KioskGraph, open_graph
from kiosk.settings import Settings
from state import Context
from tests.canaries import Talk, talks
from tests.collector import TraceCollector
from tests.graph.turns import said
from tests.loopback import Answer, Asked, LoopbackServer

pytestmark = pytest.mark.graph

CONVERSATIONS = int(os.environ.get("KIOSK_TEST_CONVERSATIONS", "10"))
NOTHING = Answer(
    '{"actions": [], "questions": [], "notices": [], "clarification": null, "social": "thanks", "reply": null,'
    ' "confidence": 0.9}'
)
FAULTS = (
    Answer(status=503),
    Answer(status=429, headers={"retry-after": "0"}),
    Answer('{"actions": [{"type": "add_item", "item": "lat'),
    Answer("", fault="cut"),
    Answer("Sure, <PHONE_1>, I remember <NAME_1>!"),
    Answer(status=500, delay_s=0.05),
)


@dataclass
class World:
    """Everything outside the kiosk, and all that came out there."""

    cloud: LoopbackServer
    local: LoopbackServer
    traces: TraceCollector
    folder: Path
    errors: list[str] = field(default_factory=list)

    def everything(self) -> dict[str, bytes]:
        """Return what came out, by exit."""
        files = {f"file {path.name}": path.read_bytes() for path in self.folder.iterdir() if path.is_file()}
        sent = {name: _bytes(server.asked) for name, server in (("cloud", self.cloud), ("local", self.local))}
        return {**files, **sent, "traces": self.traces.everything, "errors": "\n".join(self.errors).encode()}


def _bytes(asked: list[Asked]) -> bytes:
    return "\n".join(f"{one.method} {one.path} {one.headers} {one.body}" for one in asked).encode()


@pytest.fixture
def chance() -> random.Random:
    return random.Random(20261122)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chance: random.Random) -> Iterator[World]:
    """Model servers with random faults, a trace collector, and a log of everything that any library writes."""
    monkeypatch.setenv("TEST_MODEL_KEY", "not-a-secret")
    log = logging.FileHandler(tmp_path / "debug.log")
    root = logging.getLogger()
    level = root.level
    root.addHandler(log)
    root.setLevel(logging.DEBUG)

    def script(asked: Asked) -> Answer:
        # A model that is asked about an order fails, since what the cart must be is known for the engine only.
        orders = any(words in str(asked.body["messages"][-1]) for words in ("잔", "lattes please", "americanos"))
        return chance.choice(FAULTS) if orders or chance.random() < 0.4 else NOTHING

    with LoopbackServer(script) as cloud, LoopbackServer(script) as local, TraceCollector() as traces:
        for name, value in (("TRACING", "true"), ("ENDPOINT", traces.url), ("API_KEY", "not-a-secret")):
            monkeypatch.setenv(f"LANGSMITH_{name}", value)
        _reset_langsmith()
        yield World(cloud, local, traces, tmp_path)
        langsmith.configure(client=None)
    _reset_langsmith()
    root.removeHandler(log)
    root.setLevel(level)
    log.close()


def _reset_langsmith() -> None:
    cache: Any = utils.get_env_var
    cache.cache_clear()
    run_trees._CLIENT = None


def endpoints(world: World) -> Path:
    common = {"provider": "openai", "model": "test-model", "api_key_env": "TEST_MODEL_KEY", "timeout_s": 1}
    common |= {"max_context_length": 64000}
    far = {
        **common,
        "id": "far",
        "serving_type": "cloud",
        "privacy_level": "cloud",
        "base_url": f"{world.cloud.url}/v1",
    }
    near = {**common, "id": "near", "serving_type": "local", "privacy_level": "local"}
    near["base_url"] = f"{world.local.url}/v1"
    path = world.folder / "endpoints.yaml"
    path.write_text(yaml.safe_dump({"endpoints": [far, near], "routing": {"hedge_after_ms": 30}}), encoding="utf-8")
    return path


def test_no_canary_leaves_and_every_order_is_right(world: World, chance: random.Random) -> None:
    conversations = talks(chance, CONVERSATIONS)
    settings = Settings(
        database_url=f"sqlite:///{world.folder / 'kiosk.db'}", endpoints_file=endpoints(world), trace_private=True
    )
    with open_graph(settings) as kiosk:
        for talk in conversations:
            run(kiosk, talk, world, chance)
        saved = "\n".join(str(saved) for saved in kiosk.checkpointer.list(None))  # type: ignore[union-attr]
        till = [kiosk.for_the_till(talk.thread_id) for talk in conversations]
        wait_for_all_tracers()
        run_trees.get_cached_client().flush()
        observers = kiosk.kiosk.observers
        measured = f"{observers.monitor.statistics()} {observers.alerts.history}"
        while_open = {**world.everything(), "metrics": measured.encode()}
    found = leaks(conversations, {**while_open, "checkpoints": saved.encode(), "till": b""})
    found += leaks(conversations, world.everything())
    assert found == []
    assert [talk.contacts.items() <= told.items() for talk, told in zip(conversations, till, strict=True)] == [
        True for _ in conversations
    ]
    assert min(len(world.cloud.chats), len(world.local.chats), len(world.traces.bodies)) > 0
    assert len(saved) > 1000
    with closing(sqlite3.connect(world.folder / "kiosk.db")) as database:
        (attempts,) = database.execute("SELECT count(*) FROM serving_attempts").fetchone()
    assert attempts >= len(conversations)


def run(kiosk: KioskGraph, talk: Talk, world: World, chance: random.Random) -> None:
    """Have a conversation, with a caller who is careless and wrong now and then, and check every cart."""
    config: Any = {
        "configurable": {"thread_id": talk.thread_id, "customer": talk.name},
        "metadata": {"phone": talk.phone},
        "tags": [talk.name],
        "run_name": talk.name,
    }
    for words, cart in talk.turns:
        if chance.random() < 0.2:
            with pytest.raises(ValueError, match="llm_temperature") as raised:
                kiosk.invoke(said(words), config, context=Context(llm_temperature=9.0))
            world.errors += traceback.format_exception(raised.value)
        durability: Any = chance.choice(["sync", "async", "exit"])
        result = kiosk.invoke(said(words), config, durability=durability)
        lines = result["order"]["lines"]
        assert [(line["item"], line["quantity"], line["options"]) for line in lines] == cart, words
    decision: Any = Command(resume={"decisions": [{"type": "approve", "message": f"{talk.name} {talk.phone}"}]})
    assert kiosk.invoke(decision, config)["order"]["status"] == "paid"


def leaks(conversations: list[Talk], exits: dict[str, bytes]) -> list[str]:
    """Return where canaries came out; the messages name the kind and never the value."""
    return [
        f"{kind} of {talk.thread_id[:4]} in {name}"
        for talk in conversations
        for kind, value in talk.canaries
        for name, data in exits.items()
        if value.encode() in data
    ]
