"""The payment terminal and the kitchen over HTTP: signed, once, in order, and never for what was not read back."""

import json
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from kiosk.storage import StorageError
from kiosk.till import Decision, DecisionKind, Sale
from kiosk.till.signing import sign, verify
from kiosk.till.simulator import SimulatedTerminal
from tests.receiver import Kitchen, LoopbackApp
from tests.web_server import Customer, WebServer

pytestmark = pytest.mark.api

SECRET = "terminal-secret-0123"
TOKEN = "operator-token-0123"


class Terminal:
    """A terminal of another maker: it knows the secret and says what it likes."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def say(
        self, order_id: str, webhook_id: str | None = None, at: datetime | None = None, **said: Any
    ) -> httpx.Response:
        body = json.dumps(said).encode()
        headers = sign(SECRET, webhook_id or uuid.uuid4().hex, body, at)
        return self.client.post(f"/api/payments/{order_id}", content=body, headers=headers)


@pytest.fixture
def kitchen() -> Iterator[Kitchen]:
    with Kitchen() as opened:
        yield opened


@pytest.fixture
def shop(web: Callable[..., WebServer], kitchen: Kitchen) -> WebServer:
    return web(
        payment_terminal="external",
        terminal_secret=SECRET,
        operator_token=TOKEN,
        kitchen_url=kitchen.url,
        kitchen_secret="kitchen-secret-0123",
    )


@pytest.fixture
def guest(shop: WebServer) -> Customer:
    return Customer(shop.client(), uuid.uuid4().hex)


@pytest.fixture
def terminal(shop: WebServer) -> Terminal:
    return Terminal(shop.client())


@pytest.fixture
def operator(shop: WebServer) -> httpx.Client:
    return shop.client(Authorization=f"Bearer {TOKEN}")


def asked(guest: Customer, words: str = "쿠키 두 개요") -> dict[str, Any]:
    """The payment that is asked for after an order."""
    guest.say(words)
    payment: dict[str, Any] = guest.view("결제할게요")["payment"]
    return payment


def events(client: httpx.Client, order_id: str) -> list[str]:
    return [event["kind"] for event in client.get(f"/api/orders/{order_id}").json()["events"]]


def test_an_approval_pays_and_the_kitchen_gets_the_order_with_the_name_for_the_cup(
    shop: WebServer, guest: Customer, terminal: Terminal, kitchen: Kitchen
) -> None:
    guest.say("제 이름은 김하늘이에요")
    payment = asked(guest)
    answer = terminal.say(
        payment["order_id"], decision="approve", revision=payment["revision"], amount=payment["amount"], payment_id="p1"
    )
    assert answer.json() == {"outcome": "paid", "refund_due": False, "number": 1}
    (ticket,) = kitchen.wait_for(1)
    assert (ticket["type"], ticket["number"], ticket["total"]) == ("order_placed", 1, payment["amount"])
    assert "하늘" in ticket["contacts"]["cup_name"]
    (post,) = kitchen.posts
    assert verify("kitchen-secret-0123", post.headers, post.body) == post.key
    seen = shop.client().get(f"/api/chat/{guest.thread_id}").json()
    assert (seen["order"]["status"], seen["number"]) == ("paid", "1")
    assert events(shop.client(), payment["order_id"]) == ["payment_requested", "paid"]


def test_a_message_that_is_sent_again_gets_the_first_answer_and_changes_nothing(
    guest: Customer, terminal: Terminal, kitchen: Kitchen
) -> None:
    payment = asked(guest)
    said = {"decision": "approve", "revision": payment["revision"], "payment_id": "p1"}
    answers = [terminal.say(payment["order_id"], "same", **said).json() for _ in range(3)]
    assert answers[0]["outcome"] == "paid"
    assert answers[1:] == answers[:1] * 2
    assert terminal.say(payment["order_id"], "new", **said).json()["outcome"] == "already_paid"
    kitchen.wait_for(1)
    assert len(kitchen.posts) == 1


def test_without_the_right_signature_nothing_is_paid(shop: WebServer, guest: Customer, terminal: Terminal) -> None:
    payment = asked(guest)
    said = {"decision": "approve", "revision": payment["revision"]}
    body, client = json.dumps(said).encode(), shop.client()
    path = f"/api/payments/{payment['order_id']}"
    good = sign(SECRET, "w", body)
    forged = [
        {},
        sign("another-secret-0123", "w", body),
        sign(SECRET, "w", body + b" "),
        {**good, "webhook-id": "other"},
        {**good, "webhook-signature": "v1,%%%"},
        {**good, "webhook-signature": "nonsense"},
        {**good, "webhook-timestamp": "soon"},
        sign(SECRET, "w", body, datetime.now(UTC) - timedelta(minutes=6)),
        sign(SECRET, "w", body, datetime.now(UTC) + timedelta(minutes=6)),
    ]
    answers = [client.post(path, content=body, headers=headers) for headers in forged]
    assert {(answer.status_code, answer.json()["error"]["reason"]) for answer in answers} == {(401, "bad_signature")}
    assert client.get(f"/api/chat/{guest.thread_id}").json()["order"]["status"] == "awaiting_payment"


def test_a_shop_without_a_secret_takes_no_messages(client: httpx.Client) -> None:
    answer = client.post("/api/payments/x", json={"decision": "approve", "revision": 1})
    assert (answer.status_code, answer.json()["error"]["reason"]) == (403, "terminal_closed")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"decision": "maybe", "revision": 1}, "decision"),
        ({"decision": "approve"}, "revision"),
        ({"decision": "approve", "revision": 1, "amount": -5}, "amount"),
        ({"decision": "approve", "revision": 1, "payment_id": "a b"}, "payment_id"),
        ({"decision": "approve", "revision": 1, "note": "x"}, "note"),
    ],
)
def test_a_message_that_cannot_be_read_names_the_field(terminal: Terminal, said: dict[str, Any], field: str) -> None:
    answer = terminal.say("x", **said)
    assert answer.status_code == 422
    assert answer.json()["error"]["message"].startswith(field)


def test_a_message_whose_id_could_not_be_kept_is_not_carried_out(guest: Customer, terminal: Terminal) -> None:
    payment = asked(guest)
    answer = terminal.say(payment["order_id"], "an id/with spaces", decision="approve", revision=payment["revision"])
    assert (answer.status_code, answer.json()["error"]["reason"]) == (422, "invalid_request")
    assert guest.client.get(f"/api/chat/{guest.thread_id}").json()["order"]["status"] == "awaiting_payment"


def test_an_order_that_nobody_asked_to_pay_is_unknown(terminal: Terminal) -> None:
    assert terminal.say("nothing", decision="approve", revision=1).status_code == 404


def test_new_words_void_the_request_and_a_late_approval_is_reported_for_refund(
    shop: WebServer, guest: Customer, terminal: Terminal, operator: httpx.Client, kitchen: Kitchen
) -> None:
    payment = asked(guest)
    guest.say("아이스 라떼도 하나요")
    said = {"decision": "approve", "revision": payment["revision"], "amount": payment["amount"], "payment_id": "late"}
    answer = terminal.say(payment["order_id"], **said)
    assert answer.json() == {"outcome": "late", "refund_due": True, "number": None}
    (due,) = operator.get("/api/operator/refunds").json()
    assert (due["order_id"], due["payment_id"], due["amount"]) == (payment["order_id"], "late", payment["amount"])
    assert operator.post(f"/api/operator/refunds/{payment['order_id']}/done").status_code == 204
    assert operator.get("/api/operator/refunds").json() == []
    assert [line["item"] for line in guest.client.get(f"/api/chat/{guest.thread_id}").json()["order"]["lines"]] == [
        "cookie",
        "latte",
    ]
    assert kitchen.posts == []


def test_an_approval_of_an_older_request_leaves_the_one_that_waits_alone(guest: Customer, terminal: Terminal) -> None:
    old = asked(guest)
    guest.say("마카롱도 하나요")
    new = guest.view("결제할게요")["payment"]
    assert terminal.say(old["order_id"], decision="approve", revision=old["revision"], payment_id="p1").json()[
        "refund_due"
    ]
    paid = terminal.say(new["order_id"], decision="approve", revision=new["revision"], payment_id="p2").json()
    assert paid["outcome"] == "paid"


@pytest.mark.parametrize(("decision", "outcome"), [("decline", "declined"), ("timeout", "timed_out")])
def test_a_payment_that_failed_keeps_the_cart_and_can_be_made_again(
    guest: Customer, terminal: Terminal, decision: str, outcome: str
) -> None:
    payment = asked(guest)
    answer = terminal.say(payment["order_id"], decision=decision, revision=payment["revision"]).json()
    assert (answer["outcome"], answer["refund_due"]) == (outcome, False)
    again = guest.view("결제할게요")["payment"]
    assert again["amount"] == payment["amount"]
    assert terminal.say(again["order_id"], decision="approve", revision=again["revision"]).json()["outcome"] == "paid"


def test_a_request_that_nobody_answers_is_given_up_and_the_cart_is_kept(web: Callable[..., WebServer]) -> None:
    shop = web(payment_terminal="external", terminal_secret=SECRET, payment_timeout_s=1)
    guest = Customer(shop.client(), "slow")
    payment = asked(guest)
    until = time.monotonic() + 15
    while (seen := shop.client().get("/api/chat/slow").json())["order"]["status"] == "awaiting_payment":
        assert time.monotonic() < until
        time.sleep(0.05)
    assert (seen["order"]["status"], seen["order"]["total"]) == ("open", payment["amount"])
    assert "시간" in seen["reply"]
    late = Terminal(shop.client()).say(payment["order_id"], decision="approve", revision=payment["revision"])
    assert late.json()["refund_due"]


def test_what_is_sold_out_while_the_customer_pays_is_not_sold(
    guest: Customer, terminal: Terminal, operator: httpx.Client
) -> None:
    payment = asked(guest)
    operator.put("/api/operator/stock/cookie", json={"sold_out": True})
    answer = terminal.say(payment["order_id"], decision="approve", revision=payment["revision"])
    assert answer.json() == {"outcome": "sold_out", "refund_due": True, "number": None}
    seen = guest.client.get(f"/api/chat/{guest.thread_id}").json()
    assert (seen["order"]["status"], seen["staff"]) == ("open", "refund")
    assert "초코칩쿠키" in seen["reply"]


def test_a_kitchen_that_was_away_gets_every_order_once_and_in_order(
    shop: WebServer, terminal: Terminal, kitchen: Kitchen
) -> None:
    kitchen.failing = True
    for name in ("a", "b", "c"):
        payment = asked(Customer(shop.client(), name))
        terminal.say(payment["order_id"], decision="approve", revision=payment["revision"])
    until = time.monotonic() + 10
    while not kitchen.refused and time.monotonic() < until:
        time.sleep(0.02)
    shop.stop()
    kitchen.failing = False
    shop.start()
    assert [ticket["number"] for ticket in kitchen.wait_for(3)] == [1, 2, 3]


def test_a_file_can_be_the_kitchen(web: Callable[..., WebServer], tmp_path: Path) -> None:
    file = tmp_path / "kitchen.jsonl"
    shop = web(kitchen_url=f"file://{file}")
    guest = Customer(shop.client(), "file")
    payment = asked(guest)
    for _ in range(2):
        guest.pay("approve", payment)
    shop.stop()
    (line,) = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert (line["type"], line["total"]) == ("order_placed", payment["amount"])
    shop.start()


def decided_and_lost(shop: WebServer, guest: Customer, payment: dict[str, Any], kind: DecisionKind) -> None:
    """Leave what a process leaves that dies after a decision is recorded and before its turn is saved."""
    assert shop.app is not None
    kiosk = shop.app.state.server.kiosk
    order = guest.client.get(f"/api/orders/{guest.thread_id}").json()["order"]
    decision = Decision(kind, payment["order_id"], payment["revision"], payment_id="p1", webhook_id="lost")
    kiosk.till.settle(Sale(str(guest.thread_id), order, "ko"), decision)


LOST: list[tuple[DecisionKind, str, str]] = [
    ("approve", "paid", "주문 번호"),
    ("reject", "open", "결제"),
    ("timeout", "open", "시간"),
]


@pytest.mark.parametrize(("kind", "status", "word"), LOST)
def test_a_page_that_is_opened_again_shows_a_decision_whose_turn_was_lost(
    shop: WebServer, guest: Customer, kind: DecisionKind, status: str, word: str
) -> None:
    payment = asked(guest)
    decided_and_lost(shop, guest, payment, kind)
    seen = guest.client.get(f"/api/chat/{guest.thread_id}").json()
    assert (seen["order"]["status"], seen["payment"]) == (status, None)
    assert word in seen["reply"]


@pytest.mark.parametrize(("kind", "status", "_"), LOST)
def test_a_message_that_is_repeated_after_its_turn_was_lost_reaches_the_conversation(
    shop: WebServer, guest: Customer, terminal: Terminal, kitchen: Kitchen, kind: DecisionKind, status: str, _: str
) -> None:
    payment = asked(guest)
    decided_and_lost(shop, guest, payment, kind)
    said = {"reject": "decline"}.get(kind, kind)
    terminal.say(payment["order_id"], "lost", decision=said, revision=payment["revision"], payment_id="p1")
    live = shop.client(Authorization=f"Bearer {TOKEN}").get("/api/operator/live").json()["conversations"]
    assert [one["order_status"] for one in live if one["thread_id"] == guest.thread_id] == [status]
    if status == "paid":
        kitchen.wait_for(1)
    assert len(kitchen.posts) == (1 if status == "paid" else 0)


def test_a_payment_whose_interrupt_was_lost_is_still_shown_and_can_be_paid(
    web: Callable[..., WebServer], tmp_path: Path
) -> None:
    """A turn is saved in two steps, and a process can die between them."""
    guest = Customer(web().client(), "half")
    payment = asked(guest)
    with sqlite3.connect(tmp_path / "kiosk.db") as file:
        file.execute("DELETE FROM writes")
    file.close()
    assert guest.client.get("/api/chat/half").json()["payment"] == payment
    assert guest.pay("approve", payment).json()["order"]["status"] == "paid"


def test_staff_hand_over_and_cancel_paid_orders(
    shop: WebServer, operator: httpx.Client, terminal: Terminal, kitchen: Kitchen
) -> None:
    orders = []
    for name in ("a", "b"):
        payment = asked(Customer(shop.client(), name))
        terminal.say(payment["order_id"], decision="approve", revision=payment["revision"], payment_id=f"p-{name}")
        orders.append(payment["order_id"])
    assert operator.post(f"/api/operator/orders/{orders[0]}/handed-over").status_code == 204
    assert operator.post(f"/api/operator/orders/{orders[1]}/cancel", json={"reason": "spilled"}).status_code == 204
    assert operator.post(f"/api/operator/orders/{orders[1]}/cancel", json={"reason": "spilled"}).status_code == 404
    assert [message["type"] for message in kitchen.wait_for(3)][-1] == "order_cancelled"
    assert operator.get("/api/operator/live").json()["orders"] == []
    assert shop.client().get(f"/api/orders/{orders[1]}").json()["order"]["status"] == "cancelled"
    (due,) = operator.get("/api/operator/refunds").json()
    assert due["payment_id"] == "p-b"


def test_the_simulated_terminal_pays_declines_and_pays_twice_over_the_wire(
    web: Callable[..., WebServer],
) -> None:
    simulated = SimulatedTerminal("", SECRET, ["decline", "approve", "double"])
    with LoopbackApp(simulated.app) as wire:
        shop = web(payment_terminal="external", terminal_secret=SECRET, terminal_url=wire.url)
        simulated.connect(shop.url)
        guest = Customer(shop.client(), "sim")
        asked(guest)
        assert until_settled(guest)["order"]["status"] == "open"
        guest.say("결제할게요")
        assert until_settled(guest)["order"]["status"] == "paid"
        other = Customer(shop.client(), "sim-2")
        asked(other)
        assert until_settled(other)["order"]["status"] == "paid"
        until = time.monotonic() + 10
        while not simulated.given_back and time.monotonic() < until:
            time.sleep(0.02)
    assert len(simulated.taken) == 3
    assert len(simulated.given_back) == 1
    assert set(simulated.given_back) < set(simulated.taken)
    simulated.close()


def until_settled(guest: Customer) -> dict[str, Any]:
    """Wait until the terminal has answered."""
    until = time.monotonic() + 10
    while True:
        seen: dict[str, Any] = guest.client.get(f"/api/chat/{guest.thread_id}").json()
        if seen["order"]["status"] != "awaiting_payment":
            return seen
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_request_to_pay_that_failed_is_carried_out_when_it_is_repeated(
    shop: WebServer, guest: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shop.app is not None
    guest.say("쿠키 두 개요")

    def full(_: Sale) -> None:
        raise StorageError("sqlite:///kiosk.db", "database or disk is full")

    with monkeypatch.context() as without_disk:
        without_disk.setattr(shop.app.state.server.kiosk.till, "request", full)
        failed = guest.say("결제할게요", request_id="again")[-1]
        assert (failed.name, failed.data["reason"]) == ("error", "storage")
    view = guest.view("결제할게요", request_id="again")
    assert (view["order"]["status"], view["payment"]["amount"]) == ("awaiting_payment", 6000)
