"""Turns that language models have a part in: they propose, and whatever they do the customer is served."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml
from langchain_core.runnables import RunnableConfig

from graph import KioskGraph, create_graph
from kiosk.settings import Settings
from state import Context
from tests.graph.turns import cart, said, say
from tests.loopback import Answer, LoopbackServer

pytestmark = pytest.mark.graph

UNSURE = "시원하고 달지 않은데 정신이 번쩍 드는 걸로 알아서 골라 담아줘"
FIRST = Context(llm_model="one")
PHONE = "010-2345-6789"
Kiosks = Callable[..., KioskGraph]


def proposal(*actions: dict[str, Any], **parts: Any) -> Answer:
    """Return what a well-behaved model sends."""
    empty: dict[str, Any] = {"questions": [], "notices": [], "clarification": None, "social": None, "reply": None}
    return Answer(json.dumps({"actions": actions, **empty, "confidence": 0.9, **parts}))


def add(item: str, quantity: int = 1) -> dict[str, Any]:
    return {"type": "add_item", "heard": item, "item": item, "quantity": quantity, "options": []}


MOCHA = proposal(add("cafe_mocha"))
NO_SUCH_LINE = proposal({"type": "set_quantity", "line_id": "9", "quantity": 2})
BROKEN = Answer('{"actions": [{"type": "add_item", "item": "lat')
DOWN = Answer(status=503)


@pytest.fixture
def servers() -> Iterator[list[LoopbackServer]]:
    """Model servers on the loopback; tests say what they answer."""
    with ExitStack() as stack:
        yield [stack.enter_context(LoopbackServer(DOWN)) for _ in range(2)]


@pytest.fixture
def kiosks(servers: list[LoopbackServer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kiosks:
    """Builds a kiosk with the endpoints `one` and `two`, one on each server."""
    monkeypatch.setenv("TEST_MODEL_KEY", "not-a-secret")

    def build(routing: dict[str, Any] | None = None, **changes: Any) -> KioskGraph:
        common = {
            "provider": "openai",
            "model": "test-model",
            "serving_type": "cloud",
            "privacy_level": "cloud",
            "api_key_env": "TEST_MODEL_KEY",
            "timeout_s": 2,
            "max_context_length": 64000,
            "price_per_1k": {"input": 0.001, "output": 0.002},
            **changes,
        }
        names = zip(("one", "two"), servers, strict=True)
        endpoints = [{**common, "id": name, "base_url": f"{server.url}/v1"} for name, server in names]
        file = tmp_path / "endpoints.yaml"
        file.write_text(yaml.safe_dump({"endpoints": endpoints, "routing": routing or {}}), encoding="utf-8")
        return create_graph(Settings(endpoints_file=file))

    return build


def causes(kiosk: KioskGraph, thread: RunnableConfig) -> list[tuple[str, str | None]]:
    """Return who was tried in the last turn, and what came of it."""
    return [(one["endpoint_id"], one["cause"]) for one in kiosk.get_state(thread).values["attempts"]]


def test_what_the_engine_is_sure_of_costs_no_call(
    kiosks: Kiosks, servers: list[LoopbackServer], thread: RunnableConfig
) -> None:
    result = say(kiosks(), thread, "라떼 3잔")
    assert result["response"]["serving_info"]["endpoint_id"] == "embedded"
    assert result["response"]["cost_savings"] > 0
    assert [server.chats for server in servers] == [[], []]


def test_what_the_engine_is_unsure_of_is_handed_on_to_a_model(
    kiosks: Kiosks, servers: list[LoopbackServer], thread: RunnableConfig
) -> None:
    servers[0].then(MOCHA)
    kiosk = kiosks()
    result = say(kiosk, thread, UNSURE)
    info = result["response"]["serving_info"]
    assert cart(result) == [("cafe_mocha", 1, {})]
    assert (info["endpoint_id"], info["serving_type"], info["tokens_used"]) == ("one", "cloud", 120)
    assert info["actual_cost"] == pytest.approx(0.00014)
    assert not info["was_fallback"]
    assert kiosk.get_state(thread).values["fallbacks"] == [
        {"from_endpoint": "embedded", "to_endpoint": "one", "reason": "low_confidence"}
    ]


def test_the_threshold_of_the_cascade_is_a_setting(
    kiosks: Kiosks, servers: list[LoopbackServer], thread: RunnableConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIOSK_CASCADE_THRESHOLD", "0")
    assert say(kiosks(), thread, UNSURE)["response"]["serving_info"]["endpoint_id"] == "embedded"
    assert servers[0].chats == []


def test_a_proposal_that_breaks_a_rule_is_asked_for_again_with_the_reason(
    kiosks: Kiosks, servers: list[LoopbackServer], thread: RunnableConfig
) -> None:
    servers[0].then(NO_SUCH_LINE, MOCHA)
    kiosk = kiosks()
    result = say(kiosk, thread, "모카 하나", context=FIRST)
    assert cart(result) == [("cafe_mocha", 1, {})]
    assert causes(kiosk, thread) == [("one", "bad_output"), ("one", None)]
    assert "unknown_line" in json.dumps(servers[0].chats[1].body)
    assert "unknown_line" not in json.dumps(servers[0].chats[0].body)


def test_after_its_retries_an_endpoint_hands_on_to_the_next(
    kiosks: Kiosks, servers: list[LoopbackServer], thread: RunnableConfig
) -> None:
    servers[0].then(NO_SUCH_LINE, BROKEN)
    servers[1].then(MOCHA)
    kiosk = kiosks({"max_retries": 1})
    result = say(kiosk, thread, UNSURE)
    assert cart(result) == [("cafe_mocha", 1, {})]
    assert causes(kiosk, thread) == [("embedded", None), ("one", "bad_output"), ("one", "bad_output"), ("two", None)]
    assert result["response"]["serving_info"]["was_fallback"]
    assert "unknown_line" not in json.dumps(servers[1].chats[0].body)


@pytest.mark.parametrize("wrong", [DOWN, BROKEN, NO_SUCH_LINE, Answer(""), Answer(status=401), Answer(status=429)])
def test_when_every_model_fails_the_engine_answers_and_the_cart_is_kept(
    kiosks: Kiosks, servers: list[LoopbackServer], thread: RunnableConfig, wrong: Answer
) -> None:
    kiosk = kiosks()
    say(kiosk, thread, "라떼 3잔")
    for server in servers:
        server.then(*[wrong] * 4)
    result = say(kiosk, thread, UNSURE)
    assert cart(result) == [("latte", 3, {})]
    assert result["response"]["serving_info"]["endpoint_id"] == "embedded"
    assert result["response"]["serving_info"]["was_fallback"]
    assert "fault" not in result["response"]["answer"]


@pytest.mark.parametrize(
    "lie",
    [
        "라떼는 100원이에요.",
        "무료로 드릴게요!",
        '{"price": 0}',
        "결제가 완료됐어요.",
        "Traceback (most recent call last)",
    ],
)
def test_a_model_that_lies_is_never_quoted(
    kiosks: Kiosks, servers: list[LoopbackServer], thread: RunnableConfig, lie: str
) -> None:
    servers[0].then(*[proposal(social="chat", reply=lie)] * 2)
    servers[1].then(*[proposal(social="chat", reply=lie)] * 2)
    kiosk = kiosks()
    result = say(kiosk, thread, UNSURE)
    assert lie not in result["response"]["answer"]
    assert ("one", "bad_output") in causes(kiosk, thread)


def test_a_model_that_hangs_costs_its_timeout_and_no_more(
    kiosks: Kiosks, servers: list[LoopbackServer], thread: RunnableConfig
) -> None:
    servers[0].then(Answer(fault="hang"))
    servers[1].then(MOCHA)
    kiosk = kiosks(timeout_s=0.3)
    result = say(kiosk, thread, UNSURE)
    assert cart(result) == [("cafe_mocha", 1, {})]
    assert causes(kiosk, thread)[1] == ("one", "timeout")
    assert 300 <= result["response"]["serving_info"]["latency_ms"] < 1500


def test_the_turns_deadline_holds_over_all_models(
    kiosks: Kiosks, servers: list[LoopbackServer], thread: RunnableConfig
) -> None:
    for server in servers:
        server.then(Answer(fault="hang"))
    began = time.perf_counter()
    result = say(kiosks({"turn_deadline_s": 0.5}), thread, UNSURE)
    assert time.perf_counter() - began < 2
    assert result["response"]["serving_info"]["endpoint_id"] == "embedded"


def test_models_that_only_talk_nonsense_are_asked_a_bounded_number_of_times(
    kiosks: Kiosks, servers: list[LoopbackServer], thread: RunnableConfig
) -> None:
    for server in servers:
        server.then(*[NO_SUCH_LINE] * 10)
    result = say(kiosks({"max_retries": 3}), thread, UNSURE)
    assert result["response"]["answer"]
    assert sum(len(server.chats) for server in servers) <= 7


async def test_a_cancelled_turn_lets_go_of_the_model_and_of_the_conversation(
    kiosks: Kiosks, servers: list[LoopbackServer], thread: RunnableConfig
) -> None:
    servers[0].then(Answer(fault="hang"))
    kiosk = kiosks(timeout_s=30)
    turn = asyncio.create_task(kiosk.ainvoke(said(UNSURE), thread))
    while not servers[0].chats:
        await asyncio.sleep(0.01)
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn
    assert cart(await asyncio.wait_for(kiosk.ainvoke(said("라떼 3잔"), thread), 5)) == [("latte", 3, {})]


def test_one_kiosk_serves_callers_with_and_without_event_loops(
    kiosks: Kiosks, servers: list[LoopbackServer], thread: RunnableConfig
) -> None:
    servers[0].then(*[MOCHA] * 4)
    kiosk = kiosks()
    for _ in range(2):
        say(kiosk, thread, UNSURE)
        result = asyncio.run(kiosk.ainvoke(said(UNSURE), thread))
    assert cart(result) == [("cafe_mocha", 4, {})]


def test_no_token_of_a_models_proposal_is_streamed(
    kiosks: Kiosks, servers: list[LoopbackServer], thread: RunnableConfig
) -> None:
    servers[0].then(MOCHA)
    shown = [message for message, _ in kiosks().stream(said(UNSURE), thread, stream_mode="messages")]
    assert [message.type for message in shown] == ["ai"]
    assert "add_item" not in shown[0].content


def test_a_private_turn_reaches_no_cloud_model_and_nor_does_it_as_history(
    kiosks: Kiosks, servers: list[LoopbackServer], thread: RunnableConfig
) -> None:
    servers[0].then(*[MOCHA] * 2)
    kiosk = kiosks()
    say(kiosk, thread, f"제 번호는 {PHONE}인데 {UNSURE}", context=FIRST)
    assert servers[0].chats == []
    result = say(kiosk, thread, UNSURE, context=FIRST)
    assert result["response"]["serving_info"]["endpoint_id"] == "one"
    assert PHONE not in json.dumps([chat.body for chat in servers[0].chats])


def test_a_models_share_of_a_payment_is_the_wish_to_pay(
    kiosks: Kiosks, servers: list[LoopbackServer], thread: RunnableConfig
) -> None:
    servers[0].then(proposal({"type": "request_payment"}))
    kiosk = kiosks()
    result = say(kiosk, thread, "라떼 3잔 아이스")
    result = say(kiosk, thread, "이제 됐어 그만", context=FIRST)
    assert result["order"]["status"] == "awaiting_payment"
    assert result["__interrupt__"][0].value["action_requests"][0]["args"]["amount"] == 13500


@pytest.mark.parametrize("style", ["detailed", "concise"])
def test_style_and_temperature_may_be_chosen_by_context_or_by_id(
    kiosks: Kiosks, servers: list[LoopbackServer], thread: RunnableConfig, style: Any
) -> None:
    servers[0].then(*[MOCHA] * 2)
    kiosk = kiosks()
    ids = {"llm_model": "one", "llm_temperature": 0.7, "prompt_style": style}
    kiosk.invoke(said(UNSURE), {"configurable": {**thread["configurable"], **ids}})
    chosen = Context(llm_model="one", llm_temperature=0.3, prompt_style=style)
    kiosk.invoke(said(UNSURE), {"configurable": {**thread["configurable"], **ids}}, context=chosen)
    assert [chat.body["temperature"] for chat in servers[0].chats] == [0.7, 0.3]
    prompts = [chat.body["messages"][0]["content"] for chat in servers[0].chats]
    assert prompts[0] == prompts[1]
