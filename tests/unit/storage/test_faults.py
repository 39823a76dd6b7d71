"""Faults of the storage: each is counted, its text names the remedy, and the log says it once."""

import logging

import pytest

from kiosk.storage.errors import StorageError
from kiosk.storage.faults import Faults, Part
from kiosk.storage.postgres import connecting

pytestmark = pytest.mark.unit

FULL = StorageError("sqlite:///kiosk.db", "database or disk is full")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def faults(clock: Clock, caplog: pytest.LogCaptureFixture) -> Faults:
    caplog.set_level(logging.INFO)
    return Faults(again_s=60, clock=clock)


def test_the_same_fault_is_one_line_a_minute_whoever_meets_it(
    faults: Faults, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    parts: list[Part] = ["turns", "payments", "turns"]
    for part in parts:
        faults.report(part, FULL)
    assert [record.getMessage() for record in caplog.records] == [f"storage failed: {FULL} (turns)"]
    assert (faults.counts["turns"], faults.counts["payments"], faults.counts["deliveries"]) == (2, 1, 0)
    clock.now = 60
    faults.report("turns", FULL)
    assert len(caplog.records) == 2


def test_the_end_is_told_once_and_a_new_fault_is_told_at_once(faults: Faults, caplog: pytest.LogCaptureFixture) -> None:
    faults.over("turns")
    assert caplog.records == []
    faults.report("turns", FULL)
    faults.over("turns")
    faults.over("turns")
    faults.report("turns", FULL)
    said = [record.getMessage() for record in caplog.records]
    assert said[1:] == ["storage works again: turns (failures: 1)", said[0]]


@pytest.mark.parametrize(
    ("problem", "remedy"),
    [
        ("database or disk is full", "free space"),
        ("could not extend file: No space left on device", "free space"),
        ("attempt to write a readonly database", "let this process write"),
        ("cannot execute INSERT in a read-only transaction", "let this process write"),
        ("database is locked", "end the program"),
        ("canceling statement due to lock timeout", "end the program"),
        ("database disk image is malformed", "kiosk restore"),
        ("file is not a database", "kiosk restore"),
        ("unable to open database file", "KIOSK_DATABASE_URL"),
    ],
)
def test_every_known_problem_has_its_remedy_in_one_line(problem: str, remedy: str) -> None:
    text = str(StorageError("sqlite:///kiosk.db", f"{problem}\nDETAIL: more"))
    assert text.startswith(f"sqlite:///kiosk.db: {problem}; ")
    assert remedy in text
    assert "\n" not in text


def test_nothing_waits_for_ever_for_postgres_and_what_the_url_says_wins() -> None:
    plain = connecting("postgresql://127.0.0.1/kiosk")
    assert plain["options"] == "-c lock_timeout=5s -c statement_timeout=30s"
    assert plain["connect_timeout"] == 5
    own = connecting("postgresql://127.0.0.1/kiosk?connect_timeout=20&options=-c%20lock_timeout%3D9s")
    assert own["options"].endswith("-c lock_timeout=9s")
    assert "connect_timeout" not in own
