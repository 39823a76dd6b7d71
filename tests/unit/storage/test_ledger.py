"""The ledger in a real database: nothing is lost, nothing waits, and many may write."""

import logging
import os
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from kiosk.serving.ledger import AlertEntry, Ledger, today
from kiosk.storage.database import database, reading
from kiosk.storage.ledger import StoredLedger, open_ledger
from kiosk.storage.statistics import read_alerts, read_figures, spent_on
from kiosk.storage.tables import serving_attempts
from kiosk.storage.writer import Writer
from tests.unit.storage.rows import attempt, turn, writing_process

pytestmark = pytest.mark.unit


def count(url: str, thread: str | None = None) -> int:
    statement = select(func.count()).select_from(serving_attempts)
    if thread:
        statement = statement.where(serving_attempts.c.thread == thread)
    with database(url) as engine, reading(engine) as connection:
        return int(connection.execute(statement).scalar_one())


def test_every_attempt_is_a_row_with_all_that_was_known_of_it(url: str) -> None:
    ledger = open_ledger(url)
    failed = attempt("cloud", cause="timeout", latency_ms=5000, tokens=40, input_tokens=40, output_tokens=0, cost=0.002)
    steps = [{"from_endpoint": "cloud", "to_endpoint": "embedded", "reason": "timeout"}]
    ledger.record(turn(failed, attempt(), fallbacks=steps, avoided_usd=0.0004))
    ledger.close()
    with database(url) as engine, reading(engine) as connection:
        first, second = connection.execute(select(serving_attempts).order_by(serving_attempts.c.position)).all()
    assert (first.endpoint, first.provider, first.model) == ("cloud", "openai", "gpt-4o-mini")
    assert (first.cause, first.answered, first.latency_ms) == ("timeout", False, 5000)
    assert (first.input_tokens, first.output_tokens, first.cost_usd) == (40, 0, 0.002)
    assert (first.fallback_to, first.fallback_reason, second.fallback_from) == ("embedded", "timeout", "cloud")
    assert (second.answered, second.avoided_usd, second.stage) == (True, 0.0004, "fallback")
    assert first.turn == second.turn
    assert first.at.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - first.at) < timedelta(minutes=1)


def test_a_ledger_is_still_there_after_a_restart(url: str) -> None:
    for _ in range(2):
        ledger = open_ledger(url)
        ledger.record(turn())
        ledger.close()
    assert count(url) == 2


def test_a_process_that_ends_normally_loses_nothing(url: str) -> None:
    process = writing_process(url, 500, "t1")
    assert process.wait(60) == 0, process.communicate()
    assert count(url) == 500


def test_a_process_that_ends_with_an_error_loses_nothing(url: str) -> None:
    process = writing_process(url, 50, "t1", "raise SystemExit(3)")
    assert process.wait(60) == 3
    assert count(url) == 50


def test_processes_write_at_once_and_every_row_arrives_once(url: str) -> None:
    processes = [writing_process(url, 1500, f"t{number}") for number in range(3)]
    errors = [process.communicate(timeout=120)[1] for process in processes]
    assert errors == [b"", b"", b""]
    with database(url) as engine, reading(engine) as connection:
        rows = connection.execute(select(serving_attempts.c.thread, func.count()).group_by("thread")).all()
    assert sorted(row[1] for row in rows) == [1500, 1500, 1500]
    with database(url) as engine:
        assert spent_on(engine, today()) == pytest.approx(4.5)


def test_a_turn_waits_for_nothing_while_the_file_is_locked(tmp_path: Path) -> None:
    path = tmp_path / "kiosk.db"
    ledger = open_ledger(f"sqlite:///{path}")
    ledger.record(turn())
    ledger.close()
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN EXCLUSIVE")
    times = []
    for _ in range(200):
        began = time.perf_counter()
        ledger.record(turn())
        times.append(time.perf_counter() - began)
    # A busy machine may hold up some of them; the lock holds up none.
    assert sorted(times)[180] < 0.001
    time.sleep(0.5)
    blocker.execute("COMMIT")
    blocker.close()
    ledger.close()
    assert count(f"sqlite:///{path}") == 201


def test_a_database_that_comes_late_gets_all_rows(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "later"
    ledger = StoredLedger(f"sqlite:///{folder / 'kiosk.db'}")
    ledger.record(turn())
    assert not ledger.writer.flush(0.6)
    assert "(ledger)" in caplog.text
    folder.mkdir()
    assert ledger.writer.flush()
    ledger.close()
    assert count(f"sqlite:///{folder / 'kiosk.db'}") == 1


def test_a_database_that_never_comes_ends_with_an_error_and_not_with_a_hang(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    ledger = StoredLedger(f"sqlite:///{tmp_path / 'nowhere' / 'kiosk.db'}")
    ledger.record(turn())
    began = time.perf_counter()
    ledger.writer.close(0.5)
    assert time.perf_counter() - began < 3
    assert "1 rows of the ledger could not be written" in caplog.text


def test_what_does_not_fit_is_given_up_oldest_first_and_counted() -> None:
    written: list[object] = []
    writer = Writer(lambda rows: written.extend(row for _, row in rows), linger_s=0.3, room=10)
    writer.put("a", range(25))
    writer.close()
    assert (written, writer.lost) == ([*range(15, 25)], 15)


def test_a_batch_that_can_never_be_written_does_not_keep_the_next_waiting(caplog: pytest.LogCaptureFixture) -> None:
    written: list[object] = []

    def write(rows: object) -> None:
        if not written and isinstance(rows, list) and rows[0][1] == "bad":
            raise ValueError("a customer's words")
        written.extend(rows)  # type: ignore[arg-type]

    writer = Writer(write, linger_s=0.01)
    writer.put("a", ["bad"])
    assert writer.flush()
    writer.put("a", ["good"])
    writer.close()
    assert (written, writer.lost) == ([("a", "good")], 1)
    assert "1 rows of the ledger were given up: ValueError" in caplog.text
    assert "customer" not in caplog.text


def test_a_forked_process_writes_its_own_rows_and_not_those_of_its_parent(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'kiosk.db'}"
    ledger = StoredLedger(url)
    ledger.record(turn())
    assert ledger.writer.flush()
    ledger.record(turn())
    child = os.fork()
    if child == 0:
        try:
            ledger.record(turn(thread_id="child"))
            ledger.close()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    ledger.close()
    assert count(url) == 3


def test_old_rows_are_deleted(url: str) -> None:
    ledger = open_ledger(url)
    old = [vars(row) | {"day": today() - timedelta(days=41)} for row in turn()]
    with database(url) as engine, engine.begin() as connection:
        connection.execute(serving_attempts.insert(), old)
    ledger.close()
    keeping = open_ledger(url, keep_days=40)
    keeping.record(turn())
    keeping.close()
    assert count(url) == 1


def test_what_others_spent_today_counts(url: str) -> None:
    first, second = open_ledger(url), open_ledger(url)
    first.record(turn(attempt("cloud", cost=0.25)))
    assert first.spent_today() == 0.25
    first.close()
    second.catch_up()
    second.record(turn(attempt("cloud", cost=0.5)))
    assert second.spent_today() == pytest.approx(0.75)
    second.close()
    assert second.spent_today() == pytest.approx(0.75)


def test_a_new_day_begins_with_nothing_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger()
    ledger.record(turn(attempt("cloud", cost=0.25)))
    monkeypatch.setattr("kiosk.serving.ledger.today", lambda: today() + timedelta(days=1))
    assert ledger.spent_today() == 0.0


def test_a_database_in_memory_has_a_ledger_in_memory() -> None:
    ledger = open_ledger("sqlite:///:memory:")
    ledger.record(turn(attempt("cloud", cost=0.25)))
    assert type(ledger) is Ledger
    assert ledger.spent_today() == 0.25


def test_figures_count_failures_and_leave_out_what_was_never_sent_or_called_off(url: str) -> None:
    ledger = open_ledger(url)
    for latency_ms in range(1, 101):
        ledger.record(turn(attempt("cloud", latency_ms=latency_ms, tokens=30, cost=0.01)))
    ledger.record(turn(attempt("cloud", cause="server_error", latency_ms=1000), answered=False))
    ledger.record(turn(attempt("cloud", cause="server_error", detail="not asked: breaker_open", latency_ms=0)))
    ledger.record(turn(attempt("cloud", cause="cancelled", latency_ms=7, cost=0.01)))
    ledger.close()
    with database(url) as engine:
        figures = read_figures(engine)
    (cloud,) = figures.endpoints
    assert (cloud.requests, cloud.successes, cloud.skipped, cloud.answered) == (101, 100, 1, 100)
    assert cloud.success_rate == pytest.approx(100 / 101)
    assert (cloud.p50_ms, cloud.p95_ms) == (51, 96)
    assert cloud.cost_usd == pytest.approx(1.01)
    assert [(it.cause, it.failures) for it in figures.causes] == [("server_error", 1)]
    assert figures.turns == 103


def test_figures_can_begin_on_a_day(url: str) -> None:
    ledger = open_ledger(url)
    ledger.record(turn())
    ledger.close()
    with database(url) as engine:
        assert read_figures(engine, today()).turns == 1
        assert read_figures(engine, today() + timedelta(days=1)).turns == 0


def test_how_endpoints_did_lately_is_there_for_the_next_process(url: str) -> None:
    ledger = open_ledger(url)
    ledger.record(turn(attempt("cloud", latency_ms=100)))
    ledger.record(turn(attempt("cloud", latency_ms=500, cause="timeout"), answered=False))
    ledger.close()
    (past,) = open_ledger(url).past()
    assert (past.endpoint, past.requests) == ("cloud", 2)
    assert (past.latency_ms, past.answer_ms, past.success) == (550.0, 100.0, 0.5)


def test_alerts_are_kept_newest_first(url: str) -> None:
    ledger = open_ledger(url)
    for kind in ("slow", "cost"):
        ledger.alert(AlertEntry(datetime.now(UTC), kind, None, "text", 2.0, 1.0, 0, "log"))
    ledger.close()
    with database(url) as engine:
        assert [entry.kind for entry in read_alerts(engine)] == ["cost", "slow"]


def test_recording_a_turn_takes_well_under_a_millisecond(tmp_path: Path) -> None:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'kiosk.db'}")
    ledger.record(turn())
    times = []
    for _ in range(300):
        began = time.perf_counter()
        ledger.record(turn())
        times.append(time.perf_counter() - began)
    ledger.close()
    logging.getLogger(__name__).info("median %.1f us", sorted(times)[150] * 1e6)
    assert sorted(times)[150] < 0.0003
