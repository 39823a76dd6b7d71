"""The desk: who is served, who has left, and who waits for staff, the same in memory and in every database."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from kiosk.desk import Desk, Session, StaffCall
from kiosk.storage.database import database, reading
from kiosk.storage.erasure import erase_conversations, rows_of, sessions_silent_since
from kiosk.storage.sessions import StoredDesk, open_desk
from kiosk.storage.tables import outbox, sessions
from tests.unit.storage.conftest import emptied

pytestmark = pytest.mark.unit

IDLE = timedelta(minutes=30)
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
CALLS = """
import sys
from datetime import datetime, UTC
from kiosk.desk import StaffCall
from kiosk.storage.sessions import StoredDesk
desk = StoredDesk(sys.argv[1])
for number in range(20):
    desk.call(StaffCall(f"{sys.argv[2]}-{number}", f"t{number}", "kiosk-1", "requested", {}, datetime.now(UTC)))
desk.close()
"""


def a_session(thread_id: str = "t1", seen_at: datetime = NOW, **changes: object) -> Session:
    return replace(Session(thread_id, "kiosk-1", "ko", "KRW", seen_at, seen_at), **changes)  # type: ignore[arg-type]


def a_call(call_id: str = "c1", thread_id: str = "t1", reason: str = "requested") -> StaffCall:
    order = {"lines": [{"item": "latte", "quantity": 2, "options": {"shots": 1, "decaf": True}}]}
    return StaffCall(call_id, thread_id, "kiosk-1", reason, order, NOW)


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """A desk of each kind, whose clock stands still."""
    if request.param == "memory":
        yield Desk(IDLE, lambda: NOW)
        return
    postgres = request.getfixturevalue("postgres_url") if request.param == "postgres" else None
    if postgres:
        emptied(postgres)
    stored = StoredDesk(postgres or f"sqlite:///{tmp_path / 'kiosk.db'}", IDLE, lambda: NOW)
    yield stored
    stored.close()
    if postgres:
        emptied(postgres)


def told(desk: Desk, thread_id: str = "t1") -> Session:
    desk.flush()
    found = desk.session(thread_id)
    assert found is not None
    return found


def test_a_session_is_what_its_last_turn_has_come_to(desk: Desk) -> None:
    desk.begin(a_session())
    desk.served(a_session(seen_at=NOW + timedelta(minutes=1), order_id="o1", order_status="open", units=1, total=4500))
    desk.served(a_session(seen_at=NOW + timedelta(minutes=2), order_id="o1", order_status="open", units=3, total=13500))
    found = told(desk)
    assert (found.started_at, found.seen_at, found.status) == (NOW, NOW + timedelta(minutes=2), "active")
    assert (found.order_status, found.units, found.total) == ("open", 3, 13500)


def test_the_newest_sign_stands_first(desk: Desk) -> None:
    for minutes, thread_id in ((1, "a"), (3, "b"), (2, "c")):
        desk.served(a_session(thread_id, NOW + timedelta(minutes=minutes)))
    assert [one.thread_id for one in desk.recent()] == ["b", "c", "a"]


def test_a_customer_who_was_asked_and_goes_on_is_active_again(desk: Desk) -> None:
    desk.served(a_session())
    desk.flush()
    desk.warn("t1")
    assert told(desk).status == "idle"
    desk.served(a_session(seen_at=NOW + timedelta(minutes=1)))
    assert told(desk).status == "active"


def test_a_session_that_has_ended_stays_so_whatever_of_its_turns_is_told_late(desk: Desk) -> None:
    desk.served(a_session(seen_at=NOW - timedelta(minutes=1)))
    desk.end("t1")
    desk.served(a_session(seen_at=NOW - timedelta(seconds=5), units=2))
    desk.settled(a_session(seen_at=NOW + timedelta(minutes=1), order_status="paid"))
    desk.warn("t1")
    desk.end("t1")
    found = told(desk)
    assert (found.status, found.ended_at, found.order_status) == ("ended", NOW, "paid")


@pytest.mark.parametrize("later", [timedelta(seconds=1), IDLE + timedelta(seconds=1)])
def test_a_turn_after_the_end_or_a_long_silence_is_another_customers(desk: Desk, later: timedelta) -> None:
    desk.served(a_session(seen_at=NOW))
    if later < IDLE:
        desk.end("t1")
    desk.served(a_session(seen_at=NOW + later))
    found = told(desk)
    assert (found.status, found.started_at, found.ended_at) == ("active", NOW + later, None)


def test_what_became_of_an_order_is_no_sign_of_its_customer(desk: Desk) -> None:
    desk.served(a_session(order_status="awaiting_payment", units=1))
    desk.settled(a_session(seen_at=NOW + timedelta(minutes=5), order_status="cancelled"))
    found = told(desk)
    assert (found.seen_at, found.order_status, found.units) == (NOW, "cancelled", 0)


def test_silent_sessions_are_given_away_once(desk: Desk) -> None:
    desk.served(a_session("silent", NOW - timedelta(hours=40), order_status="open", units=1))
    desk.served(a_session("warned", NOW - timedelta(minutes=31)))
    desk.served(a_session("there", NOW - timedelta(minutes=29)))
    desk.served(a_session("gone", NOW - timedelta(hours=2)))
    desk.flush()
    desk.warn("warned")
    desk.end("gone")
    assert sorted(desk.claim_abandoned(NOW)) == ["silent", "warned"]
    assert desk.claim_abandoned(NOW) == []
    assert {one.thread_id: one.status for one in desk.recent()} == {
        "silent": "abandoned",
        "warned": "abandoned",
        "there": "active",
        "gone": "ended",
    }


def test_one_call_of_a_customer_is_open_at_a_time(desk: Desk) -> None:
    desk.call(a_call("c1"))
    desk.call(a_call("c2", reason="misunderstood"))
    desk.call(a_call("c3", "t2"))
    assert [(call.call_id, call.reason) for call in desk.open_calls()] == [("c1", "requested"), ("c3", "requested")]
    assert [desk.answer("c1"), desk.answer("c1"), desk.answer("no such call")] == [True, False, False]
    desk.call(a_call("c4"))
    assert sorted(call.call_id for call in desk.open_calls()) == ["c3", "c4"]


def test_a_call_carries_what_is_on_the_order(desk: Desk) -> None:
    desk.call(a_call())
    (call,) = desk.open_calls()
    assert call == a_call()


# What only a database can do


def test_another_process_finds_what_one_has_told(url: str) -> None:
    first, second = open_desk(url, IDLE), open_desk(url, IDLE)
    first.served(a_session(units=2))
    first.call(a_call())
    first.close()
    assert (told(second).units, [call.call_id for call in second.open_calls()]) == (2, ["c1"])
    assert second.answer("c1")
    second.close()
    assert first.open_calls() == []
    first.close()


def test_desks_that_claim_at_once_get_every_session_once(url: str) -> None:
    desks = [StoredDesk(url, IDLE, lambda: NOW) for _ in range(3)]
    for number in range(40):
        desks[0].served(a_session(f"t{number}", NOW - timedelta(hours=number + 1), order_status="open", units=1))
    desks[0].flush()
    claimed: list[str] = []
    together = threading.Barrier(3)

    def claim(one: Desk) -> None:
        together.wait()
        claimed.extend(one.claim_abandoned(NOW))

    threads = [threading.Thread(target=claim, args=(one,)) for one in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == sorted(f"t{number}" for number in range(40))
    for one in desks:
        one.close()


def test_an_order_that_is_still_open_long_after_is_given_away_again(url: str) -> None:
    clock = [NOW]
    desk = StoredDesk(url, IDLE, lambda: clock[0])
    desk.served(a_session("died", NOW - timedelta(hours=1), order_status="awaiting_payment", units=1))
    desk.served(a_session("done", NOW - timedelta(hours=1), order_status="open", units=1))
    assert desk.claim_abandoned(NOW) == ["died", "done"]
    desk.settled(a_session("done", NOW - timedelta(hours=1), order_status="cancelled"))
    clock[0] = NOW + timedelta(minutes=31)
    assert desk.claim_abandoned(clock[0]) == ["died"]
    assert desk.claim_abandoned(clock[0]) == []
    desk.close()


def test_processes_that_call_at_once_for_one_customer_leave_one_call(url: str) -> None:
    desk = StoredDesk(url, IDLE)
    for number in range(20):
        desk.served(a_session(f"t{number}"))
    desk.close()
    started = [
        subprocess.Popen([sys.executable, "-c", CALLS, url, name], stderr=subprocess.PIPE) for name in ("a", "b", "c")
    ]
    assert [process.communicate(timeout=60)[1] for process in started] == [b"", b"", b""]
    assert sorted(call.thread_id for call in desk.open_calls()) == sorted(f"t{number}" for number in range(20))
    desk.close()


def test_a_call_does_not_wait_for_other_rows(tmp_path: Path) -> None:
    desk = StoredDesk(f"sqlite:///{tmp_path / 'kiosk.db'}", IDLE, linger_s=60)
    assert desk.open_calls() == []
    desk.call(a_call())
    until = time.monotonic() + 20
    with sqlite3.connect(tmp_path / "kiosk.db") as connection:
        while not (rows := connection.execute("SELECT call_id FROM staff_calls").fetchall()):
            assert time.monotonic() < until
            time.sleep(0.01)
    connection.close()
    assert rows == [("c1",)]
    desk.close()


def test_nobody_waits_for_a_database_that_is_away(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    desk = StoredDesk(f"sqlite:///{tmp_path / 'later' / 'kiosk.db'}", IDLE)
    began = time.perf_counter()
    desk.served(a_session())
    desk.call(a_call())
    assert time.perf_counter() - began < 0.1
    assert not desk.flush(0.6)
    assert "storage failed" in caplog.text
    (tmp_path / "later").mkdir()
    assert desk.flush(8)
    assert len(desk.open_calls()) == 1
    desk.close()


@pytest.mark.parametrize("thread_id", ["x" * 256, "nul\x00", "half\ud800"])
def test_an_id_that_no_database_takes_does_not_keep_others_waiting(url: str, thread_id: str) -> None:
    desk = StoredDesk(url, IDLE)
    desk.served(a_session(thread_id))
    desk.call(a_call("bad", thread_id))
    desk.settled(a_session(thread_id))
    desk.served(a_session("good"))
    assert [one.thread_id for one in desk.recent()] == ["good"]
    desk.close()


def test_the_desk_knows_what_is_still_to_be_delivered(url: str) -> None:
    desk = StoredDesk(url, IDLE)
    assert not desk.owes("t1")
    row = {"kiosk_id": "k", "channel": "kitchen", "key": "1", "thread_id": "t1", "body": {}, "attempts": 0}
    with database(url) as engine, engine.begin() as connection:
        connection.execute(outbox.insert().values(**row, created_at=NOW, due_at=NOW))
    assert desk.owes("t1")
    with database(url) as engine, engine.begin() as connection:
        connection.execute(outbox.update().values(delivered_at=NOW))
    assert not desk.owes("t1")
    desk.close()


def test_sessions_and_calls_of_a_conversation_can_be_erased(url: str) -> None:
    desk = StoredDesk(url, IDLE)
    for thread_id, age in (("old", 40), ("new", 1)):
        desk.served(a_session(thread_id, NOW - timedelta(days=age)))
        desk.call(a_call(thread_id, thread_id))
    desk.close()
    assert sessions_silent_since(url, NOW - timedelta(days=30)) == ["old"]
    assert rows_of(url, ["old"]) == 2
    assert erase_conversations(url, ["old"]) == 2
    assert (rows_of(url, ["old"]), rows_of(url, ["new"])) == (0, 2)


def test_a_database_in_memory_has_its_desk_in_memory() -> None:
    assert type(open_desk("sqlite:///:memory:", IDLE)) is Desk
    assert type(open_desk("sqlite://", IDLE)) is Desk


def test_the_table_holds_moments_in_utc(url: str) -> None:
    desk = StoredDesk(url, IDLE)
    desk.served(a_session(seen_at=NOW.astimezone()))
    desk.close()
    with database(url) as engine, reading(engine) as connection:
        assert connection.execute(select(sessions.c.seen_at)).scalar_one() == NOW
