"""The book of orders: whatever is repeated, late or at once, an order is paid once and delivered once."""

import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import select

from kiosk.menu import load_menu
from kiosk.ordering import Order, Rules, to_state
from kiosk.ordering import operations as ops
from kiosk.settings import Settings
from kiosk.storage.erasure import erase_conversations, forget_messages, rows_of
from kiosk.storage.orders import OrderBook
from kiosk.storage.tables import order_events, outbox
from kiosk.till import Decision, Sale
from state import OrderState

pytestmark = pytest.mark.unit

CAFE = Rules(load_menu())
SETTINGS = Settings(kitchen_url="file:///kitchen", terminal_url="http://terminal", terminal_secret=SecretStr("s" * 16))


def asked(order_id: str = "o1", item: str = "cookie", quantity: int = 2) -> Sale:
    """A sale whose payment is asked for."""
    order = ops.request_payment(ops.add_item(Order(order_id), CAFE, item, quantity), CAFE)
    return Sale(f"thread-{order_id}", to_state(order, CAFE.menu), "ko", {"cup_name": "<NAME_1>"})


def approval(sale: Sale, **changes: Any) -> Decision:
    return replace(Decision("approve", sale.order["order_id"], sale.order["revision"]), **changes)


def reopened(sale: Sale) -> Sale:
    order: OrderState = {**sale.order, "status": "open", "revision": sale.order["revision"] + 1}
    return replace(sale, order=order)


def told(book: OrderBook, channel: str = "kitchen") -> list[dict[str, Any]]:
    """What is queued for the kitchen or the terminal, in order."""
    with book.store.engine.connect() as connection:
        rows = connection.execute(select(outbox).where(outbox.c.channel == channel).order_by(outbox.c.id)).mappings()
        return [row["body"] for row in rows]


def kinds(book: OrderBook, order_id: str = "o1") -> list[str]:
    return [event.kind for event in book.events_of(order_id)]


@pytest.fixture
def book(url: str) -> Iterator[OrderBook]:
    """An empty book on each database."""
    opened = OrderBook(url, SETTINGS, CAFE.menu)
    yield opened
    opened.close()


def test_an_approval_pays_once_and_sends_one_ticket_with_the_prices_that_were_read_back(book: OrderBook) -> None:
    sale = asked()
    book.request(sale)
    first = book.settle(sale, approval(sale, amount=sale.order["total"], payment_id="p1"))
    assert (first.outcome, first.number) == ("paid", 1)
    assert (again := book.settle(sale, approval(sale, payment_id="p1"))).outcome == "already_paid"
    assert again.number == 1
    (ticket,) = told(book)
    assert (ticket["type"], ticket["number"], ticket["total"]) == ("order_placed", 1, sale.order["total"])
    assert ticket["menu"] == {"id": CAFE.menu.id, "version": CAFE.menu.version}
    assert [(line["name"], line["quantity"], line["line_total"]) for line in ticket["lines"]] == [
        (CAFE.menu.by_id["cookie"].name("ko"), 2, sale.order["total"])
    ]
    assert ticket["contacts"] == {"cup_name": "<NAME_1>"}
    assert kinds(book) == ["payment_requested", "paid"]


def test_a_second_payment_for_a_paid_order_is_given_back(book: OrderBook) -> None:
    sale = asked()
    book.request(sale)
    book.settle(sale, approval(sale, payment_id="p1"))
    second = book.settle(sale, approval(sale, amount=sale.order["total"], payment_id="p2"))
    assert second.refund_due
    assert [(due.payment_id, due.amount) for due in book.refunds_due()] == [("p2", sale.order["total"])]
    assert len(told(book)) == 1
    assert [message["type"] for message in told(book, "terminal")] == ["payment_requested", "refund_due"]


def test_an_approval_of_an_older_revision_is_refused_and_reported_once(book: OrderBook) -> None:
    sale = asked()
    book.request(sale)
    book.void(sale.order)
    for _ in range(2):
        assert book.settle(reopened(sale), approval(sale, payment_id="p1")).outcome == "late"
    assert kinds(book) == ["payment_requested", "payment_voided", "refund_due"]
    assert told(book) == []


def test_a_newer_request_voids_the_older_one_at_the_terminal(book: OrderBook) -> None:
    sale = asked()
    newer = replace(sale, order={**sale.order, "revision": sale.order["revision"] + 2})
    book.request(sale)
    book.request(newer)
    types = [(message["type"], message["revision"]) for message in told(book, "terminal")]
    revision = sale.order["revision"]
    assert types == [
        ("payment_requested", revision),
        ("payment_voided", revision),
        ("payment_requested", revision + 2),
    ]
    assert book.settle(newer, approval(sale)).outcome == "late"
    assert book.settle(newer, approval(newer)).outcome == "paid"


def test_a_revision_that_is_asked_for_again_is_voided_again(book: OrderBook) -> None:
    """A turn that was lost after its request was recorded gives its revision to the next one, with another order."""
    lost = asked()
    other = asked(item="macaron")
    book.request(lost)
    book.request(other)
    book.void(other.order)
    types = [message["type"] for message in told(book, "terminal")]
    assert types == ["payment_requested", "payment_voided"] * 2
    assert kinds(book) == types


def test_what_was_decided_about_a_request_can_be_asked_for(book: OrderBook) -> None:
    sale = asked()
    order_id, revision = sale.order["order_id"], sale.order["revision"]
    assert book.decision_about(order_id, revision) is None
    book.request(sale)
    assert book.decision_about(order_id, revision) is None
    book.settle(sale, approval(sale, kind="timeout"))
    assert book.decision_about(order_id, revision) == Decision("timeout", order_id, revision)
    again = replace(sale, order={**sale.order, "revision": revision + 2})
    book.request(again)
    book.void(again.order)
    assert book.decision_about(order_id, revision + 2) == Decision("reject", order_id, revision + 2)
    last = replace(sale, order={**sale.order, "revision": revision + 4})
    book.request(last)
    book.settle(last, approval(last, payment_id="p1"))
    assert book.decision_about(order_id, revision + 4) == Decision("approve", order_id, revision + 4, payment_id="p1")
    assert book.decision_about(order_id, revision + 2) == Decision("reject", order_id, revision + 2)


@pytest.mark.parametrize(("kind", "outcome"), [("reject", "declined"), ("timeout", "timed_out")])
def test_an_order_that_was_declined_can_be_asked_to_be_paid_again(book: OrderBook, kind: Any, outcome: str) -> None:
    sale = asked()
    book.request(sale)
    assert book.settle(sale, approval(sale, kind=kind)).outcome == outcome
    assert book.settle(sale, approval(sale, kind=kind)).outcome == "nothing"
    again = replace(sale, order={**sale.order, "revision": sale.order["revision"] + 2})
    book.request(again)
    assert book.settle(again, approval(again)).outcome == "paid"


def test_an_approval_with_another_amount_does_not_count(book: OrderBook) -> None:
    sale = asked()
    book.request(sale)
    assert book.settle(sale, approval(sale, amount=1)).outcome == "wrong_amount"
    assert [due.amount for due in book.refunds_due()] == [1]
    assert told(book) == []


def test_what_is_sold_out_by_now_is_not_sold(book: OrderBook) -> None:
    sale = asked()
    book.request(sale)
    book.set_sold_out("cookie", True)
    assert book.sold_out() == {"cookie"}
    assert book.settle(sale, approval(sale)).outcome == "sold_out"
    assert len(book.refunds_due()) == 1
    book.set_sold_out("cookie", False)
    assert book.sold_out() == frozenset()


def test_a_request_whose_row_was_lost_is_paid_from_the_conversation(book: OrderBook) -> None:
    sale = asked()
    assert book.settle(sale, approval(sale)).outcome == "paid"
    assert (found := book.find("o1")) is not None
    assert (found.status, found.total) == ("paid", sale.order["total"])


def test_numbers_count_up_each_day(book: OrderBook, monkeypatch: pytest.MonkeyPatch) -> None:
    def pay(name: str) -> int | None:
        sale = asked(name)
        return book.settle(sale, approval(sale)).number

    assert [pay("a"), pay("b")] == [1, 2]
    tomorrow = datetime.now().astimezone().date() + timedelta(days=1)
    monkeypatch.setattr("kiosk.storage.orders.today", lambda: tomorrow)
    assert [pay("c"), pay("d")] == [1, 2]


def test_terminals_that_answer_at_once_pay_each_order_once(book: OrderBook) -> None:
    sales = [asked(f"o{number}") for number in range(6)]
    for sale in sales:
        book.request(sale)
    found: list[tuple[str, int | None]] = []

    def answer(sale: Sale) -> None:
        settlement = book.settle(sale, approval(sale))
        found.append((settlement.outcome, settlement.number))

    threads = [threading.Thread(target=answer, args=(sale,)) for sale in sales for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(number for outcome, number in found if outcome == "paid" and number) == [1, 2, 3, 4, 5, 6]
    assert sum(outcome == "already_paid" for outcome, _ in found) == 12
    assert len(told(book)) == 6


def test_a_message_of_the_terminal_is_remembered_with_what_became_of_it(book: OrderBook) -> None:
    sale = asked()
    book.request(sale)
    assert book.outcome_of("w1") is None
    book.settle(sale, approval(sale, webhook_id="w1"))
    book.settle(sale, approval(sale, webhook_id="w1"))
    assert book.outcome_of("w1") == "paid"


def test_a_paid_order_is_cancelled_by_staff_and_its_money_goes_back(book: OrderBook) -> None:
    sale = asked()
    assert not book.cancel("o1", "spilled")
    book.settle(sale, approval(sale, payment_id="p1"))
    assert book.cancel("o1", "spilled")
    assert not book.cancel("o1", "spilled")
    assert [message["type"] for message in told(book)] == ["order_placed", "order_cancelled"]
    assert [due.payment_id for due in book.refunds_due()] == ["p1"]
    assert book.refunded("o1") == 1
    assert book.refunded("o1") == 0
    assert book.refunds_due() == []
    assert kinds(book)[-3:] == ["cancelled", "refund_due", "refunded"]
    assert book.settle(sale, approval(sale, payment_id="p1")).outcome == "already_paid"


def test_a_paid_order_waits_until_it_is_handed_over(book: OrderBook) -> None:
    sale = asked()
    book.settle(sale, approval(sale))
    assert [order.order_id for order in book.to_hand_over()] == ["o1"]
    assert book.hand_over("o1")
    assert not book.hand_over("o1")
    assert book.to_hand_over() == []


def test_a_request_that_nobody_answered_is_found_when_its_time_is_over(book: OrderBook) -> None:
    book.request(asked())
    now = datetime.now(UTC)
    assert book.overdue("kiosk-1", now - timedelta(minutes=1)) == []
    assert [order.order_id for order in book.overdue("kiosk-1", now + timedelta(seconds=1))] == ["o1"]
    assert book.overdue("kiosk-2", now + timedelta(seconds=1)) == []


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["request", "void", "approve", "approve", "reject", "timeout", "cancel"]),
        st.integers(1, 4),
        st.sampled_from(["p1", "p2"]),
    ),
    max_size=14,
)


@pytest.fixture(scope="module")
def in_memory() -> Iterator[OrderBook]:
    """A book that examples share; each has an order of its own."""
    opened = OrderBook("sqlite:///:memory:", SETTINGS, CAFE.menu)
    yield opened
    opened.close()


@settings(max_examples=100)
@given(steps=STEPS, named=st.booleans())
def test_money_taken_is_for_one_ticket_or_due_back_whatever_happens_in_which_order(
    in_memory: OrderBook, steps: list[tuple[Any, int, str]], named: bool
) -> None:
    order_id = uuid.uuid4().hex
    base = current = asked(order_id)
    approved = set[str]()
    for kind, revision, payment in steps:
        if kind == "request":
            current = replace(base, order={**base.order, "revision": revision})
            in_memory.request(current)
        elif kind == "void":
            in_memory.void(current.order)
            current = reopened(current)
        elif kind == "cancel":
            in_memory.cancel(order_id, "test")
        else:
            decision = Decision(kind, order_id, revision, payment_id=f"{order_id}:{payment}" if named else None)
            in_memory.settle(current, decision)
            approved |= {decision.key} if kind == "approve" else set()
    with in_memory.store.engine.connect() as connection:
        events = select(order_events.c.key).where(order_events.c.order_id == order_id)
        paid = connection.execute(events.where(order_events.c.kind == "paid")).scalars().all()
        due = connection.execute(events.where(order_events.c.kind == "refund_due")).scalars().all()
    tickets = [
        message for message in told(in_memory) if (message["type"], message["order_id"]) == ("order_placed", order_id)
    ]
    assert len(tickets) == len(paid) <= 1
    assert len(due) >= len(approved) - len(paid)
    assert {key.removeprefix("refund:") for key in due} <= approved


def test_an_erased_conversation_leaves_its_order_in_the_books_and_nothing_of_whose_it_was(
    book: OrderBook, url: str
) -> None:
    sale = asked()
    book.settle(sale, approval(sale))
    assert rows_of(url, [sale.thread_id]) > 0
    erase_conversations(url, [sale.thread_id])
    assert rows_of(url, [sale.thread_id]) == 0
    assert (found := book.find("o1")) is not None
    assert (found.thread_id, found.total) == (None, sale.order["total"])


def test_messages_that_were_delivered_are_forgotten_after_a_while_and_the_others_are_not(
    book: OrderBook, url: str
) -> None:
    sale = asked()
    book.settle(sale, approval(sale, webhook_id="w1"))
    while (delivery := book.outbox.take("terminal", timedelta(seconds=5))) is not None:
        book.outbox.delivered(delivery)
    assert forget_messages(url, datetime.now(UTC) + timedelta(seconds=1)) == 2
    assert book.outbox.waiting().messages == len(told(book)) == 1
    assert book.outcome_of("w1") is None


def test_a_message_that_somebody_delivers_is_not_taken_by_another(book: OrderBook) -> None:
    for name in ("o1", "o2"):
        sale = asked(name)
        book.settle(sale, approval(sale))
    first = book.outbox.take("kitchen", timedelta(seconds=30))
    assert first is not None
    assert book.outbox.take("kitchen", timedelta(seconds=30)) is None
    book.outbox.failed(first, "status 503", timedelta(0))
    again = book.outbox.take("kitchen", timedelta(seconds=0))
    assert again is not None
    assert (again.key, again.attempts) == (first.key, 1)
    book.outbox.delivered(again)
    second = book.outbox.take("kitchen", timedelta(seconds=30))
    assert second is not None
    assert second.body["order_id"] == "o2"
