"""A server forgets conversations that have been silent for too long, by itself."""

import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from langchain_core.runnables import RunnableConfig

from graph import open_graph
from graph.metadata import checkpoint_id_at
from graph.retention import Retention
from kiosk.settings import Settings
from tests.graph.turns import say

pytestmark = pytest.mark.graph


def test_what_is_old_is_purged_while_the_server_runs(tmp_path: Path, thread: RunnableConfig) -> None:
    file = tmp_path / "kiosk.db"
    settings = Settings(database_url=f"sqlite:///{file}", retention_days=30)
    fresh: RunnableConfig = {"configurable": {"thread_id": "fresh"}}
    with open_graph(settings) as kiosk:
        say(kiosk, thread, "라떼 3잔, 제 번호는 010-2345-6789이에요")
        say(kiosk, fresh, "라떼 3잔")
        old = checkpoint_id_at(datetime.now(UTC) - timedelta(days=31))
        with closing(sqlite3.connect(file)) as connection:
            ids = (old, str(thread["configurable"]["thread_id"]))
            connection.execute("UPDATE checkpoints SET checkpoint_id = ? WHERE thread_id = ?", ids)
            connection.commit()
        retention = Retention(settings, every_s=60)
        retention.start()
        until = time.monotonic() + 20
        while kiosk.get_state(thread).values and time.monotonic() < until:
            time.sleep(0.05)
        retention.stop()
        assert not kiosk.get_state(thread).values
        assert say(kiosk, fresh, "한 잔 더")["order"]["lines"][0]["quantity"] == 4


def test_a_database_that_is_away_does_not_end_the_server(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    retention = Retention(Settings(database_url=f"sqlite:///{tmp_path / 'no' / 'such' / 'kiosk.db'}"))
    retention.start()
    retention.stop()
    assert "purge failed" in caplog.text
