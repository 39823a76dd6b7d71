"""Conversations outlive the process, stay small, and a database that cannot be used says so."""

import asyncio
import json
import os
import sqlite3
import stat
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver

from graph import KioskGraph, StorageError, create_graph, open_graph
from graph.sqlite import KEPT, SqliteCheckpoints
from kiosk.settings import Settings
from state import Context
from tests.graph.turns import cart, said, say

pytestmark = pytest.mark.graph

ANOTHER_PROCESS = """
import json, sys
from graph import open_graph
with open_graph() as kiosk:
    said = {"messages": [{"role": "user", "content": sys.argv[1]}]}
    result = kiosk.invoke(said, {"configurable": {"thread_id": "restart"}})
print(json.dumps({"order": result["order"], "messages": [message.content for message in result["messages"]]}))
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "kiosk.db"


@pytest.fixture
def stored(database: Path) -> Iterator[KioskGraph]:
    """A kiosk that keeps its conversations in a SQLite file."""
    with open_graph(Settings(database_url=f"sqlite:///{database}")) as kiosk:
        yield kiosk


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, database: Path) -> str:
    """The URL of a database that outlives a process."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{database}"


def turn_in_another_process(url: str, words: str) -> dict[str, Any]:
    environment = {**os.environ, "KIOSK_DATABASE_URL": url}
    command = [sys.executable, "-c", ANOTHER_PROCESS, words]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def test_after_a_restart_the_same_thread_still_has_its_cart_and_its_history(url: str) -> None:
    with open_graph(Settings(database_url=url)) as kiosk:
        kiosk.checkpointer.delete_thread("restart")  # type: ignore[union-attr]
    turn_in_another_process(url, "라떼 3잔")
    result = turn_in_another_process(url, "아이스요")
    assert cart(result) == [("latte", 3, {"temperature": "iced"})]
    assert result["messages"][::2] == ["라떼 3잔", "아이스요"]


async def test_the_database_opens_synchronously_and_asynchronously(url: str, thread: RunnableConfig) -> None:
    async with open_graph(Settings(database_url=url)) as kiosk:
        await kiosk.ainvoke(said("라떼 3잔"), thread)
        assert cart(say(kiosk, thread, "아이스요")) == [("latte", 3, {"temperature": "iced"})]
    with open_graph(Settings(database_url=url)) as kiosk:
        assert cart(await kiosk.ainvoke(said("아메리카노 1잔 핫"), thread))[1:] == [
            ("americano", 1, {"temperature": "hot"})
        ]


def test_a_relative_url_is_a_file_in_the_working_directory(
    tmp_path: Path, thread: RunnableConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with open_graph(Settings(database_url="sqlite:///shop.db")) as kiosk:
        say(kiosk, thread, "라떼 3잔")
    assert {path.name for path in tmp_path.iterdir()} == {"shop.db", "shop.db-turns"}


@pytest.mark.parametrize("memory", ["sqlite:///:memory:", "sqlite://"])
def test_a_database_may_be_in_memory(memory: str, thread: RunnableConfig) -> None:
    with open_graph(Settings(database_url=memory)) as kiosk:
        assert cart(say(kiosk, thread, "라떼 3잔", "아이스요")) == [("latte", 3, {"temperature": "iced"})]


def test_only_the_owner_may_read_a_new_database(stored: KioskGraph, database: Path) -> None:
    assert stat.S_IMODE(database.stat().st_mode) == 0o600


def test_what_a_conversation_keeps_is_bounded_and_its_last_turns_can_be_revisited(
    url: str, thread: RunnableConfig
) -> None:
    with open_graph(Settings(database_url=url)) as kiosk:
        say(kiosk, thread, *["라떼 1잔"] * (KEPT + 20))
        history = [*kiosk.get_state_history(thread)]
        assert KEPT <= len(history) < KEPT + 10
        past = history[20]
        assert past.values["order"]["lines"][0]["quantity"] == KEPT
        assert cart(kiosk.invoke(said("아메리카노 1잔"), past.config)) == [("latte", KEPT, {}), ("americano", 1, {})]


def test_the_hundredth_turn_costs_no_more_than_half_as_much_again_as_the_first_ones(
    stored: KioskGraph, database: Path, thread: RunnableConfig
) -> None:
    def size() -> int:
        return sum(path.stat().st_size for path in database.parent.iterdir())

    def turn(config: RunnableConfig, count: int) -> float:
        """Take a turn; return its processor time, which leaves out what else runs on the machine."""
        began = time.process_time()
        say(stored, config, ("라떼 1잔", "아이스요", "라떼 가격이 얼마예요?", "안녕하세요")[count % 4])
        return time.process_time() - began

    sizes = [size()]
    for count in range(100):
        turn(thread, count)
        sizes.append(size())
    added = [after - before for before, after in pairwise(sizes)]
    assert sum(added[-20:]) <= 1.5 * sum(added[:20])

    # Turn about in the same moments: a slower clock or a busy neighbour comes to both alike.
    fresh: RunnableConfig = {"configurable": {"thread_id": "fresh"}}
    late, early = zip(*((turn(thread, count), turn(fresh, count)) for count in range(20)), strict=True)
    assert statistics.median(late) <= 1.5 * statistics.median(early)

    written = [row[0] for row in stored.checkpointer.conn.execute("SELECT length(checkpoint) FROM checkpoints")]  # type: ignore[union-attr]
    assert max(written) < 8192


def test_a_chat_turn_is_saved_once_and_a_callers_own_durability_wins(
    stored: KioskGraph, thread: RunnableConfig
) -> None:
    say(stored, thread, "라떼 3잔")
    assert len([*stored.get_state_history(thread)]) == 1
    stored.invoke(said("아이스요"), thread, durability="sync")
    assert len([*stored.get_state_history(thread)]) > 4


def test_the_recursion_limit_is_that_of_a_kiosk_and_a_callers_own_wins(
    in_memory: KioskGraph, thread: RunnableConfig
) -> None:
    kiosk = in_memory
    assert (kiosk.config or {})["recursion_limit"] == 25
    with pytest.raises(RecursionError, match="Recursion limit of 2"):
        kiosk.invoke(said("라떼 3잔"), {**thread, "recursion_limit": 2})


def test_the_runs_context_is_in_no_checkpoint(stored: KioskGraph, database: Path, thread: RunnableConfig) -> None:
    stored.invoke(said("라떼 3잔"), thread, context=Context(llm_model="canary-model", language="ko"))
    saved = [*stored.get_state_history(thread)][0]
    assert "canary" not in str(saved)
    assert b"canary" not in b"".join(path.read_bytes() for path in database.parent.iterdir())


def test_state_holds_nothing_that_strict_deserialisation_refuses(
    stored: KioskGraph, thread: RunnableConfig, caplog: pytest.LogCaptureFixture
) -> None:
    say(stored, thread, "라떼 3잔 아이스", "결제할게요")
    values = {key: value for key, value in stored.get_state(thread).values.items() if key != "messages"}
    assert json.loads(json.dumps(values)) == values
    assert not [record for record in caplog.records if "deserializ" in record.message.casefold()]


def test_checkpoints_of_langgraphs_own_saver_can_be_read(database: Path, thread: RunnableConfig) -> None:
    with SqliteSaver.from_conn_string(str(database)) as plain:
        say(create_graph(checkpointer=plain), thread, "라떼 3잔")
    with open_graph(Settings(database_url=f"sqlite:///{database}")) as kiosk:
        assert cart(say(kiosk, thread, "아이스요")) == [("latte", 3, {"temperature": "iced"})]


def test_the_saver_prunes_copies_and_forgets_on_demand(stored: KioskGraph, thread: RunnableConfig) -> None:
    saver = stored.checkpointer
    assert isinstance(saver, SqliteCheckpoints)
    name = thread["configurable"]["thread_id"]
    run_id = "0199a0f0-0000-7000-8000-000000000001"
    say(stored, thread, "라떼 3잔", "아이스요", "라떼 1잔")
    asyncio.run(saver.acopy_thread(name, "copy"))
    assert len([*saver.list({"configurable": {"thread_id": "copy"}})]) == 3
    asyncio.run(saver.aprune([name]))
    assert len([*saver.list(thread)]) == 1
    stored.invoke(said("아메리카노 1잔"), {**thread, "metadata": {"run_id": run_id}})
    asyncio.run(saver.adelete_for_runs([run_id]))
    assert len([*saver.list(thread)]) == 1
    saver.prune([name, "copy"], strategy="delete")
    assert [*saver.list(None)] == []
    with pytest.raises(ValueError, match="keep_latest or delete"):
        saver.prune([name], strategy="some")


@pytest.mark.parametrize(
    "content",
    [b"this is no database, it is a shopping list" * 100, b"SQLite format 3\x00" + b"\xff" * 5000],
    ids=["text", "damaged"],
)
def test_a_file_that_is_no_database_is_named_with_a_remedy(database: Path, content: bytes) -> None:
    database.write_bytes(content)
    with (
        pytest.raises(StorageError, match=r"kiosk\.db: .*KIOSK_DATABASE_URL"),
        open_graph(Settings(database_url=f"sqlite:///{database}")),
    ):
        pass
    assert database.read_bytes() == content


@pytest.mark.parametrize("place", ["missing/kiosk.db", "."], ids=["no folder", "a folder"])
def test_a_place_that_cannot_be_written_is_named_with_a_remedy(tmp_path: Path, place: str) -> None:
    with (
        pytest.raises(StorageError, match="KIOSK_DATABASE_URL") as raised,
        open_graph(Settings(database_url=f"sqlite:///{tmp_path / place}")),
    ):
        pass
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


def test_a_database_that_breaks_under_way_is_explained_as_well(stored: KioskGraph, thread: RunnableConfig) -> None:
    say(stored, thread, "라떼 3잔")
    stored.checkpointer.conn.execute("DROP TABLE checkpoints")  # type: ignore[union-attr]
    with pytest.raises(StorageError, match="no such table"):
        say(stored, thread, "아이스요")


@pytest.mark.parametrize("other", ["mysql://kiosk:secret@db/kiosk", "kiosk.db", ""])
def test_another_kind_of_url_is_refused_without_showing_a_password(other: str) -> None:
    with (
        pytest.raises(StorageError, match="sqlite:///kiosk.db or postgresql://") as raised,
        open_graph(Settings(database_url=other)),
    ):
        pass
    assert "secret" not in str(raised.value)


def test_postgres_that_does_not_answer_is_explained_without_a_password() -> None:
    with (
        pytest.raises(StorageError, match="start PostgreSQL") as raised,
        open_graph(Settings(database_url="postgresql://kiosk:secret@127.0.0.1:1/kiosk")),
    ):
        pass
    assert "secret" not in str(raised.value)


def test_postgres_without_its_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph.persistence.find_spec", lambda name: None)
    with (
        pytest.raises(StorageError, match=r"kiosk-agent\[postgres\]"),
        open_graph(Settings(database_url="postgresql://127.0.0.1/kiosk")),
    ):
        pass


def test_two_processes_may_take_turns_on_one_file(stored: KioskGraph, database: Path, thread: RunnableConfig) -> None:
    say(stored, thread, "라떼 3잔")
    turn_in_another_process(f"sqlite:///{database}", "라떼 3잔")
    with sqlite3.connect(database) as connection:
        threads = connection.execute("SELECT count(DISTINCT thread_id) FROM checkpoints").fetchone()
    assert threads == (2,)


def test_an_order_survives_a_menu_that_no_longer_has_all_of_it(tmp_path: Path, thread: RunnableConfig) -> None:
    saver = InMemorySaver()
    say(create_graph(checkpointer=saver), thread, "라떼 3잔", "아메리카노 1잔")
    menu = yaml.safe_load((files("kiosk.menu") / "haru_cafe.yaml").read_text(encoding="utf-8"))
    menu["items"] = [item for item in menu["items"] if item["id"] != "latte"]
    menu["combos"] = [combo for combo in menu["combos"] if combo["item"] != "latte"]
    smaller = tmp_path / "smaller.yaml"
    smaller.write_text(yaml.safe_dump(menu, allow_unicode=True), encoding="utf-8")
    result = say(create_graph(Settings(menu_file=smaller), checkpointer=saver), thread, "안녕하세요")
    assert cart(result) == [("americano", 1, {})]


async def test_two_kiosks_of_one_process_on_one_database_lose_no_turn(url: str, thread: RunnableConfig) -> None:
    settings = Settings(database_url=url)
    async with open_graph(settings) as one, open_graph(settings) as other:
        turns = [one.ainvoke(said(f"{item} 하나"), thread) for item in ("쿠키", "마카롱")]
        turns += [other.ainvoke(said(f"{item} 하나"), thread) for item in ("치즈케이크", "티라미수")]
        await asyncio.gather(*turns)
        found = await one.aget_state(thread)
    assert {item for item, *_ in cart(found.values)} == {"cookie", "macaron", "cheesecake", "tiramisu"}
