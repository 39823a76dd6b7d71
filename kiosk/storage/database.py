"""Open the database that a URL names: right pragmas, right driver, newest schema, clear errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from kiosk.storage.errors import StorageError
from kiosk.storage.schema import NewerSchemaError, upgrade
from kiosk.storage.tables import serving_attempts

BUSY_TIMEOUT_S = 5.0
_CONNECT_S = 10
_POSTGRES = ("postgres", "postgresql", "postgresql+psycopg")
_POSTGRES_REMEDY = "start PostgreSQL and set KIOSK_DATABASE_URL to a database that its user may create tables in"


def open_database(url: str, *, durable: bool = False) -> Engine:
    """Connect and bring the tables to the newest schema.

    Args:
        url: `sqlite:///file` (relative to the working directory), `sqlite:///:memory:` or `postgresql://...`.
        durable: Whether what is written must survive a power cut; each transaction then waits for the disk.

    Raises:
        StorageError: The URL is of another kind, its driver is missing, or the place cannot be used.
    """
    with explained(url):
        parsed = make_url(url)
        engine = _sqlite(parsed, durable) if parsed.get_backend_name() == "sqlite" else _postgres(url, parsed)
        try:
            upgrade(engine)
        except BaseException:
            engine.dispose()
            raise
        return engine


@contextmanager
def database(url: str) -> Iterator[Engine]:
    """Open a database for a while; what goes wrong with it meanwhile is explained as well.

    Raises:
        StorageError: It cannot be used.
    """
    engine = open_database(url)
    try:
        with explained(url):
            yield engine
    finally:
        engine.dispose()


def check(url: str) -> None:
    """Find out whether a database can be written to.

    Raises:
        StorageError: It cannot.
    """
    # What begins to write and changes nothing fails like what does: read-only, full, locked, gone.
    with database(url) as engine, engine.begin() as connection:
        connection.execute(serving_attempts.delete().where(serving_attempts.c.id < 0))


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Yield a connection that sees one state of the database and locks nobody out."""
    with engine.connect().execution_options(read_only=True) as connection, connection.begin():
        yield connection


def upsert(
    connection: Connection,
    table: Table,
    row: Mapping[str, Any],
    changes: Mapping[str, Any] | None = None,
    *,
    keep: bool = False,
) -> sqlite.Insert | postgresql.Insert:
    """Return a statement that inserts a row, or changes the one that has its primary key.

    Args:
        connection: Whose dialect it is for.
        table: Where to.
        row: The new row.
        changes: What becomes of the row that is there; None: its columns get the new row's values.
        keep: Leave a row that is there, or has the same unique key, as it is; `rowcount` tells.
    """
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table).values(**row)
    if keep:
        return statement.on_conflict_do_nothing().inline().execution_options(preserve_rowcount=True)
    key = [column.name for column in table.primary_key]
    new = changes or {name: statement.excluded[name] for name in row if name not in key}
    return statement.on_conflict_do_update(index_elements=key, set_=new)


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Turn what a driver raises into words for the operator; a password never shows."""
    try:
        yield
    except NewerSchemaError as error:
        raise StorageError(url, str(error), "install that release again, or use another database") from None
    except ArgumentError:
        raise StorageError(url, "not a database URL", "use sqlite:///kiosk.db or postgresql://...") from None
    except (SQLAlchemyError, OSError) as error:
        problem = str(getattr(error, "orig", None) or error).splitlines()[0]
        if url.startswith(_POSTGRES):
            raise StorageError(url, problem, _POSTGRES_REMEDY) from None
        raise StorageError(url, problem) from None


def _sqlite(url: URL, durable: bool) -> Engine:
    in_memory = url.database in (None, "", ":memory:")
    options: dict[str, Any] = {"poolclass": StaticPool} if in_memory else {}
    if not in_memory:
        # Nobody else on the machine reads a file that this process creates.
        Path(str(url.database)).touch(mode=0o600, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False}, **options)
    event.listen(engine, "connect", partial(_prepare, durable))
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(durable: bool, connection: Any, _: object) -> None:
    # The driver would begin transactions by itself, but not before a change of the schema.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A transaction that begins to read and then writes cannot wait for another writer, it fails at once.
    reads = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _postgres(url: str, parsed: URL) -> Engine:
    if parsed.drivername not in _POSTGRES:
        raise StorageError(url, "not a database URL that the kiosk knows", "use sqlite:///kiosk.db or postgresql://...")
    if find_spec("psycopg") is None:
        raise StorageError(url, "PostgreSQL support is not installed", "pip install 'kiosk-agent[postgres]'")
    return create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        connect_args={"connect_timeout": _CONNECT_S},
        pool_pre_ping=True,
        pool_size=2,
    )
