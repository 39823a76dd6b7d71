"""Taps and the payment terminal: the same thread, the same rules and the same words as talk."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.web_server import Customer, WebServer, lines_of

pytestmark = pytest.mark.api

ICED_LATTE = {"type": "add_item", "item": "latte", "quantity": 2, "options": {"temperature": "iced"}}
PAY = {"type": "request_payment"}


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["reason"]


def test_touch_and_talk_are_one_order(customer: Customer) -> None:
    customer.touch(ICED_LATTE)
    view = customer.view("하나는 따뜻한 걸로 바꾸고 쿠키도 하나 주세요")
    assert lines_of(view) == [
        ("latte", 1, {"temperature": "iced"}),
        ("latte", 1, {"temperature": "hot"}),
        ("cookie", 1, {}),
    ]
    view = customer.touch({"type": "remove_item", "line_id": "1"}).json()
    assert [line[0] for line in lines_of(view)] == ["latte", "cookie"]


def test_a_tap_is_answered_in_words_by_no_model(customer: Customer) -> None:
    view = customer.touch(ICED_LATTE, language="ko").json()
    assert "카페라떼 2잔" in view["reply"]
    info = view["response"]["serving_info"]
    assert (info["endpoint_id"], info["tokens_used"], view["response"]["cost_savings"]) == ("none", 0, 0.0)


def test_a_tap_answers_in_the_language_of_the_page(customer: Customer) -> None:
    assert customer.touch(ICED_LATTE, language="en").json()["language"] == "en"


@pytest.mark.parametrize(
    "action",
    [
        {"type": "set_quantity", "line_id": "9", "quantity": 2},
        {"type": "add_item", "item": "unicorn"},
        {"type": "add_item", "item": "latte", "options": {"size": "bathtub"}},
        {"type": "add_item", "item": "cheesecake", "options": {"milk": "soy"}},
        {"type": "change_options", "line_id": "1", "options": {"shots": 99}},
    ],
)
def test_a_tap_that_the_menu_does_not_allow_changes_nothing(customer: Customer, action: dict[str, Any]) -> None:
    before = customer.touch(ICED_LATTE).json()["order"]
    assert refused(customer.touch(action)) == (409, "not_possible")
    assert customer.client.get(f"/api/orders/{customer.thread_id}").json()["order"] == before


@pytest.mark.parametrize(
    "action",
    [
        {"type": "add_item", "item": "latte", "price": 1},
        {"type": "set_total", "total": 0},
        {"type": "mark_paid"},
        {"type": "add_item", "item": "latte", "quantity": -1},
        {"type": "add_item", "item": "latte", "quantity": 10**30},
    ],
)
def test_a_tap_cannot_name_prices_or_pay(customer: Customer, action: dict[str, Any]) -> None:
    assert refused(customer.touch(action)) == (422, "invalid_request")


def test_what_is_sold_out_is_refused_in_words_with_an_offer(customer: Customer) -> None:
    view = customer.touch({"type": "add_item", "item": "chocolate_cake"}, language="ko").json()
    assert view["order"]["lines"] == []
    assert view["question"]["kind"] == "offer"
    assert [choice["id"] for choice in view["question"]["choices"]][-1] == "no"


def test_a_large_number_is_asked_back_and_the_yes_button_confirms_it(customer: Customer) -> None:
    view = customer.touch({"type": "add_item", "item": "cookie", "quantity": 40}).json()
    assert (view["order"]["lines"], view["question"]["kind"]) == ([], "confirm_action")
    yes, no = view["question"]["choices"]
    assert (yes["id"], no["id"], no["actions"]) == ("yes", "no", [])
    assert lines_of(customer.touch(*yes["actions"]).json()) == [("cookie", 40, {})]


def test_a_number_beyond_reason_calls_staff(customer: Customer) -> None:
    view = customer.touch({"type": "add_item", "item": "cookie", "quantity": 150}).json()
    assert (view["order"]["lines"], view["staff"]) == ([], "over_hard_cap")


def test_a_repeated_tap_counts_once(customer: Customer) -> None:
    first, again = (customer.touch(ICED_LATTE, request_id="tap-1") for _ in range(2))
    assert first.json() == again.json()
    assert lines_of(again.json()) == [("latte", 2, {"temperature": "iced"})]


def test_the_history_says_what_was_tapped(customer: Customer) -> None:
    customer.touch(ICED_LATTE, language="en")
    customer.touch({"type": "change_options", "line_id": "1", "options": {"size": "large"}}, language="en")
    customer.touch({"type": "clear_order"}, language="en")
    messages = customer.client.get(f"/api/chat/{customer.thread_id}").json()["messages"]
    tapped = [message["content"] for message in messages if message["touch"]]
    assert tapped == ["+ cafe latte ×2 · iced", "cafe latte · large", "Clear the order"]


@pytest.fixture
def waiting(customer: Customer) -> Any:
    """The payment that a terminal is asked for."""
    customer.touch(ICED_LATTE)
    return customer.touch(PAY).json()["payment"]


def test_the_terminal_is_asked_for_the_order_and_the_sum(customer: Customer, waiting: Any) -> None:
    order = customer.client.get(f"/api/orders/{customer.thread_id}").json()["order"]
    assert waiting == {
        "order_id": order["order_id"],
        "revision": order["revision"],
        "amount": 9000,
        "currency": "KRW",
        "simulated": True,
    }


def test_an_order_is_declined_and_then_approved_once(customer: Customer, waiting: Any) -> None:
    declined = customer.pay("decline", waiting).json()
    assert (declined["order"]["status"], declined["payment"]) == ("open", None)
    payment = customer.touch(PAY).json()["payment"]
    paid, again = (customer.pay("approve", payment).json() for _ in range(2))
    assert paid["order"]["status"] == "paid"
    assert paid["number"] in paid["reply"]
    assert again["order"] == paid["order"]


def test_a_tap_voids_the_payment_and_a_late_approval_is_refused_in_words(customer: Customer, waiting: Any) -> None:
    changed = customer.touch({"type": "set_quantity", "line_id": "1", "quantity": 3}).json()
    assert (changed["order"]["status"], changed["payment"]) == ("open", None)
    late = customer.pay("approve", waiting).json()
    assert late["order"] == changed["order"]


def test_an_approval_of_another_order_pays_nothing(customer: Customer, waiting: Any) -> None:
    assert customer.pay("approve", {**waiting, "order_id": "another"}).json()["order"]["status"] == "open"


def test_a_decision_for_nobody_is_refused(customer: Customer) -> None:
    assert refused(customer.pay("approve", {"order_id": "x", "revision": 1})) == (404, "unknown_conversation")


@pytest.mark.parametrize("revision", [-1, 2**63, 10**30, 1.5, "x"])
def test_a_revision_that_no_order_has_is_refused(customer: Customer, waiting: Any, revision: Any) -> None:
    assert refused(customer.pay("approve", {**waiting, "revision": revision})) == (422, "invalid_request")


def test_an_order_with_an_open_question_is_not_sent_to_the_terminal(customer: Customer) -> None:
    customer.touch({"type": "add_item", "item": "latte"})
    view = customer.touch(PAY).json()
    assert (view["payment"], view["question"]["option"]) == (None, "temperature")


def test_a_payment_goes_on_after_a_restart(web: Callable[..., WebServer]) -> None:
    server = web()
    customer = Customer(server.client(), uuid.uuid4().hex)
    customer.touch(ICED_LATTE)
    payment = customer.touch(PAY).json()["payment"]
    server.stop()
    server.start()
    customer = Customer(server.client(), customer.thread_id)
    assert customer.client.get(f"/api/chat/{customer.thread_id}").json()["payment"] == payment
    assert customer.pay("approve", payment).json()["order"]["status"] == "paid"


@pytest.mark.parametrize(
    ("token", "sent", "expected"),
    [
        (None, "Bearer anything", (403, "operator_closed")),
        ("right", None, (401, "unauthorized")),
        ("right", "Bearer wrong", (401, "unauthorized")),
        ("right", "Basic cmlnaHQ=", (401, "unauthorized")),
    ],
)
def test_a_real_terminal_needs_the_operators_token(
    web: Callable[..., WebServer], token: str | None, sent: str | None, expected: tuple[int, str]
) -> None:
    customer = Customer(web(payment_terminal="external", operator_token=token).client(), "shop")
    customer.touch(ICED_LATTE)
    payment = customer.touch(PAY).json()["payment"]
    assert payment["simulated"] is False
    assert refused(customer.pay("approve", payment, **({"Authorization": sent} if sent else {}))) == expected


def test_a_real_terminal_with_the_token_is_heard(web: Callable[..., WebServer]) -> None:
    customer = Customer(web(payment_terminal="external", operator_token="right").client(), "shop")
    customer.touch(ICED_LATTE)
    payment = customer.touch(PAY).json()["payment"]
    assert customer.pay("approve", payment, Authorization="Bearer right").json()["order"]["status"] == "paid"
