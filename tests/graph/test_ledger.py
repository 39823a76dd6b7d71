"""What the whole machine writes into the serving ledger, with real model clients and a real database."""

import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml
from langchain_core.runnables import RunnableConfig
from sqlalchemy import Row, select

from graph import KioskGraph, create_graph, open_graph
from kiosk.serving.feedback import Figures
from kiosk.settings import Settings
from kiosk.storage.database import database, reading
from kiosk.storage.statistics import read_alerts, read_figures
from kiosk.storage.tables import serving_attempts
from tests.graph.test_models import BROKEN, DOWN, FIRST, MOCHA, PHONE, UNSURE, add, proposal
from tests.graph.turns import cart, say
from tests.loopback import Answer, LoopbackServer

pytestmark = pytest.mark.graph

Kiosks = Callable[..., AbstractContextManager[KioskGraph]]
SURE = "라떼 3잔"


@pytest.fixture
def servers() -> Iterator[list[LoopbackServer]]:
    """Model servers on the loopback; tests say what they answer."""
    with ExitStack() as stack:
        yield [stack.enter_context(LoopbackServer(DOWN)) for _ in range(2)]


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The database of the test."""
    return f"sqlite:///{tmp_path / 'kiosk.db'}"


@pytest.fixture
def kiosks(servers: list[LoopbackServer], url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kiosks:
    """Opens a kiosk with the cloud endpoint `one` and the local endpoint `two`, one on each server."""
    monkeypatch.setenv("TEST_MODEL_KEY", "not-a-secret")

    def opened(routing: dict[str, Any] | None = None, **settings: Any) -> AbstractContextManager[KioskGraph]:
        common = {"model": "test-model", "timeout_s": 3, "max_context_length": 64000}
        cloud = {"provider": "openai", "serving_type": "cloud", "privacy_level": "cloud"}
        local = {"provider": "ollama", "serving_type": "local", "privacy_level": "local", "base_url": servers[1].url}
        one = {"id": "one", "base_url": f"{servers[0].url}/v1", "api_key_env": "TEST_MODEL_KEY"}
        price = {"price_per_1k": {"input": 0.001, "output": 0.002}}
        endpoints = [{**common, **cloud, **one, **price}, {**common, **local, "id": "two"}]
        file = tmp_path / "endpoints.yaml"
        file.write_text(yaml.safe_dump({"endpoints": endpoints, "routing": routing or {}}), encoding="utf-8")
        return open_graph(Settings(endpoints_file=file, database_url=url, **settings))

    return opened


def rows(url: str) -> list[Row[Any]]:
    with database(url) as engine, reading(engine) as connection:
        return list(connection.execute(select(serving_attempts).order_by(serving_attempts.c.id)))


def figures(url: str) -> Figures:
    with database(url) as engine:
        return read_figures(engine)


def test_a_turn_of_the_embedded_engine_is_one_row_that_saved_money(
    kiosks: Kiosks, url: str, thread: RunnableConfig
) -> None:
    with kiosks() as kiosk:
        result = say(kiosk, thread, SURE)
    (row,) = rows(url)
    assert (row.endpoint, row.stage, row.answered, row.cost_usd) == ("embedded", "first", True, 0)
    assert row.avoided_usd == pytest.approx(result["response"]["cost_savings"])
    assert row.avoided_usd > 0
    assert (row.privacy, row.complexity) == ("low", "simple")


def test_cascade_retry_fallback_and_last_resort_are_told_apart(
    kiosks: Kiosks, url: str, servers: list[LoopbackServer], thread: RunnableConfig
) -> None:
    servers[0].then(BROKEN, BROKEN)
    with kiosks() as kiosk:
        say(kiosk, thread, UNSURE, context=FIRST)
    seen = [(row.endpoint, row.stage, row.cause, row.fallback_to, row.fallback_reason) for row in rows(url)]
    assert seen[:3] == [
        ("one", "first", "bad_output", None, None),
        ("one", "retry", "bad_output", "embedded", "bad_output"),
        ("embedded", "fallback", None, "two", "low_confidence"),
    ]
    assert [one[:2] for one in seen[3:]] == [("two", "cascade"), ("two", "retry"), ("embedded", "last_resort")]
    assert len({row.turn for row in rows(url)}) == 1
    assert [row.answered for row in rows(url)] == [False] * 5 + [True]
    found = figures(url)
    assert (found.fallbacks, found.cascades) == (2, 1)
    assert {(it.endpoint, it.cause, it.failures) for it in found.causes} == {
        ("one", "bad_output", 2),
        ("two", "server_error", 2),
    }


def test_tokens_and_cost_of_failures_count(
    kiosks: Kiosks, url: str, servers: list[LoopbackServer], thread: RunnableConfig
) -> None:
    servers[0].then(BROKEN, MOCHA)
    with kiosks() as kiosk:
        say(kiosk, thread, UNSURE, context=FIRST)
    assert [(row.input_tokens, row.output_tokens, row.cost_usd) for row in rows(url)] == [
        (100, 20, pytest.approx(0.00014)),
        (100, 20, pytest.approx(0.00014)),
    ]
    (cloud,) = figures(url).endpoints
    assert (cloud.requests, cloud.success_rate, cloud.answered) == (2, 0.5, 1)


def test_a_private_turn_leaves_no_words_and_no_id_in_the_ledger(
    kiosks: Kiosks, url: str, tmp_path: Path, thread: RunnableConfig
) -> None:
    with kiosks() as kiosk:
        say(kiosk, thread, f"{PHONE} 번호로 적립하고 {UNSURE}")
    assert {row.privacy for row in rows(url)} == {"high"}
    stored = str([tuple(row) for row in rows(url)])
    assert PHONE not in stored
    assert str(thread["configurable"]["thread_id"]) not in stored
    assert "one" not in {row.endpoint for row in rows(url)}


def test_a_turn_that_cannot_be_read_asks_nobody_and_is_no_row(kiosks: Kiosks, url: str, thread: RunnableConfig) -> None:
    with kiosks() as kiosk:
        say(kiosk, thread, " ", SURE)
    assert len(rows(url)) == 1


def test_the_days_budget_holds_after_a_restart(
    kiosks: Kiosks, url: str, servers: list[LoopbackServer], thread: RunnableConfig
) -> None:
    routing = {"daily_budget_usd": 0.02}
    answer = Answer(MOCHA.text, input_tokens=15_000)
    servers[0].then(answer)
    with kiosks(routing) as kiosk:
        say(kiosk, thread, UNSURE, context=FIRST)
    assert len(servers[0].chats) == 1
    servers[0].then(answer)
    with kiosks(routing) as kiosk:
        say(kiosk, thread, UNSURE, context=FIRST)
    assert len(servers[0].chats) == 1


def test_adaptive_routing_begins_with_what_earlier_processes_saw(
    kiosks: Kiosks, servers: list[LoopbackServer], thread: RunnableConfig
) -> None:
    routing = {"strategy": "adaptive", "explore": 0}
    with kiosks(routing) as kiosk:
        say(kiosk, thread, UNSURE, context=FIRST)
    with kiosks(routing) as kiosk:
        registry = kiosk.kiosk.registry
        seen = registry.health.experience.of(registry.endpoints["one"])
    assert (seen.success, seen.tries) == (0.0, 2)


def test_failures_slow_answers_and_costs_reach_the_history_of_alerts(
    kiosks: Kiosks, url: str, servers: list[LoopbackServer], thread: RunnableConfig
) -> None:
    servers[0].then(Answer(MOCHA.text, delay_s=0.3, input_tokens=15_000), Answer(fault="hang"))
    with kiosks(alert_response_s=0.2, alert_cost_usd=0.01) as kiosk:
        say(kiosk, thread, UNSURE, UNSURE, context=FIRST)
    with database(url) as engine:
        found = {(entry.kind, entry.endpoint) for entry in read_alerts(engine)}
    assert {("slow", "one"), ("cost", None), ("error", "one"), ("error", "two")} <= found


def test_an_answer_with_a_blocked_word_goes_to_the_next_endpoint(
    kiosks: Kiosks, url: str, servers: list[LoopbackServer], thread: RunnableConfig
) -> None:
    servers[0].then(proposal(add("cafe_mocha"), reply="에라 모르겠다"))
    servers[1].then(MOCHA)
    with kiosks(blocked_words=("모르겠다",)) as kiosk:
        result = say(kiosk, thread, UNSURE, context=FIRST)
    assert cart(result) == [("cafe_mocha", 1, {})]
    assert [(row.endpoint, row.cause) for row in rows(url)][0] == ("one", "content_filter")


def test_the_monitor_sees_the_models_and_costs_the_engine_nothing(
    kiosks: Kiosks, servers: list[LoopbackServer], thread: RunnableConfig
) -> None:
    servers[0].then(MOCHA)
    with kiosks() as kiosk:
        say(kiosk, thread, SURE)
        say(kiosk, thread, UNSURE, context=FIRST)
        seen = kiosk.kiosk.observers.monitor.statistics()
    assert {name: (it.calls, it.output_tokens) for name, it in seen.items()} == {"one": (1, 20)}


async def test_turns_on_an_event_loop_are_recorded_as_well(kiosks: Kiosks, url: str, thread: RunnableConfig) -> None:
    async with kiosks() as kiosk:  # type: ignore[attr-defined]
        turn: Any = {"messages": [{"role": "user", "content": SURE}]}
        await kiosk.ainvoke(turn, thread)
    assert len(rows(url)) == 1


def test_many_conversations_at_once_leave_one_row_for_each_attempt(
    kiosks: Kiosks, url: str, servers: list[LoopbackServer]
) -> None:
    def converse(kiosk: KioskGraph, number: int) -> int:
        thread: RunnableConfig = {"configurable": {"thread_id": f"many-{number}"}}
        tried = 0
        for words in (SURE, UNSURE, "안녕하세요"):
            say(kiosk, thread, words)
            tried += len(kiosk.get_state(thread).values["attempts"])
        return tried

    with kiosks() as kiosk, ThreadPoolExecutor(12) as pool:
        tried = sum(pool.map(lambda number: converse(kiosk, number), range(24)))
    found = rows(url)
    assert len(found) == tried
    assert len({row.turn for row in found}) == 72
    assert Counter(row.thread for row in found if row.answered).most_common()[0][1] == 3
    models = [row for row in found if row.endpoint != "embedded" and row.asked]
    assert len(models) == sum(len(server.chats) for server in servers)


def test_a_ledger_that_cannot_be_written_keeps_no_customer_waiting(
    kiosks: Kiosks, url: str, thread: RunnableConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.serving.observers.entries_of", lambda *_: 1 / 0)
    with kiosks() as kiosk:
        result = say(kiosk, thread, SURE)
    assert cart(result) == [("latte", 3, {})]


def test_a_kiosk_in_memory_loads_no_database() -> None:
    code = (
        "import sys; from graph import create_graph; k = create_graph();"
        "k.invoke({'messages': [{'role': 'user', 'content': 'latte'}]}, {'configurable': {'thread_id': 't'}});"
        "assert 'sqlalchemy' not in sys.modules"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr


def test_the_ledger_adds_little_to_a_turn(kiosks: Kiosks, thread: RunnableConfig) -> None:
    def timed(kiosk: KioskGraph) -> float:
        began = time.perf_counter()
        say(kiosk, thread, "안녕하세요")
        return time.perf_counter() - began

    with kiosks() as stored:
        watched = stored.kiosk.observers
        began: list[float] = []
        served = watched.served

        def measured(turn: Any) -> None:
            start = time.perf_counter()
            served(turn)
            began.append(time.perf_counter() - start)

        object.__setattr__(watched, "served", measured)
        for _ in range(40):
            timed(stored)
    assert statistics.median(began) < 0.0003


def test_a_kiosk_without_persistence_has_a_ledger_in_memory(thread: RunnableConfig) -> None:
    kiosk = create_graph()
    say(kiosk, thread, SURE)
    assert kiosk.kiosk.observers.ledger.spent_today() == 0
