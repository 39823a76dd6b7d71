"""POST /api/chat: a turn as server-sent events, exactly once whoever asks how often."""

import json
import threading
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.web_server import Customer, WebServer, events, lines_of

pytestmark = pytest.mark.api


def names(heard: list[Any]) -> list[str]:
    return [event.name for event in heard]


def test_a_turn_tells_its_progress_and_gives_the_reply_only_after_validation(customer: Customer) -> None:
    heard = customer.say("라떼 3잔")
    nodes = [event.data["node"] for event in heard if event.name == "progress"]
    assert nodes == ["analyze", "route", "generate", "validate"]
    assert names(heard)[4:] == ["reply", "order", "done"]
    assert heard[4].data["text"] == heard[-1].data["reply"]
    assert heard[5].data == heard[-1].data["order"]
    assert heard[-1].data["response"]["answer"] == heard[-1].data["reply"]


def test_a_conversation_begins_without_an_id_and_goes_on_with_it(client: httpx.Client) -> None:
    customer = Customer(client)
    customer.say("라떼 3잔")
    view = customer.view("아이스요")
    assert view["thread_id"] == customer.thread_id
    assert lines_of(view) == [("latte", 3, {"temperature": "iced"})]


def test_the_stream_is_one_of_server_sent_events_that_nobody_stores(client: httpx.Client) -> None:
    answer = client.post("/api/chat", json={"message": "안녕하세요"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("message", "language", "answered"),
    [("Two lattes, please", None, "en"), ("라떼 두 잔", None, "ko"), ("latte", "en", "en"), ("latte", "ko", "ko")],
)
def test_the_answer_follows_the_words_unless_a_language_is_fixed(
    customer: Customer, message: str, language: str | None, answered: str
) -> None:
    assert customer.view(message, language=language)["language"] == answered


def test_the_open_question_comes_with_the_answers_that_fit_it(customer: Customer) -> None:
    question = customer.view("라떼 3잔")["question"]
    assert (question["kind"], question["option"], question["line_ids"]) == ("missing", "temperature", ["1"])
    assert [choice["id"] for choice in question["choices"]] == ["hot", "iced"]
    (iced,) = question["choices"][1]["actions"]
    assert lines_of(customer.touch(iced).json()) == [("latte", 3, {"temperature": "iced"})]


def test_calling_staff_is_an_event_of_its_own(customer: Customer) -> None:
    heard = customer.say("직원 불러주세요")
    assert [event.data["reason"] for event in heard if event.name == "staff"] == ["requested"]


def test_a_repeated_request_gets_the_first_answer_and_orders_nothing_twice(customer: Customer) -> None:
    first = customer.say("아이스 라떼 3잔", request_id="r-1")
    again = customer.say("아이스 라떼 3잔", request_id="r-1")
    assert again == first
    assert lines_of(customer.view("안녕")) == [("latte", 3, {"temperature": "iced"})]


def test_a_repeated_first_request_finds_the_conversation_that_it_began(client: httpx.Client) -> None:
    request_id = uuid.uuid4().hex
    first, again = (Customer(client).view("라떼 1잔", request_id=request_id) for _ in range(2))
    assert again == first


def test_requests_repeated_at_the_same_time_are_one_turn(customer: Customer) -> None:
    views: list[Any] = []
    asking = [
        threading.Thread(target=lambda: views.append(customer.view("아이스 라떼 3잔", request_id="r-1")))
        for _ in range(4)
    ]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert [lines_of(view) for view in views] == [[("latte", 3, {"temperature": "iced"})]] * 4


def test_a_request_id_is_good_for_one_request(customer: Customer) -> None:
    customer.say("라떼 1잔", request_id="r-1")
    body = {"message": "라떼 2잔", "thread_id": customer.thread_id, "request_id": "r-1"}
    answer = customer.client.post("/api/chat", json=body)
    assert (answer.status_code, answer.json()["error"]["reason"]) == (409, "request_id_reused")


def test_a_request_repeated_after_a_restart_orders_nothing_twice(web: Callable[..., WebServer]) -> None:
    server = web()
    customer = Customer(server.client(), "restarted")
    first = customer.view("아이스 라떼 3잔", request_id="r-1")
    server.stop()
    server.start()
    customer = Customer(server.client(), "restarted")
    again = customer.view("아이스 라떼 3잔", request_id="r-1")
    assert (again["order"], again["reply"]) == (first["order"], first["reply"])
    assert lines_of(customer.view("쿠키 하나 추가")) == [("latte", 3, {"temperature": "iced"}), ("cookie", 1, {})]


def test_turns_of_one_conversation_at_the_same_time_lose_nothing(customer: Customer) -> None:
    words = ["쿠키 하나", "치즈케이크 하나", "티라미수 하나", "마카롱 하나"]
    asking = [threading.Thread(target=customer.say, args=(one,)) for one in words]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    order = customer.client.get(f"/api/orders/{customer.thread_id}").json()
    assert {line["item"] for line in order["order"]["lines"]} == {"cookie", "cheesecake", "tiramisu", "macaron"}


def test_a_turn_is_finished_although_its_client_has_gone(customer: Customer) -> None:
    body = {"message": "쿠키 하나", "thread_id": customer.thread_id}
    with customer.client.stream("POST", "/api/chat", json=body) as answer:
        next(events(answer.iter_lines()))
    assert ("cookie", 1, {}) in lines_of(customer.view("치즈케이크 하나"))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "message"),
        ({"message": 5}, "message"),
        ({"message": "라떼", "thread_id": "../etc"}, "thread_id"),
        ({"message": "라떼", "thread_id": "x" * 200}, "thread_id"),
        ({"message": "라떼", "language": "fr"}, "language"),
        ({"message": "라떼", "request_id": ""}, "request_id"),
        ({"message": "라떼", "price": 0}, "price"),
    ],
)
def test_a_wrong_request_is_refused_by_the_name_of_its_field(
    client: httpx.Client, body: dict[str, Any], field: str
) -> None:
    answer = client.post("/api/chat", json=body)
    assert (answer.status_code, answer.json()["error"]["reason"]) == (422, "invalid_request")
    assert answer.json()["error"]["message"].startswith(f"{field}:")


@pytest.mark.parametrize("message", ["", "   ", "x" * 5000, "\x00\x01", "<script>alert(1)</script>", "💳" * 300])
def test_strange_words_get_an_answer_and_change_nothing(customer: Customer, message: str) -> None:
    view = customer.view(message)
    assert view["reply"]
    assert view["order"]["lines"] == []


def test_a_conversation_can_be_taken_up_again_with_its_messages(customer: Customer) -> None:
    view = customer.view("라떼 3잔")
    customer.touch({"type": "set_quantity", "line_id": "1", "quantity": 2})
    found = customer.client.get(f"/api/chat/{customer.thread_id}").json()
    shown = [(message["role"], message["touch"]) for message in found["messages"]]
    assert shown == [("user", False), ("assistant", False), ("user", True), ("assistant", False)]
    assert found["messages"][1]["content"] == view["reply"]
    assert found["question"]["option"] == "temperature"


def test_an_order_is_found_by_its_own_id_and_by_its_conversation(customer: Customer) -> None:
    view = customer.view("라떼 3잔")
    for name in (customer.thread_id, view["order"]["order_id"]):
        found = customer.client.get(f"/api/orders/{name}").json()
        assert (found["thread_id"], found["order"]) == (customer.thread_id, view["order"])


@pytest.mark.parametrize("path", ["/api/orders/nobody", "/api/chat/nobody", "/api/nothing", "/nothing"])
def test_what_does_not_exist_is_refused_as_json(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert json.loads(answer.text)["error"]["reason"] in {"unknown_conversation", "not_found"}
