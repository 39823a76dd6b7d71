"""Callback handlers on runs of the real client libraries, against a server on the loopback."""

import asyncio
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import BaseChatModel
from langchain_openai import ChatOpenAI

from kiosk.serving.alerts import Alerts
from kiosk.serving.callbacks import (
    AlertHandler,
    BlockedWordError,
    CostWatch,
    KeywordFilter,
    PerformanceMonitor,
    SlowResponseLog,
    Thresholds,
)
from kiosk.serving.channels import LogChannel
from kiosk.serving.errors import classify
from kiosk.serving.models import Price
from tests.loopback import Answer, LoopbackServer

pytestmark = pytest.mark.unit


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(Answer("안녕하세요", input_tokens=100, output_tokens=20)) as running:
        yield running


@pytest.fixture
def alerts() -> Iterator[Alerts]:
    running = Alerts([LogChannel()], every_s=300)
    yield running
    running.close()


def model(server: LoopbackServer) -> BaseChatModel:
    fields = {"model": "test-model", "api_key": "none", "base_url": f"{server.url}/v1", "max_retries": 0, "timeout": 5}
    return ChatOpenAI.model_validate(fields)


def config(*handlers: BaseCallbackHandler, endpoint: str = "cloud") -> Any:
    return {"callbacks": list(handlers), "metadata": {"endpoint_id": endpoint}}


def kinds(alerts: Alerts) -> list[str]:
    alerts.close()
    return [entry.kind for entry in alerts.history]


def test_the_monitor_counts_calls_tokens_and_characters(server: LoopbackServer) -> None:
    monitor = PerformanceMonitor()
    for _ in range(3):
        model(server).invoke("라떼 3잔", config(monitor))
    seen = monitor.statistics()["cloud"]
    assert (seen.calls, seen.failures, seen.running) == (3, 0, 0)
    assert (seen.input_tokens, seen.output_tokens, seen.last_tokens) == (300, 60, 120)
    assert seen.mean_response_chars == len("안녕하세요")
    assert 0 < seen.p50_ms <= seen.p95_ms <= seen.p99_ms


async def test_runs_at_once_are_told_apart_by_their_ids() -> None:
    monitor = PerformanceMonitor()
    delays = {"a": 0.0, "b": 0.4, "c": 0.2}

    def script(asked: Any) -> Answer:
        return Answer("ok", delay_s=delays[asked.body["messages"][0]["content"]])

    with LoopbackServer(script) as server:
        llm = model(server)
        await asyncio.gather(*(llm.ainvoke(name, config(monitor, endpoint=name)) for name in delays))
    seen = monitor.statistics()
    assert [seen[name].calls for name in "abc"] == [1, 1, 1]
    assert seen["a"].p50_ms < 200 < seen["c"].p50_ms < 400 < seen["b"].p50_ms + 1


def test_a_failure_is_counted_and_raises_an_alert_with_its_cause_and_no_words(
    server: LoopbackServer, alerts: Alerts
) -> None:
    monitor, handler = PerformanceMonitor(), AlertHandler(alerts)
    server.then(Answer(status=401))
    with pytest.raises(Exception, match="401"):
        model(server).invoke("제 번호는 010-1234-5678", config(monitor, handler))
    assert monitor.statistics()["cloud"].failures == 1
    assert kinds(alerts) == ["error"]
    assert alerts.history[0].text == "cloud: failed of auth"


async def test_a_run_that_its_caller_gives_up_does_not_stay_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monitor = PerformanceMonitor()
    with LoopbackServer(Answer(fault="hang")) as server, pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await model(server).ainvoke("hi", config(monitor))
    assert monitor.statistics()["cloud"].running == 1
    monkeypatch.setattr("kiosk.serving.callbacks._GIVEN_UP_S", 0.0)
    seen = monitor.statistics()["cloud"]
    assert (seen.calls, seen.failures, seen.running) == (1, 1, 0)


def test_a_long_prompt_a_slow_answer_and_costs_raise_alerts(server: LoopbackServer, alerts: Alerts) -> None:
    thresholds = Thresholds(cost_usd=0.1, response_s=0.1, prompt_chars=1000)
    handler = AlertHandler(alerts, thresholds, lambda _: Price(input=0.5, output=3.0))
    server.then(Answer("ok", delay_s=0.2))
    model(server).invoke("인공지능" * 300, config(handler))
    assert handler.cost_usd == pytest.approx(0.5 * 0.1 + 3.0 * 0.02)
    assert kinds(alerts) == ["long_prompt", "slow", "cost"]
    handler.reset_cost()
    assert handler.cost_usd == 0


def test_costs_are_told_once_for_each_time_the_bound_is_reached(alerts: Alerts) -> None:
    watch = CostWatch(Alerts([LogChannel()], every_s=0), 1.0)
    told = watch._alerts
    for spent in (0.5, 1.1, 1.2, 1.9, 2.3, 2.4):
        watch.check(spent)
    told.close()
    assert [entry.value for entry in told.history] == [1.1, 2.3]


def test_a_healthy_answer_raises_none(server: LoopbackServer, alerts: Alerts) -> None:
    model(server).invoke("라떼", config(AlertHandler(alerts)))
    assert kinds(alerts) == []


def test_slow_answers_are_logged_without_words(server: LoopbackServer, caplog: pytest.LogCaptureFixture) -> None:
    handler = SlowResponseLog(0.1)
    model(server).invoke("빨리 주세요", config(handler))
    server.then(Answer("느려요", delay_s=0.2))
    model(server).invoke("천천히 주세요", config(handler))
    (record,) = [record for record in caplog.records if record.name == "kiosk.serving.slow"]
    entry = json.loads(record.getMessage())
    assert (entry["endpoint"], entry["tokens"], entry["prompt_chars"]) == ("cloud", 120, 7)
    assert entry["seconds"] >= 0.2
    assert record.levelno == logging.WARNING


@pytest.mark.parametrize("text", ["이건 FOOLISH 해요", json.dumps({"reply": "바보 같은 주문"})])
def test_an_answer_with_a_blocked_word_fails_as_filtered(server: LoopbackServer, text: str) -> None:
    handler = KeywordFilter(["foolish", "바보"])
    server.then(Answer(text))
    with pytest.raises(BlockedWordError) as raised:
        model(server).invoke("라떼", config(handler))
    assert classify(raised.value).cause == "content_filter"
    assert "주문" not in str(raised.value)
    assert handler.blocked == 1


async def test_a_blocked_word_is_found_in_a_tool_call_and_on_an_event_loop(server: LoopbackServer) -> None:
    server.then(Answer(json.dumps({"reply": "바보"}), tool="answer"))
    with pytest.raises(BlockedWordError):
        await model(server).ainvoke("라떼", config(KeywordFilter(["바보"])))


def test_other_answers_pass_the_filter(server: LoopbackServer) -> None:
    assert model(server).invoke("라떼", config(KeywordFilter(["바보", " "]))).text == "안녕하세요"
