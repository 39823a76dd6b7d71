"""LangChain's agent-chat-ui on `langgraph dev`: its wire behaviour, with the JavaScript SDK that it is built on."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.dev_server import DevServer
from tests.graph.turns import cart

pytestmark = pytest.mark.graph

STORIES_S = 120
LATTES = ("latte", 3, {"temperature": "iced"})


@pytest.fixture(scope="module")
def stories(node: str, dev_server: DevServer, project_root: Path) -> dict[str, Any]:
    """What the page has seen, story by story; they run at once, because the server looks for work twice a second."""
    script = project_root / "tests" / "js" / "chat_ui.mjs"
    done = subprocess.run(
        [node, str(script), dev_server.url], capture_output=True, timeout=STORIES_S, check=False, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def assistants(messages: list[dict[str, Any]]) -> list[str]:
    return [message["content"] for message in messages if message["type"] == "ai"]


def test_an_order_in_content_blocks_is_taken_whatever_comes_with_it(stories: dict[str, Any]) -> None:
    talked = stories["talked"]
    assert cart(talked["seen"]) == [LATTES]
    assert not [event for event in talked["events"] if event["event"] == "error"]
    assert {event["event"] for event in talked["events"]} >= {"metadata", "values", "messages", "updates"}


def test_the_page_keeps_its_own_message_ids(stories: dict[str, Any]) -> None:
    talked = stories["talked"]
    assert talked["seen"]["messages"][0]["id"] == talked["said"]
    assert [message["type"] for message in talked["seen"]["messages"]] == ["human", "ai"] * 2


def test_the_history_is_one_branch_that_the_page_can_draw(stories: dict[str, Any]) -> None:
    seen = stories["talked"]["seen"]
    assert seen["parents"][:-1] == seen["checkpoints"][1:]


def test_the_thread_is_in_the_pages_list(stories: dict[str, Any]) -> None:
    assert stories["talked"]["listed"]


def test_an_edited_message_takes_the_place_of_the_first(stories: dict[str, Any]) -> None:
    seen = stories["edited"]["seen"]
    assert cart(seen) == [("cheesecake", 1, {})]
    assert len(seen["messages"]) == 2


@pytest.mark.parametrize(("story", "status"), [("approved", "paid"), ("rejected", "open")])
def test_the_page_shows_the_payment_for_approval_and_its_answer_counts(
    stories: dict[str, Any], story: str, status: str
) -> None:
    told = stories[story]
    (interrupt,) = told["waiting"]["interrupts"]
    assert set(interrupt["value"]) == {"action_requests", "review_configs"}
    (request,), (review,) = interrupt["value"]["action_requests"], interrupt["value"]["review_configs"]
    assert set(request) == {"name", "args", "description"}
    assert request["name"] == review["action_name"]
    assert {"approve", "reject"} <= set(review["allowed_decisions"])
    assert not [event for event in told["events"] if event["event"] == "error"]
    assert (told["seen"]["order"]["status"], told["seen"]["interrupts"]) == (status, [])


@pytest.mark.parametrize("story", ["talked", "approved", "rejected"])
def test_no_tool_call_waits_for_an_answer_that_the_page_would_make_up(stories: dict[str, Any], story: str) -> None:
    assert stories[story]["dangling"] == []


@pytest.mark.parametrize("story", ["talked", "approved", "rejected"])
def test_nobody_reads_json_for_an_answer(stories: dict[str, Any], story: str) -> None:
    told = stories[story]
    streamed = [event["data"][0] for event in told["events"] if event["event"].startswith("messages")]
    answers = assistants(told["seen"]["messages"]) + assistants(streamed)
    assert answers
    assert not [answer for answer in answers if set(answer) & set('{}[]"')]
