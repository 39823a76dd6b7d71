"""The strategy that asks a model: within the rules, and with the rules to fall back on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kiosk.serving import Registry, RouteRequest, decide, referee
from state import Context
from tests.loopback import Answer, LoopbackServer
from tests.unit.serving.support import analysis, endpoint, registry

pytestmark = pytest.mark.unit

CHOICE = json.dumps({"reason": "many parts", "confidence": 0.7})


@pytest.mark.parametrize(
    ("tool", "chain"),
    [
        ("select_cloud_serving", ["embedded", "mini", "near"]),
        ("select_local_serving", ["embedded", "near", "mini"]),
    ],
)
async def test_the_tool_that_is_called_decides(tool: str, chain: list[str], tmp_path: Path) -> None:
    with LoopbackServer(Answer(CHOICE, tool=tool)) as server:
        decision = await referee(RouteRequest(analysis()), both(tmp_path, server), "라떼랑 어울리는 거", 5)

    assert decision.selection["chain"] == chain
    assert (decision.selection["reason"], decision.selection["confidence"]) == ("many parts", 0.7)
    names = [tool["function"]["name"] for tool in server.chats[0].body["tools"]]
    assert names == ["select_cloud_serving", "select_local_serving"]


async def test_nobody_is_asked_about_a_private_turn(tmp_path: Path) -> None:
    with LoopbackServer(Answer(CHOICE, tool="select_cloud_serving")) as server:
        decision = await referee(RouteRequest(analysis(privacy_sensitivity="high")), both(tmp_path, server), "…", 5)

    assert decision.selection["chain"] == ["embedded", "near"]
    assert server.chats == []


async def test_with_masking_allowed_no_cloud_model_sees_a_private_turn_to_choose(tmp_path: Path) -> None:
    with LoopbackServer(Answer(CHOICE, tool="select_cloud_serving")) as server:
        near = endpoint("near", "ollama", server.url)  # without tools it cannot choose
        mini = endpoint("mini", "openai", f"{server.url}/v1")
        known = registry(tmp_path, near, mini, routing={"private_cloud": "masked"})

        decision = await referee(RouteRequest(analysis(privacy_sensitivity="high")), known, "…", 5)

    assert "mini" in decision.selection["chain"]
    assert server.chats == []


async def test_nobody_is_asked_where_the_caller_has_chosen(tmp_path: Path) -> None:
    with LoopbackServer() as server:
        request = RouteRequest(analysis(), Context(llm_model="mini"))

        assert (await referee(request, both(tmp_path, server), "…", 5)).selection["chain"][0] == "mini"
        assert server.chats == []


@pytest.mark.parametrize(
    "answer",
    [
        Answer("I would go for the cloud."),
        Answer("{}", tool="select_cloud_serving"),
        Answer('{"reason": "x", "confidence": 9}', tool="select_cloud_serving"),
        Answer(CHOICE, tool="select_free_lunch"),
        Answer(status=503),
        Answer(fault="hang"),
    ],
)
async def test_where_the_model_is_of_no_use_the_rules_hold(answer: Answer, tmp_path: Path) -> None:
    with LoopbackServer(answer) as server:
        known = both(tmp_path, server)
        decision = await referee(RouteRequest(analysis()), known, "…", 0.9)

    assert decision == decide(RouteRequest(analysis()), known)
    assert len(server.chats) == 1
    assert known.health.failures("near") == 1


def both(folder: Path, server: LoopbackServer) -> Registry:
    near = endpoint("near", "openai", f"{server.url}/v1", serving_type="local", privacy_level="local")
    mini = endpoint("mini", "openai", f"{server.url}/v1", price_per_1k={"input": 0.1, "output": 0.1})
    return registry(folder, {**near, "avg_latency_ms": 100}, mini)
