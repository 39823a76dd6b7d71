"""A kiosk on each of the savers; conversations are told apart by their ids, so that tests can share it."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from langchain_core.runnables import RunnableConfig

from graph import KioskGraph, create_graph, open_graph
from kiosk.settings import Settings
from tests.dev_server import DevServer
from tests.graph.served import GOOD, model
from tests.loopback import LoopbackServer


@dataclass(frozen=True)
class Studio:
    """`langgraph dev`, the model it asks, and the settings that its environment gives it."""

    server: DevServer
    model: LoopbackServer
    settings: Settings


@pytest.fixture
def thread() -> RunnableConfig:
    """The config of a conversation that no other test has."""
    return {"configurable": {"thread_id": f"test-{uuid.uuid4().hex}"}}


@pytest.fixture(scope="session")
def in_memory() -> KioskGraph:
    """A kiosk as `create_graph()` gives it."""
    return create_graph()


@pytest.fixture(scope="session", params=["memory", "sqlite", "postgres"])
def kiosk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KioskGraph]:
    """A kiosk on each saver."""
    if request.param == "memory":
        yield request.getfixturevalue("in_memory")
        return
    url = f"sqlite:///{tmp_path_factory.mktemp('kiosk') / 'kiosk.db'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
    with open_graph(Settings(database_url=url)) as opened:
        yield opened


@pytest.fixture(scope="session")
def studio(project_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """One development server for all tests that change nothing but their own threads; starting it takes seconds."""
    folder = tmp_path_factory.mktemp("dev")
    with LoopbackServer(GOOD) as answering:
        endpoints = folder / "endpoints.yaml"
        slow = model("slow", answering.url, timeout_s=30)
        endpoints.write_text(yaml.safe_dump({"endpoints": [slow], "routing": {"turn_deadline_s": 60}}), "utf-8")
        settings = Settings.model_validate(
            {
                "database_url": f"sqlite:///{folder / 'kiosk.db'}",
                "encryption_key": "a key for tests only",
                "endpoints_file": endpoints,
            }
        )
        server = DevServer(
            project_root,
            folder,
            KIOSK_DATABASE_URL=settings.database_url,
            KIOSK_ENCRYPTION_KEY=settings.key or "",
            KIOSK_ENDPOINTS_FILE=str(endpoints),
        )
        with server:
            yield Studio(server, answering, settings)
        assert "BlockingError" not in server.log.read_text()


@pytest.fixture(scope="session")
def dev_server(studio: Studio) -> DevServer:
    """The shared development server alone."""
    return studio.server
