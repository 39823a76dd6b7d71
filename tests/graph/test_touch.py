"""A tap is a turn of the same conversation: checked like a proposal, answered in words, and never guessed at."""

from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig

from graph import KioskGraph, create_graph
from kiosk.ordering import Action, AddItem, ChangeOptions, RequestPayment, SetQuantity
from nodes.touch import TOUCH, touch_message
from tests.graph.turns import cart, say

pytestmark = pytest.mark.graph


def tap(kiosk: KioskGraph, thread: RunnableConfig, *actions: Action, words: str = "tap") -> dict[str, Any]:
    result: dict[str, Any] = kiosk.invoke({"messages": [touch_message(words, actions)]}, thread)
    return result


def test_taps_and_words_change_one_order_on_every_saver(kiosk: KioskGraph, thread: RunnableConfig) -> None:
    tap(kiosk, thread, AddItem(item="latte", quantity=2))
    assert cart(say(kiosk, thread, "아이스요")) == [("latte", 2, {"temperature": "iced"})]
    changed = tap(kiosk, thread, ChangeOptions(line_id="1", options={"size": "large"}))
    assert cart(changed) == [("latte", 2, {"size": "large", "temperature": "iced"})]


def test_a_tap_asks_no_model_and_says_so(in_memory: KioskGraph, thread: RunnableConfig) -> None:
    result = tap(in_memory, thread, AddItem(item="cookie"))
    assert result["response"]["serving_info"]["endpoint_id"] == "none"
    assert result["response"]["cost_savings"] == 0.0
    assert in_memory.get_state(thread).values["selection"]["reason"] == "touch"


def test_a_tap_voids_a_payment_that_waits(in_memory: KioskGraph, thread: RunnableConfig) -> None:
    tap(in_memory, thread, AddItem(item="cookie"))
    assert "__interrupt__" in tap(in_memory, thread, RequestPayment())
    changed = tap(in_memory, thread, SetQuantity(line_id="1", quantity=2))
    assert (changed["order"]["status"], "__interrupt__" in changed) == ("open", False)


def test_a_tap_that_has_become_impossible_is_told_and_its_words_are_not_read(
    in_memory: KioskGraph, thread: RunnableConfig
) -> None:
    before = tap(in_memory, thread, AddItem(item="cookie"))
    after = tap(in_memory, thread, SetQuantity(line_id="9", quantity=2), words="쿠키 세 개 더")
    assert after["order"] == before["order"]
    assert "적용되지 않았어요" in after["response"]["answer"]
    assert after["response"]["needs_staff"] is None


@pytest.mark.parametrize("actions", [None, "all", [{"type": "mark_paid"}], [{"type": "add_item", "price": 1}]])
def test_a_message_whose_actions_cannot_be_read_is_what_its_words_say(
    in_memory: KioskGraph, thread: RunnableConfig, actions: Any
) -> None:
    message: Any = {"role": "user", "content": "쿠키 하나", "additional_kwargs": {TOUCH: actions}}
    assert cart(in_memory.invoke({"messages": [message]}, thread)) == [("cookie", 1, {})]


def test_what_is_sold_out_from_now_on_is_sold_to_nobody(thread: RunnableConfig) -> None:
    kiosk = create_graph()
    kiosk.kiosk.till.set_sold_out("cookie", True)
    assert cart(tap(kiosk, thread, AddItem(item="cookie"))) == cart(say(kiosk, thread, "쿠키 하나")) == []
    kiosk.kiosk.till.set_sold_out("cookie", False)
    assert cart(tap(kiosk, thread, AddItem(item="cookie"))) == [("cookie", 1, {})]
