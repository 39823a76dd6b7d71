"""A server that is killed at any moment: customers pay once for what was read back, and the kitchen gets it once.

`make kill-test` kills 200 times on each database; CI a few times.
"""

from __future__ import annotations

import json
import logging
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, func, select

from kiosk.storage.database import open_database, reading
from kiosk.storage.tables import order_events, orders, outbox
from tests.load.kiosk_process import OPERATOR_TOKEN, KioskProcess, database_for
from tests.load.shop import WARES, Cart, Guest, MenuCard, Repeating, Sold, Terminal, cart_of, pause
from tests.receiver import Kitchen

pytestmark = pytest.mark.load

LOG = logging.getLogger(__name__)

ASKED_FOR = os.environ.get("KIOSK_TEST_KILLS")
SEED = int(os.environ.get("KIOSK_TEST_SEED", "20260501"))
CUSTOMERS = 20
PAYMENT_TIMEOUT_S = 6
LONGEST_LIFE_S = 3.0
DRAIN_S = 90.0
SHORT = [("sqlite", "http"), ("postgres", "file")]
LONG = [("sqlite", "http"), ("postgres", "http"), ("sqlite", "file"), ("postgres", "file")]
KILLS = int(ASKED_FOR) // 2 if ASKED_FOR else 6
"""For each pair of database and kitchen; the long form has two pairs for each database."""


@dataclass
class Told:
    """What the customers know when all is over."""

    sold: list[Sold] = field(default_factory=list)
    threads: list[str] = field(default_factory=list)
    failures: list[BaseException] = field(default_factory=list)
    events: Counter[str] = field(default_factory=Counter)


class Visitor:
    """One customer after the other, each with some of the ways to pay that there are."""

    def __init__(self, url: str, terminal: Terminal, card: MenuCard, told: Told, seed: str) -> None:
        self.guest = Guest(url)
        self.line = Repeating(url)
        self.terminal, self.card, self.told = terminal, card, told
        self.chance = random.Random(seed)
        self.ways: list[Callable[[Any], Any]] = [self.approve, self.approve, self.twice, self.pay_double]
        self.ways += [self.change_mind, self.decline, self.late]

    def run(self, over: threading.Event) -> None:
        try:
            while not over.is_set():
                self.visit()
        except BaseException as error:
            self.told.failures.append(error)
            over.set()

    def visit(self) -> None:
        """Order, and try to pay until it has worked."""
        guest, chance = self.guest, self.chance
        guest.begin()
        self.told.threads.append(guest.thread_id)
        for _ in range(chance.randint(1, 3)):
            guest.add(chance.choice(WARES), by_tap=chance.random() < 0.5)
            pause(chance, 0.3)
        if len(guest.view["order"]["lines"]) > 1 and chance.random() < 0.3:
            guest.remove(chance.choice(guest.view["order"]["lines"]))
        while guest.cart:
            payment = guest.ask_to_pay(by_tap=chance.random() < 0.5)
            assert payment is not None, guest.view
            assert payment["amount"] == self.card.total(guest.cart), (payment, guest.cart)
            pause(chance, 0.3)
            way = chance.choice(self.ways)
            self.told.events[way.__name__] += 1
            self.after(payment, Cart(guest.cart), way(payment))

    def after(self, payment: Any, cart: Cart, answer: Any) -> None:
        """See that conversation and terminal were told the same, and go on with what is left to be paid."""
        guest = self.guest
        seen = guest.look()["order"]
        self.told.events[answer["outcome"]] += 1
        is_paid = answer["outcome"] in ("paid", "already_paid")
        if seen["order_id"] == payment["order_id"]:
            assert (seen["status"] == "paid") == is_paid, (answer, seen)
            assert seen["status"] != "awaiting_payment", (answer, guest.view)
            assert cart_of(seen["lines"]) == guest.cart
        else:
            assert is_paid, (answer, seen)
        if is_paid:
            self.told.sold.append(Sold(payment["order_id"], payment["amount"], cart, answer["number"]))
            guest.cart = cart_of(seen["lines"]) if seen["order_id"] != payment["order_id"] else Cart()

    def approve(self, payment: Any) -> Any:
        return self.terminal.approve(self.line, payment)

    def twice(self, payment: Any) -> Any:
        """The terminal has not heard the answer and says it again."""
        return self.terminal.approve(self.line, payment, times=2)

    def pay_double(self, payment: Any) -> Any:
        """The card is read twice, at once: two payments."""
        answers: list[Any] = []
        at_once = [threading.Thread(target=self._paid_apart, args=(payment, answers)) for _ in range(2)]
        for thread in at_once:
            thread.start()
        for thread in at_once:
            thread.join()
        assert len(answers) == 2, "a payment was not answered"
        paid = [answer for answer in answers if answer["outcome"] == "paid"]
        assert len(paid) <= 1, answers
        return paid[0] if paid else answers[0]

    def change_mind(self, payment: Any) -> Any:
        """The customer orders more while the card is being read."""
        answers: list[Any] = []
        reading_card = threading.Thread(target=self._paid_apart, args=(payment, answers))
        reading_card.start()
        pause(self.chance, 0.1)
        self.guest.add(self.chance.choice(WARES), by_tap=self.chance.random() < 0.5)
        reading_card.join()
        assert answers, "a payment was not answered"
        return answers[0]

    def decline(self, payment: Any) -> Any:
        return self.terminal.refuse(self.line, payment)

    def late(self, payment: Any) -> Any:
        """Nobody pays in time, and then somebody does."""
        until = time.monotonic() + 120
        while self.guest.look()["order"]["status"] == "awaiting_payment":
            assert time.monotonic() < until, "a request that nobody answered is not given up"
            time.sleep(0.3)
        return self.terminal.approve(self.line, payment)

    def _paid_apart(self, payment: Any, answers: list[Any]) -> None:
        line = Repeating(str(self.line.client.base_url))
        try:
            answers.append(self.terminal.approve(line, payment))
        except BaseException as error:
            self.told.failures.append(error)
        finally:
            line.client.close()


@pytest.mark.parametrize(("database", "kitchen_is"), LONG if ASKED_FOR else SHORT)
def test_a_server_that_is_killed_at_any_moment_sells_every_order_once(
    request: pytest.FixtureRequest, tmp_path: Path, database: str, kitchen_is: str
) -> None:
    chance = random.Random(f"{SEED}-{database}-{kitchen_is}")
    terminal, card, told, over = Terminal(), MenuCard(), Told(), threading.Event()
    with ExitStack() as stack:
        url = stack.enter_context(database_for(request, tmp_path, database))
        kitchen = stack.enter_context(Kitchen())
        stack.enter_context(terminal.wire)
        file = tmp_path / "kitchen.jsonl"
        server = KioskProcess(
            tmp_path,
            url,
            KIOSK_TERMINAL_URL=terminal.wire.url,
            KIOSK_KITCHEN_URL=kitchen.url if kitchen_is == "http" else f"file://{file}",
            KIOSK_PAYMENT_TIMEOUT_S=str(PAYMENT_TIMEOUT_S),
        )
        stack.callback(server.end)
        server.start()
        server.wait_until_ready()
        visitors = [Visitor(server.url, terminal, card, told, f"{SEED}-{name}") for name in range(CUSTOMERS)]
        threads = [threading.Thread(target=visitor.run, args=(over,), daemon=True) for visitor in visitors]
        for thread in threads:
            thread.start()
        kills = kill_at_random(server, chance, over)
        over.set()
        for thread in threads:
            thread.join(240)
        if told.failures:
            raise BaseExceptionGroup("customers have found faults", told.failures)
        assert not any(thread.is_alive() for thread in threads), "a customer still waits"
        engine = stack.enter_context(opened(url))
        wait_until_drained(engine)
        shown = {thread_id: shown_of(server, thread_id) for thread_id in told.threads}
        due = refunds(server)
        assert server.stop() in (0, -15)
        tickets = kitchen.messages if kitchen_is == "http" else [*map(json.loads, file.read_text().splitlines())]
        book = read_book(engine)
    the_kitchen_has_what_was_paid(book, tickets, told.sold, card)
    every_payment_counts_or_is_due_back(book, terminal, due)
    conversations_and_book_agree(book, shown)
    repeated = sum(visitor.guest.repeated + visitor.line.repeated for visitor in visitors)
    LOG.warning(
        "%s, %s kitchen: %d kills, %d orders sold, %d approvals, %d refunds due, %d requests repeated; %s",
        *(database, kitchen_is, kills, len(told.sold), len(terminal.approvals), len(book.due), repeated),
        dict(sorted(told.events.items())),
    )
    assert kills == KILLS
    assert len(told.sold) > KILLS


def kill_at_random(server: KioskProcess, chance: random.Random, over: threading.Event) -> int:
    """Kill and start again, now and then before the server is ready; stop where a customer has found a fault."""
    for done in range(KILLS):
        if chance.random() < 0.85:
            server.wait_until_ready()
        if over.wait(chance.uniform(0.05, LONGEST_LIFE_S)):
            return done
        server.kill()
        server.start()
    server.wait_until_ready()
    over.wait(1.0)
    return KILLS


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    engine = open_database(url)
    yield engine
    engine.dispose()


def wait_until_drained(engine: Engine) -> None:
    """A message that a killed process was about to deliver is delivered by the next one when its lease is over."""
    waiting, until = select(func.count()).where(outbox.c.delivered_at.is_(None)), time.monotonic() + DRAIN_S
    while time.monotonic() < until:
        with reading(engine) as connection:
            if not connection.execute(waiting).scalar_one():
                return
        time.sleep(0.2)
    raise AssertionError("the outbox is not empty")


def shown_of(server: KioskProcess, thread_id: str) -> Any:
    return httpx.get(f"{server.url}/api/chat/{thread_id}", timeout=30).json()["order"]


def refunds(server: KioskProcess) -> list[Any]:
    headers = {"Authorization": f"Bearer {OPERATOR_TOKEN}"}
    answer: list[Any] = httpx.get(f"{server.url}/api/operator/refunds", headers=headers, timeout=30).json()
    return answer


@dataclass(frozen=True)
class Book:
    """What the tables say in the end."""

    orders: Mapping[str, Any]
    due: list[Any]

    @property
    def paid(self) -> dict[str, Any]:
        return {order_id: row for order_id, row in self.orders.items() if row["status"] == "paid"}


def read_book(engine: Engine) -> Book:
    with reading(engine) as connection:
        rows = [dict(row) for row in connection.execute(select(orders)).mappings()]
        due = select(order_events).where(order_events.c.kind == "refund_due")
        return Book({row["order_id"]: row for row in rows}, [dict(row) for row in connection.execute(due).mappings()])


def the_kitchen_has_what_was_paid(book: Book, tickets: list[Any], sold: list[Sold], card: MenuCard) -> None:
    by_order = {ticket["order_id"]: ticket for ticket in tickets}
    assert len(by_order) == len(tickets), "an order came to the kitchen twice"
    assert by_order.keys() == book.paid.keys()
    assert book.paid.keys() == {one.order_id for one in sold}
    for one in sold:
        ticket, row = by_order[one.order_id], book.paid[one.order_id]
        assert ticket["total"] == row["total"] == one.amount == card.total(one.cart)
        assert cart_of(ticket["lines"]) == cart_of(row["lines"]) == one.cart
        assert ticket["number"] == row["number"] == one.number
    numbers = [(row["day"], row["number"]) for row in book.paid.values()]
    assert len(set(numbers)) == len(numbers)


def every_payment_counts_or_is_due_back(book: Book, terminal: Terminal, shown: list[Any]) -> None:
    counted = Counter(row["payment_id"] for row in book.paid.values())
    due = Counter(row["payment_id"] for row in book.due)
    assert counted + due == Counter(approval.payment_id for approval in terminal.approvals)
    assert {one["payment_id"] for one in shown} <= due.keys()
    for approval in terminal.approvals:
        outcomes = {answer["outcome"] for answer in approval.answers}
        assert outcomes <= ({"paid", "already_paid"} if counted[approval.payment_id] else {"late"}), approval
    told = Counter(told["payment_id"] for told in terminal.told.values() if told["type"] == "refund_due")
    assert told == due, "the terminal is told of every payment that it has to give back, once"
    amounts = {row["payment_id"]: row["amount"] for row in book.due}
    assert all(amounts.get(one.payment_id, one.amount) == one.amount for one in terminal.approvals)


def conversations_and_book_agree(book: Book, shown: Mapping[str, Any]) -> None:
    for order in shown.values():
        row = book.orders.get(order["order_id"])
        assert (row["status"] if row else "open") == order["status"], order
        if row is not None and row["status"] == "paid":
            same = (row["total"], row["lines"], str(row["number"]))
            assert same == (order["total"], order["lines"], order["number"])
