"""Fixtures of the tests that run the command or talk to the server."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from kiosk.settings import Settings
from tests.api.kiosk_command import KioskCommand
from tests.web_server import Customer, WebServer


@pytest.fixture
def kiosk(tmp_path: Path) -> KioskCommand:
    return KioskCommand(tmp_path)


@pytest.fixture(scope="session")
def shared_web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """One server for all tests that need no settings of their own; conversations are told apart by their ids."""
    file = tmp_path_factory.mktemp("web") / "kiosk.db"
    with WebServer(Settings(database_url=f"sqlite:///{file}")) as server:
        yield server


@pytest.fixture
def client(shared_web: WebServer) -> httpx.Client:
    return shared_web.client()


@pytest.fixture
def customer(client: httpx.Client) -> Customer:
    return Customer(client, uuid.uuid4().hex)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Callable[..., WebServer]]:
    """Starts servers with settings of their own, on one database."""
    with ExitStack() as stack:
        url = f"sqlite:///{tmp_path / 'kiosk.db'}"
        yield lambda **changes: stack.enter_context(WebServer(Settings(**{"database_url": url, **changes})))
