"""Budgets bind: over them only what is free is asked, whatever the strategy, and the customer is served."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from langchain_core.runnables import RunnableConfig

from graph import KioskGraph
from tests.graph.served import GOOD, UNSURE, attempts, causes, cloud, kiosk_on, model
from tests.graph.turns import cart, say
from tests.loopback import Answer, LoopbackServer
from tests.unit.serving.support import proposal

pytestmark = pytest.mark.graph

# A turn sends about 5,000 tokens at a cent for 1000.
TURN_USD = 0.052
SENT, WRITTEN = 5000, 200
BAD = Answer(proposal(actions=[]), input_tokens=SENT, output_tokens=WRITTEN)


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(Answer(GOOD.text, input_tokens=SENT, output_tokens=WRITTEN)) as server:
        yield server


def spent(kiosk: KioskGraph, thread: RunnableConfig) -> float:
    return float(kiosk.get_state(thread).values.get("spent_usd", 0.0))


def other(thread: RunnableConfig, name: object) -> RunnableConfig:
    return {"configurable": {"thread_id": f"{thread['configurable']['thread_id']}-{name}"}}


def test_a_conversation_stops_at_its_own_budget(tmp_path: Path, thread: RunnableConfig, server: LoopbackServer) -> None:
    kiosk = kiosk_on(tmp_path, cloud("far", server.url), session_budget_usd=2.5 * TURN_USD)
    result = say(kiosk, thread, *[UNSURE] * 5)

    assert len(server.chats) == 2
    assert spent(kiosk, thread) == pytest.approx(2 * TURN_USD)
    assert result["response"]["serving_info"]["endpoint_id"] == "embedded"
    assert cart(result) == [("cafe_mocha", 2, {})]
    assert "far: over_budget" in kiosk.get_state(thread).values["selection"]["reason"]

    say(kiosk, other(thread, "next"), UNSURE)
    assert len(server.chats) == 3


def test_the_days_budget_holds_over_all_conversations(
    tmp_path: Path, thread: RunnableConfig, server: LoopbackServer
) -> None:
    kiosk = kiosk_on(tmp_path, cloud("far", server.url), daily_budget_usd=3.5 * TURN_USD)
    for customer in range(6):
        say(kiosk, other(thread, customer), UNSURE)

    assert len(server.chats) == 3


def test_turns_at_the_same_time_do_not_overdraw_the_day(
    tmp_path: Path, thread: RunnableConfig, server: LoopbackServer
) -> None:
    kiosk = kiosk_on(tmp_path, cloud("far", server.url), daily_budget_usd=3.5 * TURN_USD)
    with ThreadPoolExecutor(12) as pool:
        results = list(pool.map(lambda customer: say(kiosk, other(thread, customer), UNSURE), range(12)))

    assert len(server.chats) == 3
    assert all(result["response"]["answer"] for result in results)


def test_over_budget_a_free_model_takes_over(tmp_path: Path, thread: RunnableConfig, server: LoopbackServer) -> None:
    models = cloud("far", server.url, avg_latency_ms=10), model("near", server.url, avg_latency_ms=900)
    kiosk = kiosk_on(tmp_path, *models, session_budget_usd=0.0)
    say(kiosk, thread, UNSURE, context={"llm_model": "far"})

    assert causes(kiosk, thread) == [("embedded", None), ("near", None)]


def test_the_budget_is_looked_at_again_before_a_retry_and_before_a_fallback(
    tmp_path: Path, thread: RunnableConfig
) -> None:
    with LoopbackServer(BAD) as bad, LoopbackServer(GOOD) as good:
        models = cloud("bad", bad.url, avg_latency_ms=10), cloud("good", good.url, avg_latency_ms=20)
        kiosk = kiosk_on(tmp_path, *models, session_budget_usd=1.5 * TURN_USD)
        say(kiosk, thread, UNSURE)

        assert (len(bad.chats), len(good.asked)) == (1, 0)
    assert [one["detail"] for one in attempts(kiosk, thread)] == [
        "",
        "nothing proposed",
        "not asked: over_budget",
        "",
    ]
    assert kiosk.get_state(thread).values["response"]["serving_info"]["endpoint_id"] == "embedded"
