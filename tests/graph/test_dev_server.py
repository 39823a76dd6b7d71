"""`langgraph dev`, started for real: it loads the graph, Studio finds what it needs, and a conversation goes on."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from langgraph_sdk import get_client

pytestmark = pytest.mark.graph

START_S = 90
WORDS: Any = {
    "messages": [{"type": "human", "content": [{"type": "text", "text": "라떼 3잔"}]}],
    "context": {"unknown": 1},
}


@dataclass(frozen=True)
class DevServer:
    """A running server and the file it logs to."""

    url: str
    log: Path

    def schemas(self) -> dict[str, Any]:
        """Return what Studio asks for."""
        assistants = httpx.post(f"{self.url}/assistants/search", json={}).json()
        found: dict[str, Any] = httpx.get(f"{self.url}/assistants/{assistants[0]['assistant_id']}/schemas").json()
        return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def server(project_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    """The server on a free port; what it writes beside its configuration lands in a scratch folder."""
    folder = tmp_path_factory.mktemp("dev")
    configuration = json.loads((project_root / "langgraph.json").read_text(encoding="utf-8"))
    configuration["dependencies"] = [str(project_root)]
    path = configuration["graphs"]["kiosk"]
    configuration["graphs"]["kiosk"] = str(project_root / path)
    (folder / "langgraph.json").write_text(json.dumps(configuration), encoding="utf-8")
    port, log = free_port(), folder / "server.log"
    command = [shutil.which("langgraph", path=str(Path(sys.executable).parent)), "dev"]
    command += ["--no-browser", "--no-reload", "--host", "127.0.0.1", "--port", str(port)]
    environment = {**os.environ, "LANGGRAPH_CLI_NO_ANALYTICS": "1", "NO_COLOR": "1"}
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)  # type: ignore[arg-type]
        try:
            yield wait_until_it_answers(process, f"http://127.0.0.1:{port}", log)
        finally:
            process.terminate()
            process.wait(20)


def wait_until_it_answers(process: "subprocess.Popen[bytes]", url: str, log: Path) -> DevServer:
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"{url}/ok").status_code == 200:
                return DevServer(url, log)
        except httpx.TransportError:
            time.sleep(0.2)
    pytest.fail(f"langgraph dev did not start:\n{log.read_text()}")


def test_studio_finds_messages_in_input_and_output_and_the_context(server: DevServer) -> None:
    schemas = server.schemas()
    assert set(schemas["input_schema"]["properties"]) == {"messages"}
    assert set(schemas["output_schema"]["properties"]) == {"messages", "order", "response"}
    fields = {"language", "user_tier", "prompt_style", "llm_model", "llm_temperature", "private_cloud"}
    assert set(schemas["context_schema"]["properties"]) == fields


async def test_a_conversation_goes_on_over_two_turns_with_every_stream_mode(server: DevServer) -> None:
    client = get_client(url=server.url)
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


async def test_the_payment_can_be_answered_from_outside(server: DevServer) -> None:
    client = get_client(url=server.url)
    thread = await client.threads.create()
    for words in ("라떼 3잔 아이스로 주세요", "결제할게요"):
        said: Any = {"messages": [{"role": "user", "content": words}]}
        await client.runs.wait(thread["thread_id"], "kiosk", input=said)
    assert (await client.threads.get(thread["thread_id"]))["status"] == "interrupted"
    approval: Any = {"resume": {"decisions": [{"type": "approve"}]}}
    paid = await client.runs.wait(thread["thread_id"], "kiosk", command=approval)
    assert isinstance(paid, dict)
    assert paid["order"]["status"] == "paid"


def test_nothing_blocked_the_servers_event_loop(server: DevServer) -> None:
    log = server.log.read_text()
    assert "BlockingError" not in log
    assert "Traceback" not in log


def test_the_pages_and_the_api_of_the_server_are_there_too(server: DevServer) -> None:
    assert "<title>" in httpx.get(f"{server.url}/kiosk").text
    answer = httpx.post(f"{server.url}/api/chat", json={"message": "라떼 3잔"}, timeout=30)
    assert "event: done" in answer.text
    assert httpx.get(f"{server.url}/healthz").json()["status"] == "ok"


def test_studio_may_still_come_from_its_own_site(server: DevServer) -> None:
    studio = {"Origin": "https://smith.langchain.com"}
    answer = httpx.post(f"{server.url}/assistants/search", json={}, headers=studio)
    assert answer.status_code == 200
    assert "content-security-policy" not in answer.headers


def test_the_servers_own_routes_keep_their_guards(server: DevServer) -> None:
    foreign = {"Origin": "https://evil.example"}
    answer = httpx.post(f"{server.url}/api/chat", json={"message": "라떼"}, headers=foreign)
    assert (answer.status_code, answer.json()["error"]["reason"]) == (403, "foreign_origin")
    wrong = httpx.post(f"{server.url}/api/chat", json={"message": 5})
    assert wrong.json()["error"]["reason"] == "invalid_request"
    assert "content-security-policy" in httpx.get(f"{server.url}/kiosk").headers
