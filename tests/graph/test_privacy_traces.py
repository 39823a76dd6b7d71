"""LangSmith, when somebody switches it on, learns how a turn was served and nothing of what was said."""

import os
from collections.abc import Iterator
from typing import Any, cast

import langsmith
import pytest
from langchain_core.runnables import RunnableConfig
from langchain_core.tracers.langchain import LangChainTracer, wait_for_all_tracers
from langsmith import run_trees, utils

from graph import create_graph
from kiosk.settings import Settings
from state import Context
from tests.collector import TraceCollector
from tests.graph.turns import said

pytestmark = pytest.mark.graph

NAME, PHONE, MAIL = "김민수", "010-2345-6789", "minsu.kim@example.com"
CANARIES = (NAME, PHONE, "2345-6789", "01023456789", MAIL, "minsu", "CANARY")
PRIVATE_TURN = f"라떼 3잔 아이스로 주세요. 제 이름은 {NAME}이고 번호는 {PHONE}, 영수증은 {MAIL}로 보내 주세요"


@pytest.fixture(params=[False, True], ids=["batch", "multipart"])
def collector(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[TraceCollector]:
    """A collector that the environment names, as an operator would."""
    with TraceCollector(multipart=request.param) as collector:
        monkeypatch.setenv("LANGSMITH_TRACING", "true")
        monkeypatch.setenv("LANGSMITH_ENDPOINT", collector.url)
        monkeypatch.setenv("LANGSMITH_API_KEY", "not-a-secret")
        forget_what_langsmith_knows()
        yield collector
        langsmith.configure(client=None)
    forget_what_langsmith_knows()


def forget_what_langsmith_knows() -> None:
    cast(Any, utils.get_env_var).cache_clear()
    run_trees._CLIENT = None


def flush() -> None:
    wait_for_all_tracers()
    run_trees.get_cached_client().flush()


def canaries_in(data: bytes) -> list[str]:
    return [canary for canary in CANARIES if canary.encode() in data]


def loud(thread: RunnableConfig) -> RunnableConfig:
    """Return a config with personal data in every place where a caller can put some."""
    ids = {**thread["configurable"], "customer": f"CANARY {NAME}", "note": {"deep": [PHONE]}}
    return {
        "configurable": ids,
        "metadata": {"who": NAME, PHONE: 1, "langgraph_node": f"CANARY {NAME}"},
        "tags": [f"CANARY:{NAME}", PHONE, f"endpoint:{NAME}"],
        "run_name": f"CANARY {NAME}",
    }


def test_no_span_reaches_it_from_any_place(collector: TraceCollector, thread: RunnableConfig) -> None:
    kiosk = create_graph(Settings(trace_private=True))
    for words in (PRIVATE_TURN, "두 잔 더", f"{NAME}라고 써 주세요", "결제할게요"):
        kiosk.invoke(said(words), loud(thread))
    with pytest.raises(ValueError, match="llm_temperature"):
        kiosk.invoke(said(PRIVATE_TURN), loud(thread), context=Context(llm_temperature=9.0))
    flush()
    assert collector.bodies
    assert canaries_in(collector.everything) == []


@pytest.mark.parametrize("collector", [False], indirect=True)
def test_a_trace_tells_how_a_turn_was_served(collector: TraceCollector, thread: RunnableConfig) -> None:
    create_graph().invoke(said("라떼 3잔 아이스로 주세요"), thread)
    flush()
    runs = list(collector.runs().values())
    named = {run["name"]: run for run in runs}
    assert {"kiosk", "analyze", "route", "generate", "validate", "propose"} <= set(named)
    assert {"privacy:low", "endpoint:embedded", "outcome:answered"} <= set(named["kiosk"]["tags"])
    assert {"node:validate", "outcome:accept"} <= set(named["validate"]["tags"])
    assert "endpoint:embedded" in named["propose"]["tags"]
    (line,) = named["kiosk"]["outputs"]["order"]["lines"]
    assert (line["item"], line["quantity"], line["options"]) == ("latte", 3, {"temperature": "iced"})
    assert len({run["trace_id"] for run in runs}) == 1


def test_a_private_conversation_is_not_traced_at_all(collector: TraceCollector, thread: RunnableConfig) -> None:
    kiosk = create_graph()
    for words in (PRIVATE_TURN, "두 잔 더"):
        kiosk.invoke(said(words), thread)
    flush()
    assert collector.bodies == []


async def test_it_holds_for_asynchronous_callers(collector: TraceCollector, thread: RunnableConfig) -> None:
    kiosk = create_graph(Settings(trace_private=True))
    await kiosk.ainvoke(said(PRIVATE_TURN), loud(thread))
    async for _ in kiosk.astream_events(said(PRIVATE_TURN), loud(thread), version="v2"):
        pass
    flush()
    assert collector.bodies
    assert canaries_in(collector.everything) == []


def test_a_tracer_of_the_callers_own_gets_a_hiding_client(collector: TraceCollector, thread: RunnableConfig) -> None:
    own = LangChainTracer(client=langsmith.Client(api_url=collector.url, api_key="not-a-secret"))
    kiosk = create_graph(Settings(trace_private=True))
    kiosk.invoke(said(PRIVATE_TURN), {**loud(thread), "callbacks": [own]})
    own.client.flush()
    assert collector.bodies
    assert canaries_in(collector.everything) == []


def test_a_key_alone_switches_nothing_on(thread: RunnableConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    with TraceCollector() as collector:
        monkeypatch.delenv("LANGSMITH_TRACING", raising=False)
        monkeypatch.setenv("LANGSMITH_ENDPOINT", collector.url)
        monkeypatch.setenv("LANGSMITH_API_KEY", "not-a-secret")
        forget_what_langsmith_knows()
        create_graph().invoke(said("라떼 3잔"), thread)
        assert run_trees._CLIENT is None
        assert collector.bodies == []
    os.environ["LANGSMITH_TRACING"] = "false"
    forget_what_langsmith_knows()


def test_streams_and_results_hold_placeholders(thread: RunnableConfig) -> None:
    kiosk = create_graph()
    shown = str(list(kiosk.stream(said(PRIVATE_TURN), thread, stream_mode=["values", "debug", "tasks", "updates"])))
    assert "<PHONE_1>" in shown
    assert canaries_in(shown.encode()) == []
