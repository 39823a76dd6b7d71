"""Two `kiosk serve` processes on one database behind a balancer are one kiosk to the customer."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import httpx
import pytest

from tests.api.balancer import balanced
from tests.api.kiosk_command import KioskCommand
from tests.web_server import Customer, lines_of

pytestmark = pytest.mark.api

ICED_LATTES = [("latte", 3, {"temperature": "iced"})]


@pytest.fixture(scope="module", params=["postgres", "sqlite"])
def servers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """The addresses of two servers on one database."""
    command = KioskCommand(tmp_path_factory.mktemp("workers"))
    command.environment["KIOSK_ENCRYPTION_KEY"] = "a key for two servers alone"
    if request.param == "postgres":
        command.environment["KIOSK_DATABASE_URL"] = request.getfixturevalue("postgres_url")
    processes = [command.start("serve", "--port", "0") for _ in range(2)]
    try:
        yield [address(process.stdout.readline().decode()) for process in processes if process.stdout]
    finally:
        for process in processes:
            process.terminate()
        errors = [process.communicate(timeout=30)[1] for process in processes]
    assert errors == [b"", b""]


def address(line: str) -> str:
    return "http://" + line.partition("http://")[2].partition("/kiosk")[0]


@pytest.fixture
def client(servers: list[str]) -> Iterator[httpx.Client]:
    with balanced(servers) as client:
        yield client


@pytest.fixture
def customer(client: httpx.Client) -> Customer:
    """A customer whose every request reaches the other server than the one before."""
    return Customer(client, uuid.uuid4().hex)


@pytest.fixture
def both(servers: list[str], customer: Customer) -> Iterator[list[Customer]]:
    """The same customer with a line to each server."""
    clients = [httpx.Client(base_url=server, timeout=30) for server in servers]
    yield [Customer(client, customer.thread_id) for client in clients]
    for client in clients:
        client.close()


def at_once(tasks: Sequence[Callable[[], Any]]) -> list[Any]:
    """Carry tasks out at the same time; return what came of them."""
    results: list[Any] = [None] * len(tasks)
    start = threading.Barrier(len(tasks))

    def run(position: int) -> None:
        start.wait()
        results[position] = tasks[position]()

    threads = [threading.Thread(target=run, args=(position,)) for position in range(len(tasks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def messages(customer: Customer) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = customer.client.get(f"/api/chat/{customer.thread_id}").json()["messages"]
    return found


def test_a_whole_conversation_is_served_alternately(customer: Customer) -> None:
    customer.say("라떼 3잔")
    assert lines_of(customer.view("아이스요")) == ICED_LATTES
    assert lines_of(customer.touch({"type": "add_item", "item": "cookie"}).json()) == [*ICED_LATTES, ("cookie", 1, {})]
    customer.say("제 번호는 010-2345-6789예요")
    waiting = customer.touch({"type": "request_payment"}).json()
    paid = customer.pay("approve", waiting["payment"]).json()
    again = customer.pay("approve", waiting["payment"]).json()
    assert (paid["order"]["status"], paid["order"]["total"]) == ("paid", waiting["payment"]["amount"])
    assert (again["order"], again["number"]) == (paid["order"], paid["number"])
    for _ in range(2):
        reloaded = customer.client.get(f"/api/chat/{customer.thread_id}").json()
        assert (reloaded["order"], reloaded["number"]) == (paid["order"], paid["number"])
        said = [message["content"] for message in reloaded["messages"] if message["role"] == "user"]
        assert said[:2] == ["라떼 3잔", "아이스요"]
        assert "2345" not in str(reloaded)
    assert lines_of(customer.view("쿠키 하나")) == [("cookie", 1, {})]


def test_a_request_that_is_repeated_to_the_other_server_is_answered_from_the_first(customer: Customer) -> None:
    first, again = (customer.view("아이스 라떼 3잔", request_id="r-1") for _ in range(2))
    assert (again["order"], again["reply"]) == (first["order"], first["reply"])
    tap = {"type": "add_item", "item": "cookie"}
    tapped = [customer.touch(tap, request_id="r-2").json()["order"] for _ in range(2)]
    assert tapped[0] == tapped[1]
    assert lines_of(customer.view("안녕")) == [*ICED_LATTES, ("cookie", 1, {})]
    assert [message["role"] for message in messages(customer)].count("user") == 3


def test_a_request_that_both_get_at_the_same_time_is_run_once(both: list[Customer]) -> None:
    views = at_once([partial(one.view, "아이스 라떼 3잔", request_id="r-1") for one in both])
    assert [lines_of(view) for view in views] == [ICED_LATTES] * 2
    assert views[0]["reply"] == views[1]["reply"]
    tap = {"type": "add_item", "item": "cookie"}
    taps = at_once([partial(one.touch, tap, request_id="r-2") for one in both])
    assert [lines_of(tap.json()) for tap in taps] == [[*ICED_LATTES, ("cookie", 1, {})]] * 2
    assert len(messages(both[0])) == 4


def test_turns_that_both_get_at_the_same_time_are_all_kept(both: list[Customer]) -> None:
    words = ["쿠키 하나", "치즈케이크 하나", "티라미수 하나", "마카롱 하나"]
    at_once([partial(one.say, it) for it, one in zip(words, both * 2, strict=True)])
    order = both[0].client.get(f"/api/orders/{both[0].thread_id}").json()["order"]
    assert {line["item"] for line in order["lines"]} == {"cookie", "cheesecake", "tiramisu", "macaron"}


def test_an_approval_that_both_get_at_the_same_time_counts_once(both: list[Customer]) -> None:
    both[0].say("아이스 라떼 3잔")
    payment = both[1].touch({"type": "request_payment"}).json()["payment"]
    paid = [answer.json() for answer in at_once([partial(one.pay, "approve", payment) for one in both])]
    assert [view["order"]["status"] for view in paid] == ["paid", "paid"]
    assert paid[0]["number"] == paid[1]["number"]
