"""A payment whose process dies between two steps goes on where it was, and is told to the customer."""

from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.types import Command

from graph import KioskGraph
from tests.graph.turns import cart, say

pytestmark = pytest.mark.graph

APPROVE: Command[Any] = Command(resume={"decisions": [{"type": "approve", "payment_id": "p1"}]})


class Died(Exception):
    """Stands for the end of the process."""


def lose(monkeypatch: pytest.MonkeyPatch, kiosk: KioskGraph, method: str) -> None:
    """Let nothing more be saved by a method of the saver."""

    def dies(*_: Any, **__: Any) -> None:
        raise Died

    monkeypatch.setattr(kiosk.checkpointer, method, dies)


def test_an_approval_whose_step_was_not_saved_pays_when_the_terminal_says_it_again(
    kiosk: KioskGraph, thread: RunnableConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(kiosk, thread, "쿠키 두 개", "결제할게요")
    with monkeypatch.context() as dying, pytest.raises(Died):
        lose(dying, kiosk, "put")
        kiosk.invoke(APPROVE, thread)
    paid = kiosk.invoke(APPROVE, thread)
    assert (paid["order"]["status"], cart(paid)) == ("paid", [("cookie", 2, {})])
    assert f"{paid['order']['number']}번" in paid["response"]["answer"]


async def test_an_approval_whose_step_was_not_saved_pays_asynchronously_too(
    kiosk: KioskGraph, thread: RunnableConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(kiosk, thread, "쿠키 두 개", "결제할게요")
    with monkeypatch.context() as dying, pytest.raises(Died):
        lose(dying, kiosk, "put")
        await kiosk.ainvoke(APPROVE, thread)
    assert (await kiosk.ainvoke(APPROVE, thread))["order"]["status"] == "paid"


def test_a_request_whose_interrupt_was_not_saved_can_be_paid(
    kiosk: KioskGraph, thread: RunnableConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(kiosk, thread, "쿠키 두 개")
    with monkeypatch.context() as dying, pytest.raises(Died):
        lose(dying, kiosk, "put_writes")
        say(kiosk, thread, "결제할게요")
    assert kiosk.get_state(thread).interrupts == ()
    assert kiosk.invoke(APPROVE, thread)["order"]["status"] == "paid"


@pytest.mark.parametrize(("kind", "word"), [("reject", "결제"), ("timeout", "시간")])
def test_a_decision_whose_turn_was_lost_gives_the_order_back_when_it_is_said_again(
    kiosk: KioskGraph, thread: RunnableConfig, kind: str, word: str
) -> None:
    order = say(kiosk, thread, "쿠키 두 개", "결제할게요")["order"]
    said: Command[Any] = Command(
        resume={"decisions": [{"type": kind, "order_id": order["order_id"], "revision": order["revision"]}]}
    )
    before = kiosk.get_state(thread)
    kiosk.invoke(said, thread)
    # The book has the decision, and the conversation is as it was before.
    kiosk.update_state(thread, {"order": before.values["order"]}, as_node="validate")
    after = kiosk.invoke(said, thread)
    assert (after["order"]["status"], cart(after)) == ("open", [("cookie", 2, {})])
    assert word in after["response"]["answer"]
