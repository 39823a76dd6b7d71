"""`langgraph dev`, started for real: it loads the graph, Studio finds what it needs, and a conversation goes on."""

import json
from typing import Any

import httpx
import pytest
from langgraph_sdk import get_client

from tests.dev_server import DevServer

pytestmark = pytest.mark.graph

WORDS: Any = {
    "messages": [{"type": "human", "content": [{"type": "text", "text": "라떼 3잔"}]}],
    "context": {"unknown": 1},
}


async def test_a_conversation_goes_on_over_two_turns_with_every_stream_mode(dev_server: DevServer) -> None:
    client = get_client(url=dev_server.url)
    thread = await client.threads.create()
    modes: Any = ["values", "messages-tuple", "updates"]
    first = [part async for part in client.runs.stream(thread["thread_id"], "kiosk", input=WORDS, stream_mode=modes)]
    assert not [part for part in first if part.event == "error"]
    assert {part.event.partition("|")[0] for part in first} >= {"values", "messages", "updates"}
    streamed = [part.data[0] for part in first if part.event == "messages"]
    assert {message["type"] for message in streamed} <= {"ai", "human"}
    assert "actions" not in json.dumps(streamed)
    said: Any = {"messages": [{"role": "user", "content": "아이스요"}]}
    second = await client.runs.wait(thread["thread_id"], "kiosk", input=said, context={"language": "ko"})
    assert isinstance(second, dict)
    (line,) = second["order"]["lines"]
    assert (line["item"], line["quantity"], line["options"]) == ("latte", 3, {"temperature": "iced"})


async def test_the_payment_can_be_answered_from_outside(dev_server: DevServer) -> None:
    client = get_client(url=dev_server.url)
    thread = await client.threads.create()
    for words in ("라떼 3잔 아이스로 주세요", "결제할게요"):
        said: Any = {"messages": [{"role": "user", "content": words}]}
        await client.runs.wait(thread["thread_id"], "kiosk", input=said)
    assert (await client.threads.get(thread["thread_id"]))["status"] == "interrupted"
    approval: Any = {"resume": {"decisions": [{"type": "approve"}]}}
    paid = await client.runs.wait(thread["thread_id"], "kiosk", command=approval)
    assert isinstance(paid, dict)
    assert paid["order"]["status"] == "paid"


def test_nothing_blocked_the_servers_event_loop(dev_server: DevServer) -> None:
    log = dev_server.log.read_text()
    assert "BlockingError" not in log
    assert "Traceback" not in log


def test_the_pages_and_the_api_of_the_server_are_there_too(dev_server: DevServer) -> None:
    assert "<title>" in httpx.get(f"{dev_server.url}/kiosk").text
    answer = httpx.post(f"{dev_server.url}/api/chat", json={"message": "라떼 3잔"}, timeout=30)
    assert "event: done" in answer.text
    assert httpx.get(f"{dev_server.url}/healthz").json()["status"] == "ok"


def test_studio_may_still_come_from_its_own_site(dev_server: DevServer) -> None:
    studio = {"Origin": "https://smith.langchain.com"}
    answer = httpx.post(f"{dev_server.url}/assistants/search", json={}, headers=studio)
    assert answer.status_code == 200
    assert "content-security-policy" not in answer.headers


def test_the_servers_own_routes_keep_their_guards(dev_server: DevServer) -> None:
    foreign = {"Origin": "https://evil.example"}
    answer = httpx.post(f"{dev_server.url}/api/chat", json={"message": "라떼"}, headers=foreign)
    assert (answer.status_code, answer.json()["error"]["reason"]) == (403, "foreign_origin")
    wrong = httpx.post(f"{dev_server.url}/api/chat", json={"message": 5})
    assert wrong.json()["error"]["reason"] == "invalid_request"
    assert "content-security-policy" in httpx.get(f"{dev_server.url}/kiosk").headers


@pytest.mark.parametrize("path", ["/mcp", "/a2a/kiosk"])
def test_agents_of_others_find_no_door_where_a_cart_would_be_lost_between_two_calls(
    dev_server: DevServer, path: str
) -> None:
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    headers = {"Accept": "application/json, text/event-stream"}
    assert httpx.post(f"{dev_server.url}{path}", json=call, headers=headers).status_code == 404
