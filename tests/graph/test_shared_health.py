"""Two kiosks on one database: what one learns of a model the other knows soon, and together they keep the budget."""

from __future__ import annotations

import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml
from langchain_core.runnables import RunnableConfig
from sqlalchemy import text

from graph import KioskGraph, open_graph
from kiosk.settings import Settings
from kiosk.storage.database import database
from tests.graph.served import GOOD, UNSURE, attempts, cloud, model
from tests.graph.turns import say
from tests.loopback import Answer, LoopbackServer

pytestmark = pytest.mark.graph

KNOWN_S = 2.0
FAILING = Answer(status=500)
PAID = Answer(GOOD.text, input_tokens=5000, output_tokens=200)
TURN_USD = 0.052
Open = Callable[..., KioskGraph]
ON_A_FILE = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
"""For what does not depend on the kind of database."""


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database in which no model has a past."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'kiosk.db'}"
        return
    postgres: str = request.getfixturevalue("postgres_url")
    empty(postgres)
    yield postgres
    empty(postgres)


def empty(url: str) -> None:
    with database(url) as engine, engine.begin() as connection:
        connection.execute(text("DELETE FROM breakers"))
        connection.execute(text("DELETE FROM serving_attempts"))


@pytest.fixture
def opened(url: str, tmp_path: Path) -> Iterator[Open]:
    """Opens kiosks on the database, as processes do."""
    with ExitStack() as stack:

        def open_kiosk(*endpoints: Any, **routing: Any) -> KioskGraph:
            file = tmp_path / "endpoints.yaml"
            file.write_text(yaml.safe_dump({"endpoints": [*endpoints], "routing": routing}), "utf-8")
            return stack.enter_context(open_graph(Settings(database_url=url, endpoints_file=file)))

        yield open_kiosk


def fresh() -> RunnableConfig:
    return {"configurable": {"thread_id": f"test-{uuid.uuid4().hex}"}}


def blocked(kiosk: KioskGraph, name: str = "far") -> str | None:
    registry = kiosk.kiosk.registry
    return registry.health.blocked(registry.endpoints[name])


def soon(holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + KNOWN_S
    while not (found := holds()) and time.monotonic() < until:
        time.sleep(0.02)
    return found


def open_breaker(kiosk: KioskGraph) -> None:
    for _ in range(2):
        say(kiosk, fresh(), UNSURE)
    assert blocked(kiosk) == "breaker_open"


def test_a_breaker_that_opens_in_one_is_soon_open_in_the_other_and_nothing_is_sent(opened: Open) -> None:
    with LoopbackServer(FAILING) as server:
        here, there = (opened(cloud("far", server.url)) for _ in range(2))
        open_breaker(here)
        assert soon(lambda: blocked(there) == "breaker_open")
        sent, thread = len(server.asked), fresh()
        say(there, thread, UNSURE)
        assert len(server.asked) == sent
        assert [one["endpoint_id"] for one in attempts(there, thread)] == ["embedded"]


@ON_A_FILE
def test_a_key_that_is_refused_in_one_spares_the_whole_account_in_the_other(opened: Open) -> None:
    with LoopbackServer(Answer(status=401)) as server:
        models = cloud("far", server.url), cloud("further", server.url, avg_latency_ms=3000)
        here, there = (opened(*models) for _ in range(2))
        say(here, fresh(), UNSURE)
        assert soon(lambda: blocked(there, "further") == "misconfigured")


def test_after_a_restart_a_breaker_stays_open_until_its_time_and_no_longer(url: str, opened: Open) -> None:
    with LoopbackServer(FAILING) as server:
        open_breaker(opened(cloud("far", server.url)))
        assert soon(lambda: marks(url) == 1)
        assert blocked(opened(cloud("far", server.url))) == "breaker_open"
        assert blocked(opened(cloud("far", server.url, model="another-model"))) is None
        end_rests(url)
        assert blocked(opened(cloud("far", server.url))) is None


def marks(url: str) -> int:
    with database(url) as engine, engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM breakers")).scalar_one())


def end_rests(url: str) -> None:
    with database(url) as engine, engine.begin() as connection:
        connection.execute(text("UPDATE breakers SET open_until = at"))


@ON_A_FILE
def test_a_key_that_was_replaced_has_no_past(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    with LoopbackServer(Answer(status=401)) as server:
        far = cloud("far", server.url, api_key_env="OPENAI_API_KEY")
        monkeypatch.setenv("OPENAI_API_KEY", "wrong-key")
        here = opened(far)
        say(here, fresh(), UNSURE)
        assert blocked(here) == "misconfigured"
        assert here.kiosk.observers.ledger.writer.flush()  # type: ignore[attr-defined]
        assert blocked(opened(far)) == "misconfigured"
        monkeypatch.setenv("OPENAI_API_KEY", "right-key")
        assert blocked(opened(far)) is None


def test_no_turn_waits_while_the_database_cannot_be_written(tmp_path: Path) -> None:
    file = tmp_path / "endpoints.yaml"
    with LoopbackServer(FAILING) as server:
        file.write_text(yaml.safe_dump({"endpoints": [cloud("far", server.url)]}), "utf-8")
        ledger_url = f"sqlite:///{tmp_path / 'kiosk.db'}"
        with open_graph(Settings(database_url=ledger_url, endpoints_file=file)) as kiosk:
            health, far = kiosk.kiosk.registry.health, kiosk.kiosk.registry.endpoints["far"]
            blocker = sqlite3.connect(tmp_path / "kiosk.db", isolation_level=None)
            blocker.execute("BEGIN EXCLUSIVE")
            began = time.perf_counter()
            for _ in range(3):
                health.settle(far, accepted=False)
            assert health.blocked(far) == "breaker_open"
            assert time.perf_counter() - began < 0.1
            blocker.execute("COMMIT")
            blocker.close()


@pytest.mark.parametrize("database_url", ["sqlite:///:memory:", None])
def test_a_kiosk_with_nobody_to_talk_to_or_nothing_to_talk_about_reads_nothing(
    tmp_path: Path, database_url: str | None
) -> None:
    file = tmp_path / "endpoints.yaml"
    endpoints = [model("near", "http://127.0.0.1:1")] if database_url else []
    file.write_text(yaml.safe_dump({"endpoints": endpoints}), "utf-8")
    url = database_url or f"sqlite:///{tmp_path / 'kiosk.db'}"
    before = set(threading.enumerate())
    with open_graph(Settings(database_url=url, endpoints_file=file)):
        assert "kiosk-exchange" not in {thread.name for thread in set(threading.enumerate()) - before}


def test_two_keep_the_days_budget_together(opened: Open) -> None:
    with LoopbackServer(PAID) as server:
        here, there = (opened(cloud("far", server.url), daily_budget_usd=6.5 * TURN_USD) for _ in range(2))
        for _ in range(6):
            say(here, fresh(), UNSURE)
        assert here.kiosk.observers.ledger.writer.flush()  # type: ignore[attr-defined]
        for kiosk in (there, here, there):
            say(kiosk, fresh(), UNSURE)
        assert len(server.chats) == 6


@ON_A_FILE
def test_two_that_take_turns_overshoot_by_no_more_than_what_is_in_flight(opened: Open) -> None:
    with LoopbackServer(PAID) as server:
        kiosks = [opened(cloud("far", server.url), daily_budget_usd=6.5 * TURN_USD) for _ in range(2)]
        for number in range(14):
            say(kiosks[number % 2], fresh(), UNSURE)
        # A turn whose costs are still on their way to the database counts as in flight.
        assert 6 <= len(server.chats) <= 7


def test_what_one_spends_the_other_knows_soon_without_a_turn(opened: Open) -> None:
    with LoopbackServer(PAID) as server:
        here, there = (opened(cloud("far", server.url), daily_budget_usd=100) for _ in range(2))
        say(here, fresh(), UNSURE)
        assert soon(lambda: there.kiosk.registry.spending.today_usd() == pytest.approx(TURN_USD))
