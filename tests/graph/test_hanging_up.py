"""Connections to models end with the kiosk that opened them."""

import gc
import time
import warnings
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml
from langchain_core.runnables import RunnableConfig

from graph import open_graph
from kiosk.settings import Settings
from tests.graph.served import GOOD, UNSURE, causes, kiosk_on, model
from tests.graph.turns import say
from tests.loopback import LoopbackServer

pytestmark = [pytest.mark.graph, pytest.mark.parametrize("provider", ["openai", "ollama"])]


def hung_up(server: LoopbackServer) -> bool:
    until = time.monotonic() + 5
    while server.connections and time.monotonic() < until:
        time.sleep(0.01)
    return server.connections == 0


def test_a_kiosk_that_is_closed_hangs_up(tmp_path: Path, thread: RunnableConfig, provider: str) -> None:
    file = tmp_path / "endpoints.yaml"
    settings = Settings(endpoints_file=file, database_url=f"sqlite:///{tmp_path / 'kiosk.db'}")
    with LoopbackServer(GOOD) as server, ExitStack() as opened:
        file.write_text(yaml.safe_dump({"endpoints": [model("one", server.url, provider)]}), "utf-8")
        kiosk = opened.enter_context(open_graph(settings))
        say(kiosk, thread, UNSURE)
        assert server.connections == 1
        opened.close()
        assert hung_up(server)


def test_a_kiosk_that_is_dropped_hangs_up(tmp_path: Path, thread: RunnableConfig, provider: str) -> None:
    with LoopbackServer(GOOD) as server:
        kiosk = kiosk_on(tmp_path, model("one", server.url, provider))
        say(kiosk, thread, UNSURE)
        assert causes(kiosk, thread)[-1] == ("one", None)
        assert server.connections == 1
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", ResourceWarning)
            del kiosk
            gc.collect()
            assert hung_up(server)
            gc.collect()
        assert not [warning for warning in caught if "socket" in str(warning.message)]
