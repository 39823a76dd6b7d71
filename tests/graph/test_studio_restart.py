"""The development server on PostgreSQL, stopped in the middle of a payment and started again."""

import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient

from graph import open_graph
from kiosk.settings import Settings
from tests.dev_server import DevServer
from tests.graph.served import HANGS, UNSURE, model, until_asked
from tests.graph.turns import cart, said
from tests.loopback import LoopbackServer

pytestmark = pytest.mark.graph

KEY = "a key for tests only"
LATTES = ("latte", 3, {"temperature": "iced"})


async def roll_back(client: LangGraphClient, thread: str, hanging: LoopbackServer) -> dict[str, Any]:
    """Begin a turn that hangs at its model, and another that takes its place."""
    slow = await client.runs.create(thread, "kiosk", input=said(UNSURE))
    await until_asked(hanging, UNSURE)
    result: Any = await client.runs.wait(
        thread, "kiosk", input=said("라떼 3잔 아이스로"), multitask_strategy="rollback"
    )
    history = await client.threads.get_history(thread, limit=50)
    assert slow["run_id"] not in {(state["metadata"] or {}).get("run_id") for state in history}
    return dict(result)


async def test_a_payment_is_answered_after_a_restart_and_meanwhile_the_kiosk_knows_the_conversation(
    project_root: Path, tmp_path: Path, postgres_url: str
) -> None:
    thread = str(uuid.uuid4())
    settings = Settings.model_validate({"database_url": postgres_url, "encryption_key": KEY})
    with LoopbackServer(HANGS) as hanging:
        endpoints = tmp_path / "endpoints.yaml"
        endpoints.write_text(yaml.safe_dump({"endpoints": [model("slow", hanging.url, timeout_s=30)]}), "utf-8")
        server = DevServer(
            project_root,
            tmp_path,
            KIOSK_DATABASE_URL=postgres_url,
            KIOSK_ENCRYPTION_KEY=KEY,
            KIOSK_ENDPOINTS_FILE=str(endpoints),
        )
        client = get_client(url=server.url)
        with server:
            await client.threads.create(thread_id=thread, graph_id="kiosk")
            assert cart(await roll_back(client, thread, hanging)) == [LATTES]
            httpx.post(f"{server.url}/api/chat", json={"message": "결제할게요", "thread_id": thread}, timeout=30)

        async with open_graph(settings) as kiosk:
            found = await kiosk.aget_state({"configurable": {"thread_id": thread}})
            assert (cart(found.values), found.next) == ([LATTES], ("checkout",))

        with server:
            approval: Any = {"resume": {"decisions": [{"type": "approve"}]}}
            paid: Any = await client.runs.wait(thread, "kiosk", command=approval)
            assert paid["order"]["status"] == "paid"
            assert "BlockingError" not in server.log.read_text()
