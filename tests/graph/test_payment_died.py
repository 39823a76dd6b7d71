"""A payment whose process dies between two steps goes on where it was, and is told to the customer."""

from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.types import Command

from graph import KioskGraph, StorageError
from kiosk.till import Decision, Sale
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
    kiosk.invoke(APPROVE, thread)
    after = kiosk.get_state(thread)
    assert (after.values["order"]["status"], after.next) == ("paid", ())


@pytest.mark.parametrize("times", [1, 2])
def test_a_decision_that_could_not_be_recorded_counts_when_it_is_said_again(
    kiosk: KioskGraph, thread: RunnableConfig, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    say(kiosk, thread, "쿠키 두 개", "결제할게요")

    def gone(*_: Any) -> None:
        raise StorageError("sqlite:///kiosk.db", "disk full")

    with monkeypatch.context() as without_disk:
        without_disk.setattr(kiosk.kiosk.till, "settle", gone)
        for _ in range(times):
            with pytest.raises(StorageError):
                kiosk.invoke(APPROVE, thread)
    kiosk.invoke(APPROVE, thread)
    after = kiosk.get_state(thread)
    assert (after.values["order"]["status"], after.next) == ("paid", ())


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


def test_a_second_payment_does_not_reopen_an_order_whose_first_one_lost_its_turn(
    kiosk: KioskGraph, thread: RunnableConfig
) -> None:
    order = say(kiosk, thread, "쿠키 두 개", "결제할게요")["order"]
    first = Decision("approve", order["order_id"], order["revision"], payment_id="p0")
    sale = Sale(thread["configurable"]["thread_id"], order, "ko")
    assert kiosk.kiosk.till.settle(sale, first).outcome == "paid"
    after = kiosk.invoke(APPROVE, thread)
    assert (after["order"]["status"], cart(after)) == ("paid", [("cookie", 2, {})])
    due = [
        event.payment_id for event in kiosk.kiosk.till.book.events_of(order["order_id"]) if event.kind == "refund_due"
    ]
    assert due == ["p1"]
