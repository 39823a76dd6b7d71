"""Customers come and go on one thread, and a person is called for those who need one."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import messages_to_dict
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from graph import KioskGraph, create_graph, open_graph
from graph.builder import build_graph
from graph.erasure import purge
from graph.persistence import open_desk
from kiosk.desk import StaffCall
from kiosk.ordering import AddItem, CancelOrder, RemoveItem
from kiosk.settings import Settings
from kiosk.understanding import Engine
from nodes.resources import CLOSING, Kiosk
from nodes.touch import touch_message
from tests.graph.turns import cart, said, say

pytestmark = pytest.mark.graph

FIXED: RunnableConfig = {"configurable": {"thread_id": "kiosk-1"}}
FIRST = ("라떼 3잔, 제 번호는 010-2345-6789이에요", "아이스요")


class Clock:
    """A clock that a test sets forward."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shop(clock: Clock) -> Any:
    """A kiosk by this clock, on which one thread is used all day."""
    kiosk = replace(Kiosk.assemble(Settings(session_idle_minutes=30), in_memory=True), clock=clock)
    return build_graph(kiosk).compile(checkpointer=InMemorySaver())


# A new customer on the same thread


def test_a_customer_who_thinks_for_long_goes_on_with_the_order(shop: Any, clock: Clock) -> None:
    say(shop, FIXED, *FIRST)
    clock.forward(29)
    say(shop, FIXED, "샷 추가해 주세요")
    clock.forward(29)
    assert cart(say(shop, FIXED, "쿠키 하나"))[0][:2] == ("latte", 3)


def test_after_a_long_silence_the_next_customer_finds_nothing_of_the_last_one(shop: Any, clock: Clock) -> None:
    before = say(shop, FIXED, *FIRST)
    clock.forward(31)
    after = say(shop, FIXED, "뭐 담았는지 보여주세요")
    assert after["order"]["order_id"] != before["order"]["order_id"]
    assert cart(after) == []
    assert "라떼" not in after["response"]["answer"]
    assert [message.type for message in after["messages"]] == ["human", "ai"]
    values = shop.get_state(FIXED).values
    assert (values["contacts"], values["dialogue"]["focus"], values["dialogue"]["pending"]) == ({}, [], None)
    seen = {**values, "messages": messages_to_dict(values["messages"])}
    assert "latte" not in json.dumps(seen, ensure_ascii=False)


def test_what_the_last_customer_has_saved_is_not_counted_for_the_next(shop: Any, clock: Clock) -> None:
    saved = say(shop, FIXED, "라떼 3잔")["response"]["cost_savings"]
    assert say(shop, FIXED, "아이스요")["response"]["cost_savings"] > saved > 0
    clock.forward(31)
    assert say(shop, FIXED, "라떼 3잔")["response"]["cost_savings"] == pytest.approx(saved, rel=0.2)


def test_an_answer_to_the_last_customers_question_changes_nothing(shop: Any, clock: Clock) -> None:
    assert say(shop, FIXED, "라떼 3잔")["order"]["lines"][0]["missing"] == ["temperature"]
    clock.forward(31)
    assert cart(say(shop, FIXED, "아이스요")) == []


def test_the_language_is_the_kiosks_again(shop: Any, clock: Clock) -> None:
    say(shop, FIXED, "hello, a latte please")
    clock.forward(31)
    assert shop.invoke(said("999"), FIXED)["response"]["request_analysis"]["language"] == "ko"


def test_a_tap_begins_a_new_order_and_one_on_the_last_customers_line_does_nothing(shop: Any, clock: Clock) -> None:
    say(shop, FIXED, *FIRST)
    clock.forward(31)
    tapped = shop.invoke({"messages": [touch_message("+ 쿠키", [AddItem(item="cookie")])]}, FIXED)
    assert cart(tapped) == [("cookie", 1, {})]
    say(shop, FIXED, "라떼 한 잔")
    clock.forward(31)
    late = shop.invoke({"messages": [touch_message("− 라떼", [RemoveItem(line_id="2")])]}, FIXED)
    assert cart(late) == []


def test_an_order_that_waited_for_payment_is_left_behind_too(shop: Any, clock: Clock) -> None:
    waiting = say(shop, FIXED, *FIRST, "결제할게요")
    assert waiting["order"]["status"] == "awaiting_payment"
    clock.forward(31)
    after = say(shop, FIXED, "쿠키 하나 주세요")
    assert (cart(after), after["order"]["status"]) == ([("cookie", 1, {})], "open")
    assert "__interrupt__" not in after
    assert shop.get_state(FIXED).interrupts == ()


def test_the_kiosk_itself_still_finds_the_order_that_it_cancels(shop: Any, clock: Clock) -> None:
    before = say(shop, FIXED, *FIRST, "결제할게요")
    clock.forward(31)
    closing: RunnableConfig = {"configurable": {"thread_id": "kiosk-1", CLOSING: True}}
    after = shop.invoke({"messages": [touch_message("취소", [CancelOrder()])]}, closing)
    assert (after["order"]["order_id"], after["order"]["status"]) == (before["order"]["order_id"], "cancelled")


# Who is served


def test_the_desk_knows_who_is_served_and_not_what_was_said(thread: RunnableConfig) -> None:
    kiosk = create_graph(Settings(kiosk_id="counter-2"))
    say(kiosk, thread, "라떼 3잔, 제 번호는 010-2345-6789이에요", "아이스요")
    (session,) = kiosk.kiosk.desk.recent()
    assert (session.thread_id, session.kiosk_id) == (thread["configurable"]["thread_id"], "counter-2")
    assert (session.status, session.order_status, session.units, session.total) == ("active", "open", 3, 13500)
    assert "2345" not in repr(session)


def test_a_payment_is_noted_on_the_session(kiosk: KioskGraph, thread: RunnableConfig) -> None:
    say(kiosk, thread, "쿠키 하나", "결제할게요")
    kiosk.invoke(Command(resume={"decisions": [{"type": "approve"}]}), thread)
    desk = kiosk.kiosk.desk
    desk.flush()
    session = desk.session(thread["configurable"]["thread_id"])
    assert session is not None
    assert session.order_status == "paid"


def test_a_turn_without_words_is_no_customer(thread: RunnableConfig) -> None:
    kiosk = create_graph()
    say(kiosk, thread, "", "   ")
    assert kiosk.kiosk.desk.recent() == []


def test_a_kiosk_in_memory_loads_no_database_library() -> None:
    code = (
        "import sys; from graph import create_graph\n"
        "create_graph().invoke({'messages': [('user', '직원 불러주세요')]}, {'configurable': {'thread_id': 'a'}})\n"
        "print('sqlalchemy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "False"


# Who needs a person


def calls_after(kiosk: KioskGraph, thread: RunnableConfig, *turns: str) -> list[StaffCall]:
    say(kiosk, thread, "아이스 라떼 두 잔 샷 추가", *turns)
    return kiosk.kiosk.desk.open_calls()


@pytest.mark.parametrize(
    ("turns", "reason"),
    [
        (("직원 불러주세요",), "requested"),
        (("마카롱 500개 주세요",), "over_hard_cap"),
        (("음 그 어쩌고 저쩌고 블라", "쿠르르 파라락 뷁"), "misunderstood"),
        (("새우 알레르기가 있어요",), "allergy"),
        (("우유 알레르기 있어요",), "allergy"),
        (("i have a sesame allergy, is it ok?",), "allergy"),
    ],
)
def test_a_person_is_called_with_the_reason_and_the_order(
    thread: RunnableConfig, turns: tuple[str, ...], reason: str
) -> None:
    kiosk = create_graph(Settings(kiosk_id="counter-2"))
    (call,) = calls_after(kiosk, thread, *turns)
    assert (call.reason, call.kiosk_id, call.thread_id) == (reason, "counter-2", thread["configurable"]["thread_id"])
    (line,) = call.order["lines"]
    assert line == {"item": "latte", "quantity": 2, "options": {"temperature": "iced", "shots": 1}}
    assert call.order["total"] > 0


def test_a_person_is_called_when_nobody_is_left_who_could_answer(
    thread: RunnableConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    kiosk = create_graph()
    say(kiosk, thread, "아이스 라떼 두 잔")

    def fails(*_: Any, **__: Any) -> Any:
        raise RuntimeError("down")

    monkeypatch.setattr(Engine, "understand", fails)
    after = say(kiosk, thread, "쿠키 하나 주세요")
    (call,) = kiosk.kiosk.desk.open_calls()
    assert call.reason == after["response"]["needs_staff"] == "safe"
    assert "직원" in after["response"]["answer"]
    assert [line["item"] for line in call.order["lines"]] == ["latte"]


@pytest.mark.parametrize(
    "turn", ["견과류 알레르기가 있는데 마카롱 괜찮아요?", "알레르기 정보 알려주세요", "does the macaron contain nuts?"]
)
def test_an_allergy_that_the_menu_answers_for_needs_nobody(thread: RunnableConfig, turn: str) -> None:
    assert calls_after(create_graph(), thread, turn) == []


def test_a_customer_who_goes_on_asking_is_called_for_once(thread: RunnableConfig) -> None:
    kiosk = create_graph()
    (first,) = calls_after(kiosk, thread, "직원 불러주세요", "직원 좀요", "마카롱 500개 주세요")
    assert kiosk.kiosk.desk.answer(first.call_id)
    say(kiosk, thread, "직원 불러주세요")
    (second,) = kiosk.kiosk.desk.open_calls()
    assert second.call_id != first.call_id


def test_sessions_and_calls_are_purged_with_the_conversation(tmp_path: Path, thread: RunnableConfig) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'kiosk.db'}")
    thread_id = str(thread["configurable"]["thread_id"])
    with open_graph(settings) as kiosk:
        say(kiosk, thread, "라떼 3잔", "직원 불러주세요")
        say(kiosk, {"configurable": {"thread_id": "stays"}}, "라떼 3잔")
    assert thread_id.encode() in (tmp_path / "kiosk.db").read_bytes()
    erased = purge(settings, [thread_id])
    assert (erased.conversations, erased.records, erased.found_after) == (1, 4, 0)
    desk = open_desk(settings)
    assert ([one.thread_id for one in desk.recent()], desk.open_calls()) == (["stays"], [])
    desk.close()
    assert [path.name for path in tmp_path.iterdir() if thread_id.encode() in path.read_bytes()] == []


def test_a_customer_who_never_had_a_turn_is_purged_by_age(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'kiosk.db'}")
    with open_graph(settings) as kiosk:
        long_ago = datetime.now(UTC) - timedelta(days=31)
        desk = kiosk.kiosk.desk
        say(kiosk, FIXED, "라떼 3잔")
        (known,) = desk.recent()
        desk.begin(replace(known, thread_id="never-spoke", started_at=long_ago, seen_at=long_ago))
    assert purge(settings, older_than=timedelta(days=30)).records == 1
    desk = open_desk(settings)
    assert [one.thread_id for one in desk.recent()] == ["kiosk-1"]
    desk.close()
