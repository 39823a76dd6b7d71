"""Open the database that a URL names: right pragmas, right driver, newest schema, clear errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from json import JSONDecodeError
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, false
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from kiosk.storage.errors import StorageError
from kiosk.storage.schema import NewerSchemaError, upgrade
from kiosk.storage.tables import serving_attempts

BUSY_TIMEOUT_S = 5.0
_POOL_S = 5
_POSTGRES = ("postgres", "postgresql", "postgresql+psycopg")


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
    """Find out whether a database can be written to, and whether a file of SQLite is whole.

    Raises:
        StorageError: It cannot, or is not.
    """
    with database(url) as engine:
        touch(engine, serving_attempts)
        if engine.dialect.name == "sqlite":
            with reading(engine) as connection:
                found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
            if found != "ok":
                raise StorageError(url, f"damaged: {found}")


def touch(engine: Engine, table: Table) -> None:
    """Begin to write and change nothing; it fails like what does where a database is read-only, locked or gone."""
    with engine.begin() as connection:
        connection.execute(table.delete().where(false()))


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
    except (JSONDecodeError, UnicodeDecodeError) as error:
        raise StorageError(url, f"a stored row is damaged ({type(error).__name__})") from None
    except (SQLAlchemyError, OSError) as error:
        problem = str(getattr(error, "orig", None) or error)
        if url.startswith(_POSTGRES) and find_spec("psycopg") is not None:
            remedy: str = import_module("kiosk.storage.postgres").REMEDY
            raise StorageError(url, problem, otherwise=remedy) from None
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
    # Not as SQLAlchemy would write it again: that writes a space as a plus sign, which libpq takes for one.
    plain = f"postgresql://{url.partition('://')[2]}"
    return create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        connect_args=import_module("kiosk.storage.postgres").connecting(plain),
        pool_pre_ping=True,
        pool_size=8,
        max_overflow=4,
        pool_timeout=_POOL_S,
    )
