"""Where the vault's rows are kept: SQLite in a file of its own or in memory, or a table of PostgreSQL."""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from kiosk.privacy.vault import Vault, VaultError
from kiosk.storage.raw import found_in_files

MEMORY = ":memory:"
_BUSY_TIMEOUT_S = 5.0
_OWNER_ONLY = 0o600
_KEY_BYTES = 32
_TABLE = """
CREATE TABLE IF NOT EXISTS kiosk_vault (
    name TEXT PRIMARY KEY, sealed {blob} NOT NULL, used_at {number} NOT NULL, is_empty INTEGER NOT NULL
)
"""
_READ = "SELECT sealed, used_at FROM kiosk_vault WHERE name = ?"
_WRITE = """
INSERT INTO kiosk_vault (name, sealed, used_at, is_empty) VALUES (?, ?, ?, ?)
ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed, used_at = excluded.used_at, is_empty = excluded.is_empty
"""
_DELETE = "DELETE FROM kiosk_vault WHERE name = ?"
_USED_BEFORE = "SELECT name FROM kiosk_vault WHERE used_at < ? AND is_empty <= ?"


def open_vault(url: str, key: str | None, lifetime: timedelta) -> Vault:
    """Return the vault at `sqlite:///file`, `sqlite:///:memory:` or a PostgreSQL URL; its first use opens it.

    Args:
        url: Where originals are kept.
        key: The operator's key; None makes one.
        lifetime: How long after its last private turn a conversation's originals stay.

    Raises:
        VaultError: Another kind of URL, or PostgreSQL without a key.
    """
    if url.startswith("sqlite://"):
        path = url.removeprefix("sqlite://").removeprefix("/")
        return Vault(SqliteRows(path or MEMORY, key), lifetime)
    if url.startswith(("postgresql://", "postgres://", "postgresql+psycopg://")):
        return Vault(PostgresRows("postgresql://" + url.partition("://")[2], key), lifetime)
    raise VaultError(
        "KIOSK_VAULT_URL: not a URL that the kiosk knows; use sqlite:///kiosk-vault.db or postgresql://..."
    )


def key_file(vault: Path) -> Path:
    """Return where the key of a vault in a file is kept, as long as the operator sets none."""
    return vault.with_suffix(".key")


class _Row:
    def __init__(self, run: Any, name: str) -> None:
        self._run = run
        self._name = name

    def read(self) -> tuple[bytes, float] | None:
        found = self._run(_READ, (self._name,)).fetchone()
        return None if found is None else (bytes(found[0]), float(found[1]))

    def write(self, sealed: bytes, used_at: float, *, is_empty: bool) -> None:
        self._run(_WRITE, (self._name, sealed, used_at, int(is_empty)))

    def erase(self) -> None:
        self._run(_DELETE, (self._name,))


class SqliteRows:
    """One connection behind a lock, opened at first use; a file is readable by its owner only."""

    def __init__(self, path: str, key: str | None) -> None:
        """Open nothing yet.

        Args:
            path: A file, or `:memory:`.
            key: What the operator set; None makes a key, which for a file is kept in a file beside it.
        """
        self._path = path
        self._key = key
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._secret: bytes | None = None

    @property
    def secret(self) -> bytes:
        """See `Rows`."""
        with self._lock, self._explained():
            if self._secret is None:
                self._secret = self._key.encode() if self._key else self._made_key()
            return self._secret

    @contextmanager
    def row(self, name: str) -> Iterator[_Row]:
        """See `Rows`."""
        with self._transaction() as connection:
            yield _Row(connection.execute, name)

    def used_before(self, moment: float, *, with_originals: bool) -> list[str]:
        """See `Rows`."""
        with self._transaction() as connection:
            return [name for (name,) in connection.execute(_USED_BEFORE, (moment, 0 if with_originals else 1))]

    def delete(self, names: Iterable[str]) -> int:
        """See `Rows`."""
        with self._lock:
            with self._transaction() as connection:
                deleted = sum(connection.execute(_DELETE, (name,)).rowcount for name in names)
            if deleted == 0:
                return 0
            with self._explained():
                self._opened().execute("VACUUM")
                self._opened().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return deleted

    def traces_of(self, names: Iterable[str]) -> int:
        """See `Rows`."""
        with self._explained():
            return found_in_files(names, _files(self._path))

    def close(self) -> None:
        """See `Rows`."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._explained():
            connection = self._opened()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            if self._path != MEMORY:
                Path(self._path).touch(mode=_OWNER_ONLY, exist_ok=True)
            connection = sqlite3.connect(
                self._path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            # Erased rows are overwritten in the file, not only unlinked.
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute(_TABLE.format(blob="BLOB", number="REAL"))
            self._connection = connection
        return self._connection

    def _made_key(self) -> bytes:
        if self._path == MEMORY:
            return secrets.token_bytes(_KEY_BYTES)
        path = key_file(Path(self._path))
        with suppress(FileExistsError):
            # Created and written under another name first, so that no second process ever reads half a key.
            fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
            with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "wb") as file:
                file.write(secrets.token_bytes(_KEY_BYTES))
            try:
                os.link(fresh, path)
            finally:
                fresh.unlink()
        return path.read_bytes()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            remedy = "set KIOSK_VAULT_URL to a place that this process can write"
            raise VaultError(f"sqlite:///{self._path}: {type(error).__name__}; {remedy}") from None


def _files(path: str) -> list[Path]:
    found = [] if path == MEMORY else [Path(path + suffix) for suffix in ("", "-wal", "-journal")]
    return [file for file in found if file.exists()]


class PostgresRows:
    """A table of a PostgreSQL database, for several processes; they share the operator's key."""

    def __init__(self, url: str, key: str | None) -> None:
        """Connect to nothing yet.

        Raises:
            VaultError: No key is set.
        """
        if not key:
            raise VaultError("KIOSK_ENCRYPTION_KEY: must be set where several processes share a vault in PostgreSQL")
        self.secret = key.encode()
        self._url = url
        self._lock = threading.RLock()
        self._connection: Any = None

    @contextmanager
    def row(self, name: str) -> Iterator[_Row]:
        """See `Rows`."""
        with self._transaction() as run:
            run("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", (name,))
            yield _Row(run, name)

    def used_before(self, moment: float, *, with_originals: bool) -> list[str]:
        """See `Rows`."""
        with self._transaction() as run:
            return [name for (name,) in run(_USED_BEFORE, (moment, 0 if with_originals else 1))]

    def delete(self, names: Iterable[str]) -> int:
        """See `Rows`."""
        with self._transaction() as run:
            deleted = sum(int(run(_DELETE, (name,)).rowcount) for name in names)
        with self._lock, self._explained():
            connection = self._opened()
            connection.execute("SET statement_timeout = 0")
            connection.execute("VACUUM kiosk_vault")
            connection.execute("RESET statement_timeout")
        return deleted

    def traces_of(self, names: Iterable[str]) -> int:
        """See `Rows`; the server's files are out of reach, so its rows are counted."""
        with self._transaction() as run:
            found = [name for name in names if run(_READ, (name,)).fetchone() is not None]
        return len(found)

    def close(self) -> None:
        """See `Rows`."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    @contextmanager
    def _transaction(self) -> Iterator[Any]:
        with self._lock, self._explained():
            connection = self._opened()
            with connection.transaction():
                yield lambda sql, values: connection.execute(sql.replace("?", "%s"), values)

    def _opened(self) -> Any:
        """Return a connection that is alive: what is said to a dead one is lost, and it is a customer's."""
        if self._connection is not None and not self._is_alive():
            self._connection.close()
            self._connection = None
        if self._connection is None:
            options = import_module("kiosk.storage.postgres").connecting(self._url)
            self._connection = import_module("psycopg").connect(self._url, autocommit=True, **options)
            self._connection.execute(_TABLE.format(blob="BYTEA", number="DOUBLE PRECISION"))
        return self._connection

    def _is_alive(self) -> bool:
        try:
            self._connection.execute("")
        except import_module("psycopg").Error:
            return False
        return True

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except VaultError:
            raise
        except Exception as error:
            # The driver is loaded late, so its error class has no name here; its text may hold the password.
            remedy = "start PostgreSQL and set KIOSK_VAULT_URL"
            raise VaultError(f"vault in PostgreSQL: {type(error).__name__}; {remedy}") from None
