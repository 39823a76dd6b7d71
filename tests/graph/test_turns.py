"""One turn through the whole machine, however it is called and whatever is said."""

import asyncio
import copy
import json
import threading
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.runnables import RunnableConfig

from graph import KioskGraph, create_graph
from kiosk.serving.models import AgentResponse
from kiosk.settings import Settings
from nodes.resources import Kiosk
from state import Context
from tests.graph.turns import cart, said, say

pytestmark = pytest.mark.graph

LATTES: list[Any] = [("latte", 3, {})]
VARYING = {"id", "order_id", "timestamp", "latency_ms", "started_at"}


def settled(value: Any) -> Any:
    """Leave out what differs from run to run: ids and times."""
    if isinstance(value, BaseMessage):
        return value.type, value.content
    if isinstance(value, dict):
        return {key: settled(part) for key, part in value.items() if key not in VARYING}
    return [settled(part) for part in value] if isinstance(value, list | tuple) else value


def test_a_turn_gives_order_response_and_answer_as_plain_values(kiosk: KioskGraph, thread: RunnableConfig) -> None:
    result = say(kiosk, thread, "라떼 3잔")
    assert set(result) == {"messages", "order", "response"}
    assert cart(result) == LATTES
    assert result["order"]["total"] == 13500
    assert result["order"]["lines"][0]["missing"] == ["temperature"]
    assert result["messages"][-1].content == result["response"]["answer"]
    assert json.loads(json.dumps(result["response"])) == result["response"]
    assert AgentResponse.model_validate(result["response"]).serving_info.tokens_used == 0


def test_the_order_goes_on_from_turn_to_turn(kiosk: KioskGraph, thread: RunnableConfig) -> None:
    result = say(kiosk, thread, "라떼 3잔", "아이스요")
    assert cart(result) == [("latte", 3, {"temperature": "iced"})]
    assert [message.type for message in result["messages"]] == ["human", "ai", "human", "ai"]


async def test_all_four_ways_to_call_give_the_same(kiosk: KioskGraph, thread: RunnableConfig) -> None:
    def config(name: str) -> RunnableConfig:
        return {"configurable": {"thread_id": f"{thread['configurable']['thread_id']}-{name}"}}

    by_way = {
        "invoke": await asyncio.to_thread(kiosk.invoke, said("라떼 3잔"), config("invoke")),
        "ainvoke": await kiosk.ainvoke(said("라떼 3잔"), config("ainvoke")),
        "stream": [*kiosk.stream(said("라떼 3잔"), config("stream"), stream_mode="values")][-1],
        "astream": [chunk async for chunk in kiosk.astream(said("라떼 3잔"), config("astream"), stream_mode="values")][
            -1
        ],
    }
    shown = {
        way: settled({key: result[key] for key in ("messages", "order", "response")}) for way, result in by_way.items()
    }
    assert all(one == shown["invoke"] for one in shown.values())


async def test_updates_stream_node_by_node_in_both_worlds(in_memory: KioskGraph, thread: RunnableConfig) -> None:
    sync_nodes = [list(update) for update in in_memory.stream(said("라떼 3잔"), thread, stream_mode="updates")]
    async_nodes = [list(update) async for update in in_memory.astream(said("라떼 1잔"), thread, stream_mode="updates")]
    assert sync_nodes == async_nodes == [["analyze"], ["route"], ["generate"], ["validate"]]


def test_the_customer_sees_no_token_of_a_models_proposal(in_memory: KioskGraph, thread: RunnableConfig) -> None:
    shown = [*in_memory.stream(said("라떼 3잔"), thread, stream_mode="messages")]
    assert [message.type for message, _ in shown] == ["ai"]
    assert "actions" not in str(shown[0][0].content)


def test_a_graph_can_be_called_from_many_short_event_loops(in_memory: KioskGraph, thread: RunnableConfig) -> None:
    for turn in ("라떼 3잔", "아이스요"):
        result = asyncio.run(in_memory.ainvoke(said(turn), thread))
    assert cart(result) == [("latte", 3, {"temperature": "iced"})]


async def test_a_turn_may_be_taken_synchronously_inside_an_event_loop(
    in_memory: KioskGraph, thread: RunnableConfig
) -> None:
    assert cart(say(in_memory, thread, "라떼 3잔")) == LATTES


def test_content_may_be_a_list_of_blocks_as_chat_pages_send_it(kiosk: KioskGraph, thread: RunnableConfig) -> None:
    blocks = [{"type": "text", "text": "라떼 3잔"}, {"type": "image_url", "image_url": {"url": "data:,"}}]
    assert cart(say(kiosk, thread, blocks)) == LATTES


def test_keys_that_the_input_does_not_have_are_ignored(in_memory: KioskGraph, thread: RunnableConfig) -> None:
    forged: Any = {"order": {"total": 0, "lines": []}, "context": {"language": "en"}, "verdict": "accept"}
    result = in_memory.invoke(said("라떼 3잔") | forged, thread)
    assert cart(result) == LATTES
    assert result["order"]["total"] == 13500


@pytest.mark.parametrize("config", [None, {}, {"configurable": {}}, {"configurable": {"thread_id": ""}}])
async def test_a_turn_without_a_thread_id_is_refused_by_name(in_memory: KioskGraph, config: Any) -> None:
    with pytest.raises(ValueError, match=r"configurable\.thread_id"):
        in_memory.invoke(said("라떼 3잔"), config)
    with pytest.raises(ValueError, match=r"configurable\.thread_id"):
        await in_memory.ainvoke(said("라떼 3잔"), config)


@pytest.mark.parametrize(
    "words",
    ["", "   ", "\x00\x07\x1b", "\u200b\ufeff", [], [{"type": "image_url", "image_url": {"url": "data:,"}}]],
)
def test_a_turn_without_words_is_answered_and_the_cart_kept(
    in_memory: KioskGraph, words: Any, thread: RunnableConfig
) -> None:
    result = say(in_memory, thread, "라떼 3잔", words)
    assert cart(result) == LATTES
    assert "다시 한번 말씀해" in result["response"]["answer"]
    assert result["response"]["serving_info"]["endpoint_id"] == "none"


def test_a_turn_that_is_too_long_is_answered_and_not_stored(in_memory: KioskGraph, thread: RunnableConfig) -> None:
    result = say(in_memory, thread, "라떼 3잔", "아" * 100_000)
    assert cart(result) == LATTES
    assert "너무 길어" in result["response"]["answer"]
    assert max(len(message.content) for message in result["messages"]) <= 2000


def test_no_messages_at_all_are_answered(in_memory: KioskGraph, thread: RunnableConfig) -> None:
    assert in_memory.invoke({"messages": []}, thread)["response"]["answer"]


def test_control_characters_between_words_do_no_harm(in_memory: KioskGraph, thread: RunnableConfig) -> None:
    assert cart(say(in_memory, thread, "라떼\x00 3잔\x1b")) == LATTES


def test_a_second_turn_at_the_same_time_waits_and_neither_is_lost(kiosk: KioskGraph, thread: RunnableConfig) -> None:
    turns = [threading.Thread(target=say, args=(kiosk, thread, words)) for words in ("라떼 1잔", "아메리카노 1잔") * 3]
    for turn in turns:
        turn.start()
    for turn in turns:
        turn.join()
    lines = kiosk.get_state(thread).values["order"]["lines"]
    assert {line["item"]: line["quantity"] for line in lines} == {"latte": 3, "americano": 3}


async def test_turns_at_the_same_time_on_one_event_loop_are_all_kept(kiosk: KioskGraph, thread: RunnableConfig) -> None:
    await asyncio.gather(*(kiosk.ainvoke(said(words), thread) for words in ("라떼 1잔", "아메리카노 1잔") * 3))
    lines = (await kiosk.aget_state(thread)).values["order"]["lines"]
    assert {line["item"]: line["quantity"] for line in lines} == {"latte": 3, "americano": 3}


def test_a_stream_that_is_closed_early_lets_the_next_turn_in(in_memory: KioskGraph, thread: RunnableConfig) -> None:
    left = in_memory.stream(said("라떼 3잔"), thread)
    next(left)
    left.close()  # type: ignore[attr-defined]
    assert cart(say(in_memory, thread, "라떼 1잔")) == [("latte", 1, {})]


def test_no_node_changes_the_state_that_it_gets(thread: RunnableConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    kiosk = create_graph()
    changed = list[str]()
    for name, node in kiosk.builder.nodes.items():
        step: Any = node.runnable
        monkeypatch.setattr(step, "_node", _watched(name, step._node, changed))
    say(kiosk, thread, "라떼 3잔", "아이스요", "", "결제할게요", "아메리카노 1잔 핫")
    assert changed == []


def _watched(name: str, node: Any, changed: list[str]) -> Any:
    async def watched(kiosk: Kiosk, state: Any, config: Any) -> Any:
        before = copy.deepcopy(state)
        update = await node(kiosk, state, config)
        if state != before:
            changed.append(name)
        return update

    return watched


def test_the_language_follows_the_customer_and_names_of_drinks_do_not_change_it(
    in_memory: KioskGraph, thread: RunnableConfig
) -> None:
    languages = [
        say(in_memory, thread, words)["response"]["request_analysis"]["language"]
        for words in ("latte", "two lattes please", "americano", "라떼 하나요", "latte")
    ]
    assert languages == ["ko", "en", "en", "ko", "ko"]


def test_the_context_decides_language_and_only_its_own_values_count(
    in_memory: KioskGraph, thread: RunnableConfig
) -> None:
    result = in_memory.invoke(said("라떼 3잔"), thread, context=Context(language="en"))
    assert result["response"]["request_analysis"]["language"] == "en"
    assert result["response"]["answer"].isascii()
    with pytest.raises(ValueError, match=r"context\.llm_temperature"):
        in_memory.invoke(said("라떼"), thread, context=Context(llm_temperature=7))
    with pytest.raises(ValueError, match=r"context\.prompt_style"):
        in_memory.invoke(said("라떼"), {"configurable": {**thread["configurable"], "prompt_style": "rude"}})


def test_history_is_bounded_and_the_last_words_are_kept(thread: RunnableConfig) -> None:
    kiosk = create_graph(Settings(history_messages=6))
    result = say(kiosk, thread, *(f"라떼 {count}잔" for count in range(1, 8)))
    assert len(result["messages"]) == 6
    assert result["messages"][-2].content == "라떼 7잔"
    assert isinstance(result["messages"][-1], AIMessage)


def test_when_the_turn_is_over_nothing_of_the_proposal_is_left(in_memory: KioskGraph, thread: RunnableConfig) -> None:
    say(in_memory, thread, "라떼 3잔")
    values = in_memory.get_state(thread).values
    assert values["proposal"] is None
    assert values["issues"] == []
    assert [attempt["endpoint_id"] for attempt in values["attempts"]] == ["embedded"]


def test_a_private_turn_is_marked_and_its_answer_too(in_memory: KioskGraph, thread: RunnableConfig) -> None:
    result = say(in_memory, thread, "라떼 3잔", "제 전화번호는 010-2345-6789예요")
    assert result["response"]["request_analysis"]["privacy_sensitivity"] == "high"
    assert [bool(message.additional_kwargs.get("private")) for message in result["messages"]] == [
        False,
        False,
        True,
        True,
    ]
    assert isinstance(result["messages"][2], HumanMessage)
