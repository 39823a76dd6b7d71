"""The operator's API and page: closed without the token, and what they show and switch."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from kiosk.settings import Settings
from tests.web_server import Customer, WebServer

pytestmark = pytest.mark.api

TOKEN = "a-long-secret"
REQUESTS = [
    ("GET", "/api/operator/live"),
    ("GET", "/api/operator/report"),
    ("GET", "/api/operator/report.csv"),
    ("GET", "/api/operator/figures"),
    ("GET", "/api/operator/breakers"),
    ("GET", "/api/operator/alerts"),
    ("POST", "/api/operator/staff-calls/x/done"),
    ("POST", "/api/operator/orders/x/handed-over"),
    ("PUT", "/api/operator/stock/latte"),
]


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """A server that nothing is changed on."""
    url = f"sqlite:///{tmp_path_factory.mktemp('locked') / 'kiosk.db'}"
    with WebServer(Settings(database_url=url, operator_token=SecretStr(TOKEN))) as server:
        yield server


@pytest.fixture
def shop(web: Callable[..., WebServer]) -> WebServer:
    return web(operator_token=TOKEN)


@pytest.fixture
def operator(shop: WebServer) -> httpx.Client:
    return shop.client(Authorization=f"Bearer {TOKEN}")


@pytest.mark.parametrize(("method", "path"), REQUESTS)
def test_without_a_token_in_the_settings_everything_is_closed(client: httpx.Client, method: str, path: str) -> None:
    answer = client.request(method, path, json={"sold_out": True}, headers={"Authorization": f"Bearer {TOKEN}"})
    assert (answer.status_code, answer.json()["error"]["reason"]) == (403, "operator_closed")


@pytest.mark.parametrize(("method", "path"), REQUESTS)
@pytest.mark.parametrize("sent", [None, "Bearer wrong", "Bearer", f"bearer{TOKEN}", "Bearer 비밀"])
def test_without_the_right_token_nothing_is_told(locked: WebServer, method: str, path: str, sent: str | None) -> None:
    headers = {b"Authorization": sent.encode()} if sent else {}
    answer = locked.client().request(method, path, json={"sold_out": True}, headers=headers)
    assert (answer.status_code, answer.json()["error"]["reason"]) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_call_for_staff_stands_on_the_board_until_it_is_done(shop: WebServer, operator: httpx.Client) -> None:
    customer = Customer(shop.client(), "guest")
    customer.say("직원 불러주세요")
    customer.say("직원 불러주세요")
    (call,) = operator.get("/api/operator/live").json()["staff_calls"]
    assert (call["thread_id"], call["reason"]) == ("guest", "requested")
    answers = [operator.post(f"/api/operator/staff-calls/{call['id']}/done").status_code for _ in range(2)]
    assert answers == [204, 404]
    assert operator.get("/api/operator/live").json()["staff_calls"] == []


def test_a_paid_order_stands_on_the_board_until_it_is_handed_over(shop: WebServer, operator: httpx.Client) -> None:
    customer = Customer(shop.client(), "guest")
    customer.touch({"type": "add_item", "item": "cookie"})
    assert operator.get("/api/operator/live").json()["orders"] == []
    paid = customer.pay("approve", customer.touch({"type": "request_payment"}).json()["payment"]).json()
    (order,) = operator.get("/api/operator/live").json()["orders"]
    assert (order["number"], order["order"]) == (paid["number"], paid["order"])
    assert operator.post(f"/api/operator/orders/{order['order']['order_id']}/handed-over").status_code == 204
    customer.say("고마워요")
    assert operator.get("/api/operator/live").json()["orders"] == []


def test_conversations_are_shown_without_what_was_said(shop: WebServer, operator: httpx.Client) -> None:
    Customer(shop.client(), "first").say("쿠키 하나 주세요, 저는 홍길동이에요")
    Customer(shop.client(), "second").say("hello there, a latte please")
    live = operator.get("/api/operator/live")
    assert [(one["thread_id"], one["language"]) for one in live.json()["conversations"]] == [
        ("second", "en"),
        ("first", "ko"),
    ]
    assert "홍길동" not in live.text


def test_what_the_operator_marks_as_sold_out_is_not_sold_by_touch_or_talk(
    shop: WebServer, operator: httpx.Client
) -> None:
    customer = Customer(shop.client(), "guest")
    assert operator.put("/api/operator/stock/cookie", json={"sold_out": True}).status_code == 200
    assert customer.touch({"type": "add_item", "item": "cookie"}).json()["order"]["lines"] == []
    assert customer.view("쿠키 하나 주세요")["order"]["lines"] == []
    items = {item["id"]: item for item in customer.client.get("/api/menu").json()["items"]}
    assert items["cookie"]["sold_out"]
    assert operator.get("/api/operator/live").json()["sold_out"] == ["chocolate_cake", "cookie"]
    operator.put("/api/operator/stock/cookie", json={"sold_out": False})
    assert [line["item"] for line in customer.view("쿠키 하나 주세요")["order"]["lines"]] == ["cookie"]


@pytest.mark.parametrize(
    ("item", "body", "expected"),
    [("unicorn", {"sold_out": True}, 404), ("chocolate_cake", {"sold_out": False}, 409), ("latte", {}, 422)],
)
def test_a_switch_that_cannot_be_set_is_refused(
    locked: WebServer, item: str, body: dict[str, Any], expected: int
) -> None:
    operator = locked.client(Authorization=f"Bearer {TOKEN}")
    assert operator.put(f"/api/operator/stock/{item}", json=body).status_code == expected


def test_before_the_first_customer_the_figures_are_zero(locked: WebServer) -> None:
    operator = locked.client(Authorization=f"Bearer {TOKEN}")
    found = operator.get("/api/operator/figures", params={"language": "en"}).json()
    assert (found["turns"], found["success_rate"], found["cascade_share"], found["paths"]) == (0, 0, 0, [])
    assert [advice["text"] for advice in found["recommendations"]] == ["Nothing recorded yet."]
    assert operator.get("/api/operator/alerts").json()["kinds"] == {}


def test_the_report_says_what_the_models_did(shop: WebServer, operator: httpx.Client) -> None:
    Customer(shop.client(), "guest").say("쿠키 하나 주세요")
    shop.stop()
    shop.start()
    client = shop.client(Authorization=f"Bearer {TOKEN}")
    report = client.get("/api/operator/report", params={"days": 7, "language": "en"}).json()
    assert (report["turns"], report["endpoints"][0]["endpoint"]) == (1, "embedded")
    table = client.get("/api/operator/report.csv", params={"days": 7})
    head, row = table.text.splitlines()
    assert head.startswith("day,provider,requests")
    assert row.split(",")[1:4] == ["embedded", "1", "1"]
    assert client.get("/api/operator/report", params={"days": 5}).status_code == 422
