"""`kiosk purge`: what it erases is gone from every file, and it says so only where that is so."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from langchain_core.messages import HumanMessage

from graph import open_graph
from graph.metadata import checkpoint_id_at
from kiosk.settings import Settings
from tests.api.kiosk_command import KioskCommand

pytestmark = pytest.mark.api

PHONE = "010-2345-6789"
KEEP, ERASE = "a" * 32, "b" * 32


ORDER = f"라떼 두 잔 아이스로 주세요, 번호는 {PHONE}이에요"


def talk(kiosk: KioskCommand, *threads: str) -> None:
    """Leave conversations behind; they need no process of their own to be had."""
    settings = Settings(database_url=kiosk.environment["KIOSK_DATABASE_URL"])
    with open_graph(settings) as opened:
        for thread in threads:
            opened.invoke({"messages": [HumanMessage(ORDER)]}, {"configurable": {"thread_id": thread}})


def ask(kiosk: KioskCommand, thread: str) -> str:
    ended = kiosk("ask", ORDER, "--thread", thread)
    assert ended.code == 0, ended.err
    return ended.out


def files_with(kiosk: KioskCommand, text: str) -> set[str]:
    return {path.name for path in kiosk.folder.iterdir() if path.is_file() and text.encode() in path.read_bytes()}


def test_a_conversation_is_erased_by_its_id_and_the_others_stay(kiosk: KioskCommand) -> None:
    talk(kiosk, KEEP, ERASE)
    assert "kiosk.db" in files_with(kiosk, ERASE)
    ended = kiosk("purge", "--thread", ERASE, "--json")
    assert ended.code == 0
    assert (ended.json["conversations"], ended.json["vault_rows"], ended.json["found_after"]) == (1, 1, 0)
    assert files_with(kiosk, ERASE) == set()
    assert "kiosk.db" in files_with(kiosk, KEEP)


def test_old_conversations_are_erased_by_their_age(kiosk: KioskCommand) -> None:
    talk(kiosk, KEEP, ERASE)
    old = checkpoint_id_at(datetime.now(UTC) - timedelta(days=40))
    with closing(sqlite3.connect(kiosk.folder / "kiosk.db")) as connection:
        connection.execute("UPDATE checkpoints SET checkpoint_id = ? WHERE thread_id = ?", (old, ERASE))
        connection.commit()
    assert kiosk("purge", "--older-than", "60", "--json").json["conversations"] == 0
    ended = kiosk("purge")
    assert ended.code == 0
    assert "대화 1건" in ended.out
    assert files_with(kiosk, ERASE) == set()
    assert kiosk("purge", "--older-than", "0", "--json").json["conversations"] == 1
    assert files_with(kiosk, KEEP) == set()


def test_the_customers_own_terminal_shows_what_was_said_and_no_file_does(kiosk: KioskCommand) -> None:
    assert "<PHONE" not in ask(kiosk, KEEP)
    assert files_with(kiosk, PHONE) == set()
    assert files_with(kiosk, "2345-6789") == set()


def test_with_a_key_the_order_is_in_no_file_either(kiosk: KioskCommand) -> None:
    kiosk.environment["KIOSK_ENCRYPTION_KEY"] = "a key for tests only"
    ask(kiosk, KEEP)
    with closing(sqlite3.connect(kiosk.folder / "kiosk.db")) as connection:
        kinds = {kind for (kind,) in connection.execute("SELECT type FROM checkpoints UNION SELECT type FROM writes")}
    assert kinds
    assert all("kiosk-gcm" in kind for kind in kinds)
    assert "라떼" in kiosk("ask", "장바구니 보여줘", "--thread", KEEP).out


def test_another_key_is_one_clear_line(kiosk: KioskCommand) -> None:
    kiosk.environment["KIOSK_ENCRYPTION_KEY"] = "a key for tests only"
    ask(kiosk, KEEP)
    kiosk.environment["KIOSK_ENCRYPTION_KEY"] = "another key for tests"
    ended = kiosk("ask", "라떼 한 잔", "--thread", KEEP)
    assert ended.code != 0
    assert "Traceback" not in ended.err


def test_a_key_that_is_too_short_is_refused_by_its_name(kiosk: KioskCommand) -> None:
    ended = kiosk("ask", "라떼 한 잔", KIOSK_ENCRYPTION_KEY="short")
    assert ended.code == 2
    assert "KIOSK_ENCRYPTION_KEY" in ended.err
    assert "short" not in ended.err.replace("shorter", "")
