"""Migrations make the tables that the code uses, from nothing and in the middle of others."""

import os
import sqlite3
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, select, text

from kiosk.serving.ledger import AlertEntry
from kiosk.storage import schema
from kiosk.storage.database import check, database, open_database
from kiosk.storage.errors import StorageError
from kiosk.storage.tables import alerts, metadata, orders, serving_attempts
from tests.unit.storage.rows import attempt, turn

pytestmark = pytest.mark.unit

FIRST_RELEASE = "0001"
ALERT = AlertEntry(datetime.now(UTC), "cost", None, "too dear", 2.0, 1.0, 0, "log")
OPENS = "import sys; from kiosk.storage.database import open_database; open_database(sys.argv[1]).dispose()"


def differences(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        options = {
            "version_table": schema.VERSION_TABLE,
            "compare_type": True,
            "include_name": lambda name, kind, _: kind != "table" or name in metadata.tables,
        }
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def test_the_newest_migration_leaves_the_tables_that_the_code_uses(url: str) -> None:
    with database(url) as engine:
        assert differences(engine) == []
        with engine.connect() as connection:
            assert schema.current(connection) == schema.NEWEST


def test_the_newest_revision_that_the_code_knows_is_the_last_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_heads() == [schema.NEWEST]


def test_a_migration_can_be_taken_back_and_made_again(url: str) -> None:
    with database(url) as engine:
        with engine.begin() as connection:
            schema.migrate(connection, "base")
        assert serving_attempts.name not in inspect(engine).get_table_names()
        schema.upgrade(engine)
        assert differences(engine) == []


def test_a_database_of_the_first_release_is_brought_up_to_date_and_loses_nothing(url: str) -> None:
    written = turn(attempt("cloud", cause="timeout"), attempt())
    with database(url) as engine:
        with engine.begin() as connection:
            schema.migrate(connection, FIRST_RELEASE)
            connection.execute(serving_attempts.insert(), [vars(row) for row in written])
            connection.execute(alerts.insert(), [vars(ALERT)])
        schema.upgrade(engine)
        assert differences(engine) == []
        with engine.connect() as connection:
            read = connection.execute(select(serving_attempts).order_by(serving_attempts.c.id)).mappings().all()
            assert [{**row, "id": 0} for row in read] == [{**vars(row), "id": 0} for row in written]
            assert [row["text"] for row in connection.execute(select(alerts)).mappings()] == [ALERT.text]
            assert connection.execute(select(orders)).all() == []


def test_a_migration_that_fails_half_way_leaves_nothing_behind(url: str) -> None:
    with database(url) as engine:
        with engine.begin() as connection:
            schema.migrate(connection, "base")
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE alerts (id INTEGER)"))
        with pytest.raises(StorageError, match="alerts"):
            open_database(url)
        assert serving_attempts.name not in inspect(engine).get_table_names()


def test_processes_that_start_at_once_on_an_empty_database_all_find_the_tables(url: str) -> None:
    started = [subprocess.Popen([sys.executable, "-c", OPENS, url], stderr=subprocess.PIPE) for _ in range(3)]
    failed = [process.communicate()[1].decode() for process in started if process.wait(60)]
    assert failed == []
    with database(url) as engine:
        assert differences(engine) == []


def test_a_database_of_a_newer_release_is_refused_with_the_remedy(url: str) -> None:
    with database(url) as engine, engine.begin() as connection:
        connection.execute(text(f"UPDATE {schema.VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(StorageError, match="schema 9999 is newer than this release.*install that release again"):
        open_database(url)


def test_the_tables_live_beside_those_of_the_conversations(tmp_path: Path) -> None:
    path = tmp_path / "kiosk.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE checkpoints (thread_id TEXT)")
    connection.close()
    with database(f"sqlite:///{path}") as engine:
        assert {"checkpoints", "serving_attempts", "alerts"} <= set(inspect(engine).get_table_names())
        assert differences(engine) == []


def test_nobody_else_may_read_the_file(tmp_path: Path) -> None:
    path = tmp_path / "kiosk.db"
    check(f"sqlite:///{path}")
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_the_file_is_read_while_it_is_written(tmp_path: Path) -> None:
    with database(f"sqlite:///{tmp_path / 'kiosk.db'}") as engine, engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 5000


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("mysql://host/kiosk", "not a database URL that the kiosk knows; use sqlite"),
        ("nonsense", "not a database URL; use sqlite"),
        ("sqlite:////no/such/folder/kiosk.db", "set KIOSK_DATABASE_URL to a place that this process can write"),
        ("postgresql://kiosk:secret@127.0.0.1:1/kiosk", "start PostgreSQL and set KIOSK_DATABASE_URL"),
    ],
)
def test_a_place_that_cannot_be_used_is_told_with_the_remedy_and_without_the_password(place: str, words: str) -> None:
    with pytest.raises(StorageError) as raised:
        open_database(place)
    assert words in str(raised.value)
    assert "secret" not in str(raised.value)


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "kiosk.db"
    path.write_bytes(b"no database at all, but long enough to look at" * 50)
    with pytest.raises(StorageError, match="file is not a database"):
        check(f"sqlite:///{path}")
