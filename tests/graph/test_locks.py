"""Turns of one conversation in several processes: one at a time, and no lock outlives who held it."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
from langchain_core.runnables import RunnableConfig

from graph import KioskGraph, StorageError, ThreadBusyError, create_graph, open_graph
from graph.locks import held
from graph.persistence import close_checkpoints, open_checkpoints
from graph.turns import Turns, turns_of
from kiosk.settings import Settings
from tests.graph.turns import cart, said, say

pytestmark = pytest.mark.graph

HOLDER = """
import sys, time
from graph.persistence import open_checkpoints
from graph.turns import turns_of
saver = open_checkpoints(sys.argv[1])
with turns_of(saver).turn(sys.argv[2]):
    print("held", flush=True)
    sys.stdin.readline()
print("free", flush=True)
"""


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path / 'kiosk.db'}"


@pytest.fixture
def pair(url: str) -> Iterator[tuple[Turns, Turns]]:
    """The locks of two savers on one database; to each other they are what those of two processes are."""
    savers = [open_checkpoints(url), open_checkpoints(url)]
    yield turns_of(savers[0]), turns_of(savers[1])
    for saver in savers:
        close_checkpoints(saver)


@pytest.fixture
def name() -> str:
    return f"test-{uuid.uuid4().hex}"


def impatient(monkeypatch: pytest.MonkeyPatch, wait_s: float = 0.1) -> None:
    monkeypatch.setattr("graph.turns.WAIT_S", wait_s)


def holder(url: str, name: str) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, url, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_lock_of_a_process_that_is_killed_is_free_at_once(
    url: str, pair: tuple[Turns, Turns], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = holder(url, name)
    impatient(monkeypatch)
    with pytest.raises(ThreadBusyError), pair[0].turn(name):
        pass
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    impatient(monkeypatch, 5)
    with pair[0].turn(name):
        pass
    process.communicate()


async def test_another_process_waits_and_the_event_loop_goes_on(pair: tuple[Turns, Turns], name: str) -> None:
    first, second = pair
    ticks, log = 0, list[str]()

    async def later() -> None:
        async with second.aturn(name):
            log.append("second")

    async with first.aturn(name):
        waiting = asyncio.create_task(later())
        until = time.monotonic() + 0.2
        while time.monotonic() < until:
            await asyncio.sleep(0.002)
            ticks += 1
        log.append("first")
    await waiting
    assert log == ["first", "second"]
    assert ticks > 40


async def test_conversations_do_not_wait_for_one_another(pair: tuple[Turns, Turns], name: str) -> None:
    async with asyncio.timeout(5), pair[0].aturn(name), pair[1].aturn(f"{name}-other"), pair[0].aturn(f"{name}-third"):
        pass


def test_a_process_with_turn_after_turn_does_not_keep_another_out(pair: tuple[Turns, Turns], name: str) -> None:
    busy, other = pair
    ended, was_in = threading.Event(), threading.Event()
    during = 0

    def keep_busy() -> None:
        nonlocal during
        while not ended.is_set():
            with busy.turn(name):
                time.sleep(0.005)
                during += not was_in.is_set()

    def once() -> None:
        with other.turn(name):
            was_in.set()

    threads = [threading.Thread(target=keep_busy) for _ in range(3)]
    for thread in threads:
        thread.start()
    time.sleep(0.05)
    during = 0
    once()
    ended.set()
    for thread in threads:
        thread.join()
    # Until the other one stands in the turnstile, and while it wakes up, a few may pass; not a queue without end.
    assert during < 40


@pytest.mark.parametrize("moment_s", [0.0, 0.0005, 0.005, 0.05])
async def test_a_turn_that_is_cancelled_while_it_waits_leaves_no_lock_behind(
    pair: tuple[Turns, Turns], name: str, moment_s: float
) -> None:
    first, second = pair
    async with first.aturn(name):
        waiting = asyncio.create_task(second.aturn(name).__aenter__())
        await asyncio.sleep(moment_s)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    entering = asyncio.create_task(second.aturn(name).__aenter__())
    await asyncio.sleep(moment_s / 10)
    entering.cancel()
    await asyncio.gather(entering, return_exceptions=True)
    if entering.cancelled():
        async with asyncio.timeout(5), first.aturn(name):
            pass


def test_a_turn_that_waits_too_long_for_another_process_says_so_and_leaves_its_place(
    pair: tuple[Turns, Turns], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient(monkeypatch)
    first, second = pair
    with first.turn(name), pytest.raises(ThreadBusyError, match=name), second.turn(name):
        pass
    impatient(monkeypatch, 5)
    with first.turn(name):
        pass
    with second.turn(name):
        pass


def test_closing_one_saver_does_not_drop_the_locks_of_another(
    url: str, pair: tuple[Turns, Turns], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient(monkeypatch)
    with pair[0].turn(name):
        close_checkpoints(open_checkpoints(url))
        with pytest.raises(ThreadBusyError), pair[1].turn(name):
            pass


def test_after_a_restart_of_the_server_locks_are_taken_on_a_new_connection(postgres_url: str, name: str) -> None:
    saver = open_checkpoints(postgres_url)
    with turns_of(saver).turn(name):
        end_lock_sessions(postgres_url)
    with turns_of(saver).turn(name):
        pass
    close_checkpoints(saver)


def end_lock_sessions(url: str) -> None:
    ending = "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE application_name = 'kiosk-locks'"
    with psycopg.connect(url) as connection:
        assert connection.execute(ending).fetchall()


def test_a_server_that_is_gone_is_explained(postgres_url: str, name: str) -> None:
    saver: Any = open_checkpoints(postgres_url)
    saver.thread_locks._url = "postgresql://kiosk:secret@127.0.0.1:1/kiosk"
    with pytest.raises(StorageError, match="pooler") as raised, held(saver.thread_locks, name, time.monotonic() + 5):
        pass
    assert "secret" not in str(raised.value)
    close_checkpoints(saver)


def test_the_file_of_the_locks_is_empty_and_its_owners_alone(tmp_path: Path, name: str) -> None:
    saver = open_checkpoints(f"sqlite:///{tmp_path / 'kiosk.db'}")
    with turns_of(saver).turn(name):
        found = os.stat(tmp_path / "kiosk.db-turns")
    assert (found.st_size, found.st_mode & 0o777) == (0, 0o600)
    close_checkpoints(saver)


def test_turns_at_the_same_time_in_two_kiosks_on_one_database_are_all_kept(url: str, thread: RunnableConfig) -> None:
    with ExitStack() as stack:
        kiosks = [stack.enter_context(open_graph(Settings(database_url=url))) for _ in range(2)]
        turns = [
            threading.Thread(target=say, args=(kiosks[number % 2], thread, words))
            for number, words in enumerate(("라떼 1잔", "라떼 1잔", "아메리카노 1잔", "아메리카노 1잔") * 2)
        ]
        for turn in turns:
            turn.start()
        for turn in turns:
            turn.join()
        lines = kiosks[0].get_state(thread).values["order"]["lines"]
    assert {line["item"]: line["quantity"] for line in lines} == {"latte": 4, "americano": 4}


async def test_inside_a_hold_turns_run_and_others_wait(kiosk: KioskGraph, thread: RunnableConfig) -> None:
    thread_id = thread["configurable"]["thread_id"]
    async with asyncio.timeout(20):
        async with kiosk.turn(thread_id):
            other = asyncio.create_task(outside(kiosk, thread, "아메리카노 1잔"))
            async with kiosk.turn(thread_id):
                await kiosk.ainvoke(said("라떼 1잔"), thread)
            result = await asyncio.to_thread(say, kiosk, thread, "쿠키 하나")
            assert cart(result) == [("latte", 1, {}), ("cookie", 1, {})]
            assert not other.done()
        await other
    assert [line[0] for line in cart((await kiosk.aget_state(thread)).values)] == ["latte", "cookie", "americano"]


async def outside(kiosk: KioskGraph, thread: RunnableConfig, words: str) -> None:
    """Take a turn as another request would: a task that begins inside a hold has a copy of its context."""
    await asyncio.to_thread(say_in_a_thread_of_its_own, kiosk, thread, words)


def say_in_a_thread_of_its_own(kiosk: KioskGraph, thread: RunnableConfig, words: str) -> None:
    worker = threading.Thread(target=say, args=(kiosk, thread, words))
    worker.start()
    worker.join()


async def test_a_task_that_outlives_the_hold_waits_like_any_other(
    in_memory: KioskGraph, thread: RunnableConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient(monkeypatch)
    thread_id = thread["configurable"]["thread_id"]
    go = asyncio.Event()

    async def straggler() -> None:
        await go.wait()
        await in_memory.ainvoke(said("라떼 1잔"), thread)

    async with in_memory.turn(thread_id):
        late = asyncio.create_task(straggler())
    async with in_memory.turn(thread_id):
        go.set()
        with pytest.raises(ThreadBusyError):
            await late


async def test_a_graph_that_stores_nothing_has_nothing_to_hold() -> None:
    kiosk: Any = create_graph()
    kiosk.checkpointer = None
    async with kiosk.turn("a"), kiosk.turn("a"):
        pass
