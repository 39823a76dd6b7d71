"""What Studio and programs with the SDK do on `langgraph dev`: look, go back in time, pay, and be two at once."""

import asyncio
import json
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient
from langgraph_sdk.errors import ConflictError, NotFoundError

from graph import open_graph
from graph.erasure import purge
from tests.graph.conftest import Studio
from tests.graph.served import HANGS, UNSURE, until_asked
from tests.graph.turns import cart, said
from tests.web_server import events

pytestmark = pytest.mark.graph

PHONE = "010-2345-6789"
LATTES = ("latte", 3, {"temperature": "iced"})
CAKE: tuple[str, int, dict[str, Any]] = ("cheesecake", 1, {})


@pytest.fixture
def client(studio: Studio) -> LangGraphClient:
    return get_client(url=studio.server.url)


@pytest.fixture
async def thread(client: LangGraphClient) -> str:
    # The server shows the state of a thread only when it knows whose graph that is.
    return str((await client.threads.create(graph_id="kiosk"))["thread_id"])


@pytest.fixture
def page(studio: Studio) -> Iterator[httpx.Client]:
    """Where customers talk; it answers at once, while the server looks for work only twice a second."""
    with httpx.Client(base_url=studio.server.url, timeout=30) as client:
        yield client


def talk(page: httpx.Client, thread: str, *turns: str) -> None:
    """Say something on the kiosk page."""
    for words in turns:
        answer = page.post("/api/chat", json={"message": words, "thread_id": thread})
        assert "event: done" in answer.text


async def say(client: LangGraphClient, thread: str, words: str, **options: Any) -> dict[str, Any]:
    """Say something in Studio."""
    result = await client.runs.wait(thread, "kiosk", input=said(words), **options)
    assert isinstance(result, dict)
    return result


async def decide(client: LangGraphClient, thread: str, kind: str) -> dict[str, Any]:
    decision: Any = {"resume": {"decisions": [{"type": kind}]}}
    result = await client.runs.wait(thread, "kiosk", command=decision)
    assert isinstance(result, dict)
    return result


async def test_studio_builds_its_forms_from_typed_schemas(client: LangGraphClient) -> None:
    (assistant,) = await client.assistants.search(graph_id="kiosk")
    schemas: Any = await client.assistants.get_schemas(assistant["assistant_id"])
    assert set(schemas["input_schema"]["properties"]) == {"messages"}
    assert set(schemas["output_schema"]["properties"]) == {"messages", "order", "response"}
    message = schemas["input_schema"]["properties"]["messages"]["items"]
    kinds = {one["$ref"].rpartition("/")[2] for one in message["oneOf"]}
    assert {"HumanMessage", "AIMessage"} <= kinds
    line = schemas["output_schema"]["$defs"]["OrderLine"]["properties"]
    assert (line["quantity"]["type"], line["line_total"]["type"]) == ("integer", "integer")


async def test_studio_shows_a_form_for_the_context_with_what_may_be_chosen(client: LangGraphClient) -> None:
    (assistant,) = await client.assistants.search(graph_id="kiosk")
    schemas: Any = await client.assistants.get_schemas(assistant["assistant_id"])
    form = schemas["context_schema"]["properties"]
    assert set(form) == {"language", "user_tier", "prompt_style", "llm_model", "llm_temperature", "private_cloud"}
    assert form["user_tier"] == {
        "default": "standard",
        "enum": ["standard", "premium"],
        "title": "User Tier",
        "type": "string",
    }
    assert form["language"]["anyOf"][0]["enum"] == ["ko", "en", "ja", "zh"]
    assert {"maximum": 2, "minimum": 0, "type": "number"} in form["llm_temperature"]["anyOf"]


async def test_what_is_chosen_in_the_form_counts(client: LangGraphClient, thread: str) -> None:
    result = await say(client, thread, "라떼 3잔 아이스로", context={"language": "en"})
    assert "3 iced" in result["messages"][-1]["content"].lower()


async def test_the_drawing_names_every_way_out_of_a_decision(client: LangGraphClient) -> None:
    (assistant,) = await client.assistants.search(graph_id="kiosk")
    drawn: Any = await client.assistants.get_graph(assistant["assistant_id"])
    # An edge whose name is that of the node where it leads carries no label of its own.
    named = {
        (edge["source"], edge.get("data", edge["target"]), edge["target"])
        for edge in drawn["edges"]
        if edge.get("conditional")
    }
    assert named == {
        ("route", "generate", "generate"),
        ("route", "fallback", "fallback"),
        ("validate", "accept", "__end__"),
        ("validate", "checkout", "checkout"),
        ("validate", "retry", "generate"),
        ("validate", "fallback", "fallback"),
        ("fallback", "next", "generate"),
        ("fallback", "checkout", "checkout"),
        ("fallback", "answered", "__end__"),
    }


async def test_the_history_tells_step_by_step_what_happened(client: LangGraphClient, thread: str) -> None:
    await say(client, thread, "라떼 3잔 아이스로")
    history = await client.threads.get_history(thread, limit=20)
    assert [[*state["next"]] for state in history] == [
        [],
        ["validate"],
        ["generate"],
        ["route"],
        ["analyze"],
        ["__start__"],
    ]
    assert {state["metadata"]["graph_id"] for state in history} == {"kiosk"}  # type: ignore[index]


async def test_a_run_from_an_older_checkpoint_has_the_older_cart_and_leaves_the_newer_history(
    client: LangGraphClient, page: httpx.Client, thread: str
) -> None:
    talk(page, thread, "라떼 3잔 아이스로")
    older = await client.threads.get_state(thread)
    talk(page, thread, "치즈케이크 하나")
    newer: Any = await client.threads.get_state(thread)
    assert cart(newer["values"]) == [LATTES, CAKE]

    forked = await say(client, thread, "한 잔 더", checkpoint=older["checkpoint"])

    assert cart(forked) == [("latte", 4, {"temperature": "iced"})]
    kept: Any = await client.threads.get_state(thread, checkpoint=newer["checkpoint"])
    assert cart(kept["values"]) == [LATTES, CAKE]
    ids = [state["checkpoint"]["checkpoint_id"] for state in await client.threads.get_history(thread, limit=50)]
    assert newer["checkpoint"]["checkpoint_id"] in ids


async def test_a_state_that_somebody_edits_is_where_the_conversation_goes_on(
    client: LangGraphClient, page: httpx.Client, thread: str
) -> None:
    talk(page, thread, "라떼 3잔 아이스로")
    before: Any = await client.threads.get_state(thread)
    order = {**before["values"]["order"], "lines": []}
    await client.threads.update_state(thread, {"order": order}, as_node="validate")
    assert cart(await say(client, thread, "치즈케이크 하나")) == [CAKE]


async def test_the_terminal_may_approve(client: LangGraphClient, page: httpx.Client, thread: str) -> None:
    talk(page, thread, "라떼 3잔 아이스로", "결제할게요")
    waiting: Any = await client.threads.get_state(thread)
    (request,) = waiting["interrupts"][0]["value"]["action_requests"]
    assert (request["name"], request["args"]["amount"]) == ("take_payment", waiting["values"]["order"]["total"])
    assert (await decide(client, thread, "approve"))["order"]["status"] == "paid"


async def test_the_terminal_may_reject_and_the_customer_goes_on(
    client: LangGraphClient, page: httpx.Client, thread: str
) -> None:
    talk(page, thread, "라떼 3잔 아이스로", "결제할게요")
    assert (await decide(client, thread, "reject"))["order"]["status"] == "open"
    talk(page, thread, "치즈케이크 하나")
    state: Any = await client.threads.get_state(thread)
    assert cart(state["values"]) == [LATTES, CAKE]


async def test_a_second_approval_changes_nothing(client: LangGraphClient, page: httpx.Client, thread: str) -> None:
    talk(page, thread, "라떼 3잔 아이스로", "결제할게요")
    paid = await decide(client, thread, "approve")
    assert (await decide(client, thread, "approve"))["order"] == paid["order"]


async def test_a_turn_that_is_rolled_back_was_never_said(
    studio: Studio, client: LangGraphClient, page: httpx.Client, thread: str
) -> None:
    talk(page, thread, "라떼 3잔 아이스로")
    studio.model.then(HANGS)
    words = f"{UNSURE} {uuid.uuid4().hex[:6]}"
    slow = await client.runs.create(thread, "kiosk", input=said(words))
    await until_asked(studio.model, words)

    result = await say(client, thread, "치즈케이크 하나", multitask_strategy="rollback")

    assert cart(result) == [LATTES, CAKE]
    assert len(result["messages"]) == 4
    with pytest.raises(NotFoundError):
        await client.runs.get(thread, slow["run_id"])
    history = await client.threads.get_history(thread, limit=50)
    assert slow["run_id"] not in json.dumps(history)


async def test_a_second_turn_is_refused_where_the_caller_asks_for_that(
    studio: Studio, client: LangGraphClient, thread: str
) -> None:
    studio.model.then(HANGS)
    words = f"{UNSURE} {uuid.uuid4().hex[:6]}"
    slow = await client.runs.create(thread, "kiosk", input=said(words))
    await until_asked(studio.model, words)
    with pytest.raises(ConflictError):
        await client.runs.create(thread, "kiosk", input=said("치즈케이크 하나"), multitask_strategy="reject")
    await client.runs.cancel(thread, slow["run_id"], wait=True)


async def test_two_threads_at_once_do_not_wait_for_each_other_nor_mix(
    studio: Studio, client: LangGraphClient, thread: str
) -> None:
    studio.model.then(HANGS)
    words = f"{UNSURE} {uuid.uuid4().hex[:6]}"
    slow = await client.runs.create(thread, "kiosk", input=said(words))
    await until_asked(studio.model, words)
    others = [str((await client.threads.create())["thread_id"]) for _ in range(2)]
    lattes, cake = await asyncio.gather(
        say(client, others[0], "라떼 3잔 아이스로"), say(client, others[1], "치즈케이크 하나")
    )
    assert (cart(lattes), cart(cake)) == ([LATTES], [CAKE])
    assert (await client.runs.get(thread, slow["run_id"]))["status"] == "running"
    await client.runs.cancel(thread, slow["run_id"], wait=True)


async def test_turns_at_once_on_one_thread_are_all_taken(client: LangGraphClient, thread: str) -> None:
    await asyncio.gather(say(client, thread, "라떼 3잔 아이스로"), say(client, thread, "치즈케이크 하나"))
    state: Any = await client.threads.get_state(thread)
    assert sorted(item for item, *_ in cart(state["values"])) == ["cheesecake", "latte"]


async def test_a_copied_thread_goes_its_own_way(client: LangGraphClient, page: httpx.Client, thread: str) -> None:
    talk(page, thread, "라떼 3잔 아이스로")
    copied: Any = await client.http.post(f"/threads/{thread}/copy", json={})
    talk(page, copied["thread_id"], "치즈케이크 하나")
    copy, original = [await client.threads.get_state(one) for one in (copied["thread_id"], thread)]
    assert (cart(copy["values"]), cart(original["values"])) == ([LATTES, CAKE], [LATTES])  # type: ignore[arg-type]


async def test_a_conversation_of_the_page_goes_on_in_studio_and_back(
    client: LangGraphClient, page: httpx.Client
) -> None:
    answer = page.post("/api/chat", json={"message": "라떼 3잔 아이스로"})
    thread = [*events(iter(answer.text.splitlines()))][-1].data["thread_id"]
    await client.threads.create(thread_id=thread, if_exists="do_nothing", graph_id="kiosk")
    assert cart(await say(client, thread, "치즈케이크 하나")) == [LATTES, CAKE]
    talk(page, thread, "치즈케이크 빼 주세요")
    assert [line["item"] for line in page.get(f"/api/orders/{thread}").json()["order"]["lines"]] == ["latte"]
    state: Any = await client.threads.get_state(thread)
    assert cart(state["values"]) == [LATTES]


async def test_the_kiosk_finds_a_servers_conversation_in_its_database_and_only_in_cipher(
    studio: Studio, client: LangGraphClient, thread: str
) -> None:
    turn = f"라떼 3잔 아이스로 주세요. 제 이름은 김민수이고 번호는 {PHONE}이에요"
    config: Any = {"configurable": {"customer": f"CANARY {PHONE}"}}
    await say(client, thread, turn, metadata={"who": f"CANARY {PHONE}"}, config=config)
    async with open_graph(studio.settings) as kiosk:
        found = await kiosk.aget_state({"configurable": {"thread_id": thread}})
        assert cart(found.values) == [LATTES]
        assert kiosk.for_the_till(thread)["loyalty_phone"] == PHONE
        saver: Any = kiosk.checkpointer
        saved = [str(one) async for one in saver.alist({"configurable": {"thread_id": thread}})]
        assert len(saved) > 1
        assert not [one for one in saved if PHONE in one or "CANARY" in one]
    files = b"".join(path.read_bytes() for path in studio.server.folder.glob("kiosk*"))
    assert thread.encode() in files
    for canary in (PHONE, "2345-6789", "CANARY"):
        assert canary.encode() not in files
    with closing(sqlite3.connect(studio.settings.database_url.removeprefix("sqlite:///"))) as database:
        rows = database.execute("SELECT DISTINCT type FROM checkpoints WHERE thread_id = ?", (thread,)).fetchall()
    assert all("+" in kind for (kind,) in rows)


async def test_a_deleted_thread_is_gone_from_the_kiosks_database(
    studio: Studio, client: LangGraphClient, page: httpx.Client, thread: str
) -> None:
    talk(page, thread, "라떼 3잔 아이스로")
    await client.threads.delete(thread)
    assert purge(studio.settings, [thread]).conversations == 0
