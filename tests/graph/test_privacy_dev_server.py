"""`langgraph dev` with a LangSmith key: a key alone traces nothing, and what is traced is facts."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from langgraph_sdk import get_client

from tests.collector import TraceCollector
from tests.graph.test_dev_server import DevServer, free_port, wait_until_it_answers

pytestmark = pytest.mark.graph

NAME, PHONE = "김민수", "010-2345-6789"
TURN = f"라떼 3잔 아이스로 주세요. 제 이름은 {NAME}이고 번호는 {PHONE}이에요"
FLUSH_S = 15.0


@contextmanager
def dev_server(project_root: Path, folder: Path, **environment: str) -> Iterator[DevServer]:
    """Run the server as `make studio` does, with a key and a collector in its environment."""
    configuration = json.loads((project_root / "langgraph.json").read_text(encoding="utf-8"))
    configuration |= {"dependencies": [str(project_root)], "env": str(project_root / configuration["env"])}
    path = configuration["graphs"]["kiosk"]
    configuration["graphs"]["kiosk"] = str(project_root / path)
    configuration.pop("http", None)
    (folder / "langgraph.json").write_text(json.dumps(configuration), encoding="utf-8")
    port, log = free_port(), folder / "server.log"
    command: list[Any] = [shutil.which("langgraph", path=str(Path(sys.executable).parent)), "dev", "--no-browser"]
    command += ["--no-reload", "--host", "127.0.0.1", "--port", str(port)]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LANGSMITH_")}
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=folder, env={**inherited, "NO_COLOR": "1", **environment}, stdout=output, stderr=output
        )
        try:
            yield wait_until_it_answers(process, f"http://127.0.0.1:{port}", log)
        finally:
            process.terminate()
            process.wait(20)


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
        with dev_server(project_root, tmp_path, **traced, KIOSK_TRACE_PRIVATE="true") as server:
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
        with dev_server(project_root, tmp_path, **key) as server:
            await say(server, "라떼 3잔")
            time.sleep(2)
        assert b"analyze" not in collector.everything
        assert not any(b"dotted_order" in body for body in collector.bodies)
