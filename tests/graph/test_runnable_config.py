"""What a caller chooses per call, by `configurable` ids or by context, and what its callbacks get to see."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import BaseMessage
from langchain_core.outputs import LLMResult
from langchain_core.runnables import RunnableConfig

from graph import KioskGraph
from state import Context
from tests.graph.served import GOOD, HANGS, UNSURE, causes, cloud, kiosk_on, model
from tests.graph.turns import said
from tests.loopback import LoopbackServer

pytestmark = pytest.mark.graph

SECRET = "비밀스러운 소원"


class Watch(BaseCallbackHandler):
    """Notes who was asked with which tags and metadata, and that every run that begins also ends."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.open: dict[UUID, UUID | None] = {}
        self.nodes: dict[UUID, str] = {}

    def on_chain_start(self, serialized: Any, inputs: Any, *, run_id: UUID, **run: Any) -> None:
        self.nodes[run_id] = run.get("name") or ""

    def on_chat_model_start(
        self, serialized: Any, messages: list[list[BaseMessage]], *, run_id: UUID, **run: Any
    ) -> None:
        self.open[run_id] = run.get("parent_run_id")
        self.asked.append({"tags": set(run["tags"]), "metadata": run["metadata"], "parent": run.get("parent_run_id")})

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **run: Any) -> None:
        del self.open[run_id]

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **run: Any) -> None:
        del self.open[run_id]


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(GOOD) as server:
        yield server


def called_with(thread: RunnableConfig, **ids: Any) -> RunnableConfig:
    return {"configurable": {**thread["configurable"], **ids}}


def asked_for(server: LoopbackServer) -> dict[str, Any]:
    """Return what the last request says about model, temperature and style."""
    body = server.chats[-1].body
    style = next((name for name in ("explain what fits", "at most five words") if name in str(body)), "default")
    return {"model": body["model"], "temperature": body["temperature"], "style": style}


def test_ids_choose_model_temperature_and_style_for_one_call(
    tmp_path: Path, thread: RunnableConfig, server: LoopbackServer
) -> None:
    first, second = cloud("first", server.url, model="mini"), cloud("second", server.url, model="grand")
    kiosk = kiosk_on(tmp_path, first, second)

    kiosk.invoke(
        said("모카 하나"), called_with(thread, llm_model="second", llm_temperature=0.7, prompt_style="detailed")
    )
    assert asked_for(server) == {"model": "grand", "temperature": 0.7, "style": "explain what fits"}

    kiosk.invoke(said(UNSURE), called_with(thread, prompt_style="concise"))
    assert asked_for(server)["model"] == "mini"
    assert asked_for(server)["style"] == "at most five words"


def test_a_model_can_be_asked_for_by_the_providers_name(
    tmp_path: Path, thread: RunnableConfig, server: LoopbackServer
) -> None:
    kiosk = kiosk_on(tmp_path, cloud("first", server.url, model="mini"), cloud("second", server.url, model="grand"))
    kiosk.invoke(said("모카 하나"), called_with(thread, llm_model="grand"))
    assert causes(kiosk, thread) == [("second", None)]


def test_a_temperature_of_nothing_is_a_temperature(
    tmp_path: Path, thread: RunnableConfig, server: LoopbackServer
) -> None:
    kiosk = kiosk_on(tmp_path, cloud("first", server.url))
    long = ", ".join([UNSURE] * 5)
    kiosk.invoke(said(long), called_with(thread, llm_model="first"))
    assert asked_for(server)["temperature"] > 0
    kiosk.invoke(said(long), called_with(thread, llm_model="first", llm_temperature=0))
    assert asked_for(server)["temperature"] == 0


@pytest.mark.parametrize(
    ("ids", "field"), [({"llm_temperature": 9}, "llm_temperature"), ({"prompt_style": "rude"}, "prompt_style")]
)
def test_a_choice_that_is_not_there_is_refused_by_name(
    tmp_path: Path, thread: RunnableConfig, server: LoopbackServer, ids: dict[str, Any], field: str
) -> None:
    kiosk = kiosk_on(tmp_path, cloud("first", server.url))
    with pytest.raises(ValueError, match=f"context.{field}"):
        kiosk.invoke(said("라떼"), called_with(thread, **ids))


def test_context_wins_over_an_id(tmp_path: Path, thread: RunnableConfig, server: LoopbackServer) -> None:
    kiosk = kiosk_on(tmp_path, cloud("first", server.url))
    config = called_with(thread, llm_model="first", llm_temperature=0.9)
    kiosk.invoke(said("모카 하나"), config, context=Context(llm_temperature=0.1))
    assert asked_for(server)["temperature"] == 0.1


def run(kiosk: KioskGraph, config: RunnableConfig, is_async: bool, text: str = UNSURE) -> None:
    if is_async:
        asyncio.run(kiosk.ainvoke(said(text), config))
    else:
        kiosk.invoke(said(text), config)


@pytest.mark.parametrize("is_async", [False, True])
def test_tags_and_metadata_reach_every_models_run_below_its_node(
    tmp_path: Path, thread: RunnableConfig, server: LoopbackServer, is_async: bool
) -> None:
    watch = Watch()
    kiosk = kiosk_on(tmp_path, model("near", server.url))
    run(kiosk, {**thread, "callbacks": [watch], "tags": ["shop-7"], "metadata": {"visit": "v1"}}, is_async)

    assert [run["metadata"]["endpoint_id"] for run in watch.asked] == ["embedded", "near"]
    for asked in watch.asked:
        assert {"shop-7", "nostream"} <= asked["tags"]
        assert asked["metadata"]["visit"] == "v1"
        assert watch.nodes[asked["parent"]] == "generate"
    assert watch.open == {}


def test_both_runs_of_a_race_are_seen_and_both_end(
    tmp_path: Path, thread: RunnableConfig, server: LoopbackServer
) -> None:
    watch = Watch()
    with LoopbackServer(HANGS) as hanging:
        models = model("slow", hanging.url, avg_latency_ms=10), model("good", server.url, avg_latency_ms=20)
        kiosk = kiosk_on(tmp_path, *models, hedge_after_ms=100)
        run(kiosk, {**thread, "callbacks": [watch], "tags": ["shop-7"]}, is_async=False)

    assert [run["metadata"]["endpoint_id"] for run in watch.asked] == ["embedded", "slow", "good"]
    assert all("shop-7" in run["tags"] for run in watch.asked)
    assert watch.open == {}


def test_a_run_that_takes_too_long_ends_as_well(tmp_path: Path, thread: RunnableConfig) -> None:
    watch = Watch()
    with LoopbackServer(HANGS) as hanging:
        kiosk = kiosk_on(tmp_path, model("slow", hanging.url, timeout_s=0.3))
        run(kiosk, {**thread, "callbacks": [watch]}, is_async=True)

    assert len(watch.asked) == 3
    assert watch.open == {}


def test_neither_tags_nor_metadata_hold_what_the_customer_said(
    tmp_path: Path, thread: RunnableConfig, server: LoopbackServer
) -> None:
    watch = Watch()
    kiosk = kiosk_on(tmp_path, model("near", server.url))
    run(kiosk, {**thread, "callbacks": [watch]}, is_async=False, text=f"{SECRET} {UNSURE}")
    assert len(watch.asked) == 2
    assert SECRET not in str(watch.asked)
