"""`langgraph dev` with a LangSmith key: a key alone traces nothing, and what is traced is facts."""

import time
from pathlib import Path
from typing import Any

import pytest
from langgraph_sdk import get_client

from tests.collector import TraceCollector
from tests.dev_server import DevServer

pytestmark = pytest.mark.graph

NAME, PHONE = "김민수", "010-2345-6789"
TURN = f"라떼 3잔 아이스로 주세요. 제 이름은 {NAME}이고 번호는 {PHONE}이에요"
FLUSH_S = 15.0


async def say(server: DevServer, *turns: str) -> dict[str, Any]:
    client = get_client(url=server.url)
    thread = await client.threads.create(metadata={"who": NAME})
    for words in turns:
        said: Any = {"messages": [{"role": "user", "content": words}]}
        config: Any = {"tags": [f"CANARY {NAME}"], "configurable": {"customer": f"CANARY {PHONE}"}}
        await client.runs.wait(thread["thread_id"], "kiosk", input=said, config=config, metadata={"who": NAME})
    state: Any = await client.threads.get_state(thread["thread_id"])
    return dict(state["values"])


async def test_what_is_traced_is_facts(project_root: Path, tmp_path: Path) -> None:
    with TraceCollector() as collector:
        traced = {"LANGSMITH_ENDPOINT": collector.url, "LANGSMITH_API_KEY": "not-a-secret", "LANGSMITH_TRACING": "true"}
        with DevServer(project_root, tmp_path, pages=False, **traced, KIOSK_TRACE_PRIVATE="true") as server:
            values = await say(server, TURN, "두 잔 더", "결제할게요")
            until = time.monotonic() + FLUSH_S
            while len(collector.bodies) < 2 and time.monotonic() < until:
                time.sleep(0.1)
            assert "BlockingError" not in server.log.read_text()
        assert "<PHONE_1>" in str(values["messages"])
        names = {run.get("name") for run in collector.runs().values()}
        assert {"analyze", "route", "validate"} <= names
        for canary in (NAME, PHONE, "CANARY"):
            assert canary.encode() not in collector.everything


async def test_a_key_alone_traces_nothing(project_root: Path, tmp_path: Path) -> None:
    with TraceCollector() as collector:
        key = {"LANGSMITH_ENDPOINT": collector.url, "LANGSMITH_API_KEY": "not-a-secret"}
        with DevServer(project_root, tmp_path, pages=False, **key) as server:
            await say(server, "라떼 3잔")
            time.sleep(2)
        assert b"analyze" not in collector.everything
        assert not any(b"dotted_order" in body for body in collector.bodies)
