"""What operators and programs read: health, metrics, models, the menu, the OpenAPI document, the pictures."""

import logging
import re
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from graph import StorageError
from kiosk.menu import load_menu
from kiosk.web.pages import STATIC
from kiosk.web.pictures import picture
from tests.web_server import Customer, WebServer

pytestmark = pytest.mark.api

SECRET = "홍길동 010-2345-6789"


def test_a_server_in_order_says_so(client: httpx.Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "status": "ok",
            "checks": {"checkpointer": "ok", "orders": "ok", "graph": "ok"},
            "deliveries": {"waiting": 0, "since": None},
        },
    )
    assert client.get("/readyz").json()["status"] == "ok"


def test_a_broken_store_is_found_by_the_probe_and_told_to_customers_with_a_time_to_come_back(
    web: Callable[..., WebServer],
) -> None:
    server = web()
    client = server.client()
    assert client.get("/healthz").status_code == 200
    assert server.app is not None
    server.app.state.server.health._saver.close()
    server.app.state.server.health._last = None
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "failing"
    assert answer.json()["checks"] == {
        "checkpointer": StorageError.__name__,
        "orders": "ok",
        "graph": StorageError.__name__,
    }
    last = Customer(client, "a").say("라떼")[-1]
    assert (last.name, last.data["reason"], last.data["retry_after_s"]) == ("error", "storage", 5)
    refused = client.post("/api/orders/a/actions", json={"actions": [{"type": "add_item", "item": "cookie"}]})
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert "kiosk.db" not in refused.text


def test_the_probe_leaves_no_conversation_behind(web: Callable[..., WebServer], tmp_path: Path) -> None:
    server = web()
    client = server.client()
    client.get("/healthz")
    assert server.app is not None
    assert list(server.app.state.server.health._saver.list(None)) == []


def test_metrics_count_turns_requests_and_staff_calls(web: Callable[..., WebServer]) -> None:
    client = web().client()
    customer = Customer(client, "counted")
    customer.say("직원 불러주세요")
    customer.touch({"type": "add_item", "item": "cookie"})
    page = client.get("/metrics").text
    for line in (
        'kiosk_turns_total{kind="say",outcome="ok"} 1.0',
        'kiosk_turns_total{kind="touch",outcome="ok"} 1.0',
        'kiosk_staff_calls_total{reason="requested"} 1.0',
        'kiosk_answers_total{endpoint="embedded",fallback="false"} 1.0',
        'kiosk_http_requests_total{method="POST",route="/api/orders/{thread_id}/actions",status="200"} 1.0',
        "kiosk_turns_in_flight 0.0",
    ):
        assert line in page.splitlines()


def test_neither_metrics_nor_logs_hold_what_a_customer_says(
    web: Callable[..., WebServer], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = web().client()
    customer = Customer(client, "private-thread")
    customer.say(SECRET)
    customer.client.post("/api/chat", json={"message": [SECRET]})
    customer.client.get(f"/api/orders/{SECRET}")
    page = client.get("/metrics").text
    ours = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    logged = "\n".join(record.getMessage() for record in ours)
    for secret in ("홍길동", "2345", "6789", "private-thread"):
        assert secret not in page
        assert secret not in logged


def test_an_unforeseen_error_is_one_plain_refusal(
    web: Callable[..., WebServer], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = web()
    assert server.app is not None

    async def broken(*_: Any) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(server.app.state.server.conversations, "order", broken)
    answer = server.client().get("/api/orders/x")
    assert (answer.status_code, answer.json()["error"]["reason"]) == (500, "internal")
    assert SECRET not in answer.text + caplog.text
    assert "RuntimeError in broken" in caplog.text


def test_the_models_have_the_shape_that_programs_know(client: httpx.Client) -> None:
    answer = client.get("/api/chat/models").json()
    assert set(answer) == {"current_model", "models"}
    fields = {"id", "name", "supports_tools", "is_current", "failure_count", "is_available"}
    assert all(set(model) == fields for model in answer["models"])
    assert (
        [model["id"] for model in answer["models"] if model["is_current"]] == [answer["current_model"]] == ["embedded"]
    )
    assert not {model["id"]: model for model in answer["models"]}["cloud-openai"]["is_available"]


def test_the_menu_has_what_a_page_needs(client: httpx.Client) -> None:
    menu = client.get("/api/menu").json()
    items = {item["id"]: item for item in menu["items"]}
    assert [category["id"] for category in menu["categories"]][:2] == ["coffee", "non_coffee"]
    assert (items["chocolate_cake"]["sold_out"], items["cold_brew"]["fixed"]) == (True, {"temperature": "iced"})
    temperature = next(option for option in items["latte"]["options"] if option["id"] == "temperature")
    assert (temperature["required"], temperature["default"]) == (True, None)
    assert client.get(items["latte"]["picture"]).headers["content-type"] == "image/svg+xml"


def test_the_api_is_documented_without_scripts_from_elsewhere(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    expected = {
        "/api/chat",
        "/api/chat/models",
        "/api/orders/{order_id}",
        "/api/orders/{thread_id}/actions",
        "/metrics",
    }
    assert expected <= set(document["paths"])
    assert {client.get(path).status_code for path in ("/docs", "/redoc")} == {404}


@pytest.mark.parametrize("item", [*(item.id for item in load_menu().items), "nobody_has_drawn_this"])
def test_every_picture_is_a_small_whole_drawing_without_scripts(item: str) -> None:
    drawn = picture(item, "")
    assert ET.fromstring(drawn).tag == "{http://www.w3.org/2000/svg}svg"
    assert len(drawn) < 4000
    assert not re.search(r"script|href|style=|\$", drawn)


def test_the_page_needs_nothing_from_elsewhere_and_is_light(client: httpx.Client) -> None:
    files = [path for path in STATIC.rglob("*") if path.is_file() and "vendor" not in path.parts]
    outside = re.compile(r"https?://(?!www\.w3\.org/)")
    assert [path.name for path in files if outside.search(path.read_text(encoding="utf-8"))] == []
    assert not re.search(r"<script(?![^>]*src=)|style=|onclick", (STATIC / "kiosk.html").read_text(encoding="utf-8"))
    weight = sum(path.stat().st_size for path in files) + len(client.get("/api/menu").content)
    assert weight + sum(len(picture(item.id, item.category)) for item in load_menu().items) < 500_000


def test_every_language_of_the_page_has_the_same_texts(client: httpx.Client) -> None:
    page = client.get("/api/page").json()
    texts = {code: client.get(f"/static/texts/{code}.json").json() for code in page["languages"]}
    keys = {code: set(found) for code, found in texts.items()}
    assert page["languages"] == ["ko", "en", "ja", "zh"]
    assert all(found == keys["ko"] for found in keys.values())
    boards = [client.get(f"/static/texts/dashboard.{code}.json").json() for code in ("ko", "en")]
    assert boards[0].keys() == boards[1].keys()
    code = "".join(path.read_text(encoding="utf-8") for path in [*(STATIC / "js").glob("*.js"), STATIC / "kiosk.html"])
    assert [
        key for key in keys["ko"] if f'"{key}"' not in code and key not in ("name", "yes", "no", "contrast", "low")
    ] == []


def test_a_conversation_is_kept_apart_from_others(client: httpx.Client) -> None:
    one, other = (Customer(client, uuid.uuid4().hex) for _ in range(2))
    one.touch({"type": "add_item", "item": "cookie"})
    assert other.view("안녕하세요")["order"]["lines"] == []
