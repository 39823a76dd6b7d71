"""Checkout: the order waits for the terminal, is paid exactly once, and a change of mind voids the request."""

import threading
from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.types import Command

from graph import KioskGraph
from tests.graph.turns import cart, say

pytestmark = pytest.mark.graph

ORDERED = ("라떼 3잔", "아이스요")
LINE = [("latte", 3, {"temperature": "iced"})]


def answer(decision: str, **named: Any) -> Command[Any]:
    return Command(resume={"decisions": [{"type": decision, **named}]})


@pytest.fixture
def waiting(kiosk: KioskGraph, thread: RunnableConfig) -> dict[str, Any]:
    """The result of the turn that asks to pay."""
    return say(kiosk, thread, *ORDERED, "결제할게요")


def test_the_order_awaits_payment_with_its_read_back_before_the_terminal_is_asked(waiting: dict[str, Any]) -> None:
    assert waiting["order"]["status"] == "awaiting_payment"
    assert "13,500" in waiting["response"]["answer"]
    assert waiting["messages"][-1].content == waiting["response"]["answer"]


def test_the_terminal_gets_a_request_in_the_shape_that_studio_and_chat_pages_can_answer(
    waiting: dict[str, Any],
) -> None:
    (interrupt,) = waiting["__interrupt__"]
    order = waiting["order"]
    args = {"order_id": order["order_id"], "revision": order["revision"], "amount": 13500, "currency": "KRW"}
    (request,) = interrupt.value["action_requests"]
    assert (request["name"], request["args"]) == ("take_payment", args)
    assert request["description"] == waiting["response"]["answer"]
    (review,) = interrupt.value["review_configs"]
    assert review == {"action_name": "take_payment", "allowed_decisions": ["approve", "reject"]}


@pytest.mark.usefixtures("waiting")
def test_an_approval_pays_the_order_once(kiosk: KioskGraph, thread: RunnableConfig) -> None:
    paid = kiosk.invoke(answer("approve"), thread)
    assert paid["order"]["status"] == "paid"
    assert "결제가 완료" in paid["response"]["answer"]
    again = kiosk.invoke(answer("approve"), thread)
    assert again["order"] == paid["order"]
    assert len(again["messages"]) == len(paid["messages"])


@pytest.mark.usefixtures("waiting")
async def test_an_approval_works_asynchronously_too(kiosk: KioskGraph, thread: RunnableConfig) -> None:
    paid = await kiosk.ainvoke(answer("approve"), thread)
    assert paid["order"]["status"] == "paid"
    assert (await kiosk.ainvoke(answer("approve"), thread))["order"] == paid["order"]


@pytest.mark.usefixtures("waiting")
def test_approvals_at_the_same_time_pay_once(kiosk: KioskGraph, thread: RunnableConfig) -> None:
    terminals = [threading.Thread(target=kiosk.invoke, args=(answer("approve"), thread)) for _ in range(3)]
    for terminal in terminals:
        terminal.start()
    for terminal in terminals:
        terminal.join()
    values = kiosk.get_state(thread).values
    assert values["order"]["status"] == "paid"
    assert sum("결제가 완료" in message.content for message in values["messages"]) == 1


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize(
    "decision", [answer("reject"), Command(resume="no idea"), Command(resume=[]), Command(resume=7)]
)
def test_anything_but_an_approval_gives_the_order_back(
    kiosk: KioskGraph, thread: RunnableConfig, decision: Command[Any]
) -> None:
    back = kiosk.invoke(decision, thread)
    assert back["order"]["status"] == "open"
    assert cart(back) == LINE
    assert "결제가 되지 않았어요" in back["response"]["answer"]
    assert say(kiosk, thread, "결제할게요")["order"]["status"] == "awaiting_payment"


@pytest.mark.usefixtures("waiting")
def test_new_words_void_the_request_and_a_late_approval_is_refused_in_words(
    kiosk: KioskGraph, thread: RunnableConfig
) -> None:
    changed = say(kiosk, thread, "아메리카노 1잔 핫")
    assert changed["order"]["status"] == "open"
    assert "__interrupt__" not in changed
    late = kiosk.invoke(answer("approve"), thread)
    assert late["order"] == changed["order"]
    assert "앞의 결제는 받지 않았어요" in late["response"]["answer"]


async def test_an_approval_of_an_older_request_does_not_pay_the_newer_one(
    in_memory: KioskGraph, thread: RunnableConfig
) -> None:
    old = say(in_memory, thread, *ORDERED, "결제할게요")["order"]["revision"]
    say(in_memory, thread, "아메리카노 1잔 핫", "결제할게요")
    late = await in_memory.ainvoke(answer("approve", args={"revision": old}), thread)
    assert late["order"]["status"] == "open"
    assert "앞의 결제는 받지 않았어요" in late["response"]["answer"]


def test_an_approval_of_another_order_does_not_pay_this_one(in_memory: KioskGraph, thread: RunnableConfig) -> None:
    say(in_memory, thread, *ORDERED, "결제할게요")
    assert in_memory.invoke(answer("approve", order_id="another"), thread)["order"]["status"] == "open"


@pytest.mark.usefixtures("waiting")
def test_a_turn_without_words_leaves_the_request_standing(kiosk: KioskGraph, thread: RunnableConfig) -> None:
    still = say(kiosk, thread, "")
    assert still["order"]["status"] == "awaiting_payment"
    assert still["__interrupt__"][0].value["action_requests"][0]["args"]["revision"] == still["order"]["revision"]
    assert kiosk.invoke(answer("approve"), thread)["order"]["status"] == "paid"


@pytest.mark.usefixtures("waiting")
def test_after_payment_the_next_item_starts_a_new_order(kiosk: KioskGraph, thread: RunnableConfig) -> None:
    paid = kiosk.invoke(answer("approve"), thread)
    fresh = say(kiosk, thread, "라떼 1잔")
    assert fresh["order"]["order_id"] != paid["order"]["order_id"]
    assert (fresh["order"]["status"], cart(fresh)) == ("open", [("latte", 1, {})])


def test_an_order_with_an_open_question_is_not_sent_to_the_terminal(
    in_memory: KioskGraph, thread: RunnableConfig
) -> None:
    result = say(in_memory, thread, "라떼 3잔", "결제할게요")
    assert result["order"]["status"] == "open"
    assert "__interrupt__" not in result


async def test_a_decision_for_a_conversation_that_does_not_exist_is_refused(
    in_memory: KioskGraph, thread: RunnableConfig
) -> None:
    with pytest.raises(ValueError, match=r"configurable\.thread_id: no conversation"):
        in_memory.invoke(answer("approve"), thread)
    with pytest.raises(ValueError, match=r"configurable\.thread_id: no conversation"):
        await in_memory.ainvoke(answer("approve"), thread)
