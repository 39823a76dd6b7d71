"""Placing an order when something dies, changes or is sold out between the read-back and the money."""

from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from langchain_core.runnables import RunnableConfig
from langgraph.types import Command

from graph import KioskGraph, StorageError, open_graph
from kiosk.settings import Settings
from kiosk.till import Decision, Sale
from tests.graph.turns import cart, say

pytestmark = pytest.mark.graph

APPROVE: Command[Any] = Command(resume={"decisions": [{"type": "approve"}]})


def thread_of(thread: RunnableConfig) -> str:
    return str(thread["configurable"]["thread_id"])


def paid_behind_its_back(kiosk: KioskGraph, thread: RunnableConfig) -> None:
    """Leave what a process leaves that dies after the payment is recorded and before its turn is saved."""
    order = kiosk.get_state(thread).values["order"]
    sale = Sale(thread_of(thread), order, "ko")
    assert kiosk.kiosk.till.settle(sale, Decision("approve", order["order_id"], order["revision"])).outcome == "paid"


def test_an_order_whose_turn_was_lost_after_the_payment_is_paid_when_the_terminal_says_it_again(
    kiosk: KioskGraph, thread: RunnableConfig
) -> None:
    say(kiosk, thread, "쿠키 두 개", "결제할게요")
    paid_behind_its_back(kiosk, thread)
    paid = kiosk.invoke(APPROVE, thread)
    assert (paid["order"]["status"], cart(paid)) == ("paid", [("cookie", 2, {})])
    assert f"{paid['order']['number']}번" in paid["response"]["answer"]


def test_an_order_whose_turn_was_lost_after_the_payment_is_not_reopened_by_new_words(
    kiosk: KioskGraph, thread: RunnableConfig
) -> None:
    first = say(kiosk, thread, "쿠키 두 개", "결제할게요")
    paid_behind_its_back(kiosk, thread)
    after = say(kiosk, thread, "마카롱 하나요")
    assert after["order"]["order_id"] != first["order"]["order_id"]
    assert cart(after) == [("macaron", 1, {})]
    stored = kiosk.kiosk.till.book.find(first["order"]["order_id"])
    assert stored is not None
    assert (stored.status, stored.total) == ("paid", first["order"]["total"])


def test_what_is_sold_out_at_the_moment_of_payment_goes_back_to_the_customer(
    kiosk: KioskGraph, thread: RunnableConfig
) -> None:
    say(kiosk, thread, "쿠키 두 개", "결제할게요")
    kiosk.kiosk.till.set_sold_out("cookie", True)
    try:
        refused = kiosk.invoke(APPROVE, thread)
    finally:
        kiosk.kiosk.till.set_sold_out("cookie", False)
    assert (refused["order"]["status"], refused["response"]["needs_staff"]) == ("open", "refund")
    assert "초코칩쿠키가 품절" in refused["response"]["answer"]


def test_what_another_process_sold_out_is_seen_by_the_next_turn(
    kiosk: KioskGraph, thread: RunnableConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.till.till.STOCK_FRESH_S", -1.0)
    kiosk.kiosk.till.book.set_sold_out("cookie", True)
    try:
        out = say(kiosk, thread, "쿠키 두 개")
    finally:
        kiosk.kiosk.till.set_sold_out("cookie", False)
    if kiosk.kiosk.till.is_shared:
        assert (cart(out), "품절" in out["response"]["answer"]) == ([], True)


def test_a_paid_order_keeps_its_prices_under_a_menu_that_has_changed(tmp_path: Path, thread: RunnableConfig) -> None:
    url = f"sqlite:///{tmp_path / 'kiosk.db'}"
    dearer = yaml.safe_load((files("kiosk.menu") / "haru_cafe.yaml").read_text(encoding="utf-8"))
    for item in dearer["items"]:
        item["price"] += 1000
    (tmp_path / "dearer.yaml").write_text(yaml.safe_dump(dearer, allow_unicode=True), encoding="utf-8")
    with open_graph(Settings(database_url=url)) as kiosk:
        asked = say(kiosk, thread, "쿠키 두 개", "결제할게요")
    with open_graph(Settings(database_url=url, menu_file=tmp_path / "dearer.yaml")) as kiosk:
        paid = kiosk.invoke(APPROVE, thread)
        assert (paid["order"]["status"], paid["order"]["total"]) == ("paid", asked["order"]["total"])
        later = say(kiosk, thread, "얼마였죠?")
        assert (later["order"]["status"], later["order"]["total"]) == ("paid", asked["order"]["total"])


def test_without_a_database_no_payment_is_asked_for_and_the_cart_is_kept(
    in_memory: KioskGraph, thread: RunnableConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(in_memory, thread, "쿠키 두 개")

    def gone(_: Sale) -> None:
        raise StorageError("sqlite:///gone.db", "disk I/O error")

    monkeypatch.setattr(in_memory.kiosk.till.book, "request", gone)
    with pytest.raises(StorageError):
        say(in_memory, thread, "결제할게요")
    monkeypatch.undo()
    asked = say(in_memory, thread, "결제할게요")
    assert (asked["order"]["status"], cart(asked)) == ("awaiting_payment", [("cookie", 2, {})])
