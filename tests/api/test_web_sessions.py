"""Sessions over HTTP: they begin, end with nothing left behind, and calls for staff reach whoever looks."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from langchain_core.runnables import RunnableConfig
from pydantic import SecretStr

from graph import open_graph
from kiosk.settings import Settings
from kiosk.storage.database import database
from kiosk.storage.tables import outbox
from kiosk.web.errors import ApiError
from kiosk.web.metrics import Metrics
from kiosk.web.schemas import ChatRequest
from kiosk.web.server import Server
from kiosk.web.sweeper import Sweeper
from tests.graph.turns import said
from tests.web_server import Customer, WebServer

pytestmark = pytest.mark.api

TOKEN = "a-long-secret"
OPERATOR = {"Authorization": f"Bearer {TOKEN}"}
COOKIE = {"type": "add_item", "item": "cookie"}


def begin(client: httpx.Client, **body: Any) -> Customer:
    answer = client.post("/api/sessions", json=body)
    assert answer.status_code == 201, answer.text
    return Customer(client, answer.json()["thread_id"])


def end(customer: Customer, reason: str = "left") -> httpx.Response:
    return customer.client.post(f"/api/sessions/{customer.thread_id}/end", json={"reason": reason})


def live(server: WebServer) -> Any:
    return server.client(**OPERATOR).get("/api/operator/live").json()


@pytest.fixture
def shop(web: Callable[..., WebServer]) -> WebServer:
    return web(operator_token=SecretStr(TOKEN))


# Beginning and ending


def test_a_session_begins_with_an_id_that_nobody_can_guess(client: httpx.Client) -> None:
    begun = [client.post("/api/sessions", json={"language": "ja"}).json() for _ in range(2)]
    assert len({one["thread_id"] for one in begun}) == 2
    assert all(len(one["thread_id"]) == 32 for one in begun)
    assert (begun[0]["status"], begun[0]["language"], begun[0]["idle_after_s"]) == ("active", "ja", 1800)


def test_the_end_cancels_what_is_not_paid_and_nobody_can_go_on(client: httpx.Client) -> None:
    customer = begin(client)
    customer.touch(COOKIE)
    assert end(customer).json()["status"] == "ended"
    refused = [
        customer.touch(COOKIE),
        client.post("/api/chat", json={"message": "하나 더", "thread_id": customer.thread_id}),
        client.post(f"/api/sessions/{customer.thread_id}/idle", json={}),
    ]
    assert [(answer.status_code, answer.json()["error"]["reason"]) for answer in refused] == [
        (409, "session_ended")
    ] * 3
    gone = client.get(f"/api/chat/{customer.thread_id}")
    assert (gone.status_code, gone.json()["error"]["reason"]) == (410, "session_ended")
    assert "cookie" not in gone.text


def test_a_request_that_is_repeated_after_the_end_tells_nothing_of_the_order(client: httpx.Client) -> None:
    customer = begin(client)
    assert customer.touch(COOKIE, request_id="r-1").status_code == 200
    end(customer)
    again = customer.touch(COOKIE, request_id="r-1")
    assert (again.status_code, again.json()["error"]["reason"]) == (409, "session_ended")


def test_a_payment_that_waited_is_void_after_the_end(client: httpx.Client) -> None:
    customer = begin(client)
    customer.touch(COOKIE)
    payment = customer.touch({"type": "request_payment"}).json()["payment"]
    end(customer, "idle")
    late = customer.pay("approve", payment)
    assert (late.status_code, late.json()["order"]["status"], late.json()["number"]) == (200, "cancelled", None)
    assert client.get(f"/api/chat/{customer.thread_id}").status_code == 410


def test_a_paid_order_stays_paid_when_its_customer_is_done(shop: WebServer) -> None:
    customer = begin(shop.client())
    customer.touch(COOKIE)
    customer.pay("approve", customer.touch({"type": "request_payment"}).json()["payment"])
    end(customer, "finished")
    (session,) = live(shop)["conversations"]
    assert (session["status"], session["order_status"]) == ("ended", "paid")
    assert 'kiosk_sessions_ended_total{reason="finished"} 1.0' in shop.client().get("/metrics").text


def test_what_a_customer_told_of_themselves_is_erased_at_the_end(shop: WebServer) -> None:
    customer = begin(shop.client())
    customer.say("쿠키 하나, 제 번호는 010-2345-6789이에요")
    assert shop.app is not None
    vault = shop.app.state.server.kiosk.vault
    assert vault.holds(customer.thread_id)
    end(customer)
    assert not vault.holds(customer.thread_id)


def test_to_end_twice_changes_nothing_and_what_is_not_there_cannot_end(client: httpx.Client) -> None:
    customer = begin(client)
    assert [end(customer).status_code for _ in range(2)] == [200, 200]
    unknown = [end(Customer(client, "nobody")), client.post("/api/sessions/nobody/idle", json={})]
    assert {(answer.status_code, answer.json()["error"]["reason"]) for answer in unknown} == {(404, "unknown_session")}
    assert end(customer, "bored").status_code == 422


def test_a_conversation_that_began_without_a_session_can_end_too(client: httpx.Client, customer: Customer) -> None:
    customer.touch(COOKIE)
    assert end(customer).status_code == 200
    assert customer.touch(COOKIE).status_code == 409


def test_a_turn_that_runs_is_finished_before_its_session_ends(client: httpx.Client) -> None:
    customer = begin(client)
    heard = customer.client.stream("POST", "/api/chat", json={"message": "쿠키 하나", "thread_id": customer.thread_id})
    with heard as answer:
        assert end(customer).status_code == 200
        assert "event: done" in answer.read().decode()
    found = client.get(f"/api/orders/{customer.thread_id}").json()["order"]
    assert (found["status"], found["lines"]) == ("cancelled", [])


async def test_a_turn_that_waited_while_the_session_ended_changes_nothing(tmp_path: Path) -> None:
    async with open_graph(Settings(database_url=f"sqlite:///{tmp_path / 'kiosk.db'}")) as graph:
        server = Server(graph, Metrics())
        begun = await server.sessions.begin("ko")
        async with server.conversations.alone(begun.thread_id):
            said_late = server.conversations.say(ChatRequest(message="쿠키 하나", thread_id=begun.thread_id))
            graph.kiosk.desk.end(begun.thread_id)
        with pytest.raises(ApiError, match="this session has ended") as refused:
            await said_late.result()
        assert (refused.value.status, refused.value.reason) == (409, "session_ended")
        assert (await graph.aget_state({"configurable": {"thread_id": begun.thread_id}})).values == {}


async def test_what_the_kitchen_still_has_to_be_told_outlives_the_session(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'kiosk.db'}")
    async with open_graph(settings) as graph:
        server = Server(graph, Metrics())
        config: RunnableConfig = {"configurable": {"thread_id": "guest"}}
        await graph.ainvoke(said("쿠키 하나, 제 번호는 010-2345-6789이에요"), config)
        now = datetime.now(UTC)
        row = {"kiosk_id": "k", "channel": "kitchen", "key": "1", "thread_id": "guest", "body": {}, "attempts": 0}
        with database(settings.database_url) as engine, engine.begin() as connection:
            connection.execute(outbox.insert().values(**row, created_at=now, due_at=now))
        await server.sessions.end("guest", "finished")
        assert graph.for_the_till("guest") == {"loyalty_phone": "010-2345-6789"}


def test_a_warning_is_shown_to_the_operator_until_the_customer_goes_on(shop: WebServer) -> None:
    customer = begin(shop.client())
    customer.touch(COOKIE)
    assert shop.client().post(f"/api/sessions/{customer.thread_id}/idle", json={}).json()["status"] == "idle"
    assert live(shop)["conversations"][0]["status"] == "idle"
    customer.touch(COOKIE)
    (session,) = live(shop)["conversations"]
    assert (session["status"], session["units"], session["total"]) == ("active", 2, 6000)


def test_probes_of_health_are_no_customers(shop: WebServer) -> None:
    assert shop.client().get("/healthz").status_code == 200
    assert live(shop)["conversations"] == []


# Calls for staff


def test_a_call_comes_as_an_event_and_stands_with_the_order_on_every_servers_board(
    shop: WebServer, web: Callable[..., WebServer]
) -> None:
    other = web(operator_token=SecretStr(TOKEN), kiosk_id="counter-2")
    customer = Customer(shop.client(), "guest")
    customer.say("아이스 라떼 두 잔")
    (event,) = [event for event in customer.say("직원 불러주세요") if event.name == "staff"]
    expected = [{"item": "latte", "quantity": 2, "options": {"temperature": "iced"}}]
    assert (event.data["reason"], event.data["order"]["lines"]) == ("requested", expected)
    for server in (other, shop):
        (call,) = live(server)["staff_calls"]
        assert (call["reason"], call["kiosk_id"], call["order"]["lines"]) == ("requested", "kiosk-1", expected)
    shop.stop()
    shop.start()
    assert live(shop)["staff_calls"] == [call]
    assert shop.client(**OPERATOR).post(f"/api/operator/staff-calls/{call['id']}/done").status_code == 204
    assert live(other)["staff_calls"] == []


def test_the_reasons_are_counted(shop: WebServer) -> None:
    Customer(shop.client(), "guest").say("새우 알레르기가 있어요")
    assert live(shop)["staff_calls"][0]["reason"] == "allergy"
    assert 'kiosk_staff_calls_total{reason="allergy"} 1.0' in shop.client().get("/metrics").text


# What customers leave behind


async def test_two_servers_that_look_at_once_end_every_abandoned_session_once(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'kiosk.db'}")

    def config(number: int) -> RunnableConfig:
        return {"configurable": {"thread_id": f"guest-{number}"}}

    async with AsyncExitStack() as stack:
        graphs = [await stack.enter_async_context(open_graph(settings)) for _ in range(2)]
        for number in range(6):
            await graphs[0].ainvoke(said("쿠키 하나, 제 번호는 010-2345-6789이에요"), config(number))
        await graphs[0].ainvoke(said("결제할게요"), config(0))
        servers = [Server(graph, Metrics()) for graph in graphs]
        later = [
            Sweeper(server.sessions, clock=lambda: datetime.now(UTC) + timedelta(minutes=31)) for server in servers
        ]
        assert await Sweeper(servers[0].sessions).once() == 0
        assert sum(await asyncio.gather(*(one.once() for one in later))) == 6
        assert [await one.once() for one in later] == [0, 0]
        states = [(await graphs[1].aget_state(config(number))).values for number in range(6)]
        vault = graphs[0].kiosk.vault
        assert not any(vault.holds(f"guest-{number}") for number in range(6))
        assert {one.status for one in graphs[1].kiosk.desk.recent()} == {"abandoned"}
    assert {values["order"]["status"] for values in states} == {"cancelled"}
    # Each was cancelled by one turn: the customer's words with the answer, and the kiosk's own turn with its answer.
    assert [len(values["messages"]) for values in states] == [6, 4, 4, 4, 4, 4]


@pytest.fixture
def left_behind(shop: WebServer, tmp_path: Path) -> Iterator[Customer]:
    """A customer who left with things on the order while the server was away."""
    customer = begin(shop.client())
    customer.touch(COOKIE)
    shop.stop()
    with closing(sqlite3.connect(tmp_path / "kiosk.db")) as connection:
        long_ago = (datetime.now(UTC) - timedelta(hours=3)).strftime("%Y-%m-%d %H:%M:%S.%f")
        connection.execute("UPDATE sessions SET seen_at = ?", (long_ago,))
        connection.commit()
    shop.start()
    yield Customer(shop.client(), customer.thread_id)


def test_a_server_ends_what_was_left_behind_by_itself(shop: WebServer, left_behind: Customer) -> None:
    until = time.monotonic() + 20
    while left_behind.client.get(f"/api/chat/{left_behind.thread_id}").status_code != 410:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert left_behind.touch(COOKIE).status_code == 409
    while live(shop)["conversations"][0]["order_status"] != "cancelled":
        assert time.monotonic() < until
        time.sleep(0.05)
    (session,) = live(shop)["conversations"]
    assert (session["status"], session["units"]) == ("abandoned", 0)
