"""A kiosk on each of the savers; conversations are told apart by their ids, so that tests can share it."""

import uuid
from collections.abc import Iterator

import pytest
from langchain_core.runnables import RunnableConfig

from graph import KioskGraph, create_graph, open_graph
from kiosk.settings import Settings


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
