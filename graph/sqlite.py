"""Checkpoints in one SQLite file, for synchronous and asynchronous callers, bounded per conversation."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata, CheckpointTuple
from langgraph.checkpoint.sqlite import SqliteSaver

from graph.errors import StorageError
from graph.file_locks import open_locks
from graph.metadata import checkpoint_id_at, own_metadata, without_callers_values
from graph.serializer import serializer
from graph.threaded import ThreadedSaver
from kiosk.storage.raw import found_in_files

KEPT = 24
"""Checkpoints of a conversation that stay; a chat turn writes one."""

_SLACK = 8
_BUSY_TIMEOUT_MS = 5000
_IMPATIENT_MS = 250
"""How long is waited for a file that another program holds, when somebody has just waited the whole time in vain: all
turns share one connection, and each would wait for those before it."""
_LOG_PAGES = 256
_LATEST = """
SELECT checkpoint_id FROM checkpoints WHERE thread_id = ? AND checkpoint_ns = ?
ORDER BY checkpoint_id DESC LIMIT 1 OFFSET ?
"""

_SILENT = "SELECT thread_id FROM checkpoints GROUP BY thread_id HAVING MAX(checkpoint_id) < ?"


class SqliteCheckpoints(ThreadedSaver, SqliteSaver):
    """One connection for all threads, guarded by the saver's lock; processes of one machine may share a file."""

    def __init__(self, path: str, key: str | None = None) -> None:
        """Open or create the file and check that it can be written.

        Args:
            path: A file, or `:memory:`.
            key: What the key for the contents is derived from; None writes them in clear.

        Raises:
            StorageError: The file cannot be opened or written, or is no SQLite database.
        """
        self._path = path
        self._waits_ms = _BUSY_TIMEOUT_MS
        with self._explained():
            super().__init__(_connect(path), serde=serializer(key))
            try:
                self.setup()
                self.conn.execute("BEGIN IMMEDIATE")
                self.conn.rollback()
                self.thread_locks = open_locks(path) if path != ":memory:" else None
            except (sqlite3.Error, OSError):
                self.conn.close()
                raise

    def close(self) -> None:
        """Close the connection; the file is complete then."""
        with self.lock:
            self.conn.close()
        if self.thread_locks is not None:
            self.thread_locks.close()

    @contextmanager
    def cursor(self, transaction: bool = True) -> Iterator[sqlite3.Cursor]:
        """Yield a cursor; what fails is undone and explained."""
        with self._explained(), self.lock:
            cursor = self.conn.cursor()
            try:
                yield cursor
                if transaction:
                    self.conn.commit()
            except BaseException as error:
                self.conn.rollback()
                self._wait(_IMPATIENT_MS if _is_locked(error) else self._waits_ms)
                raise
            else:
                self._wait(_BUSY_TIMEOUT_MS if transaction else self._waits_ms)
            finally:
                cursor.close()

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Return a checkpoint; one whose bytes are damaged is a fault of the storage."""
        try:
            return super().get_tuple(config)
        except (ValueError, zlib.error) as error:
            problem = f"a stored conversation is damaged ({type(error).__name__})"
            raise StorageError(f"sqlite:///{self._path}", problem) from None

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Save a checkpoint, and every few turns drop those that have become too old."""
        own = own_metadata(config, metadata)
        saved = super().put(without_callers_values(config), checkpoint, own, new_versions)
        namespace = (str(saved["configurable"]["thread_id"]), str(saved["configurable"]["checkpoint_ns"]))
        with self.cursor(transaction=False) as cursor:
            is_long = cursor.execute(_LATEST, (*namespace, KEPT + _SLACK - 1)).fetchone()
        if is_long:
            self._drop_before(namespace, KEPT)
        return saved

    def prune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """Keep the latest checkpoint of each namespace (`keep_latest`) or nothing (`delete`).

        Raises:
            ValueError: Another strategy.
        """
        if strategy not in ("keep_latest", "delete"):
            raise ValueError(f"strategy: {strategy!r}; use keep_latest or delete")
        for thread_id in map(str, thread_ids):
            if strategy == "delete":
                self.delete_thread(thread_id)
                continue
            with self.cursor(transaction=False) as cursor:
                found = cursor.execute(
                    "SELECT DISTINCT checkpoint_ns FROM checkpoints WHERE thread_id = ?", (thread_id,)
                ).fetchall()
            for (namespace,) in found:
                self._drop_before((thread_id, namespace), 1)

    def silent_since(self, moment: datetime) -> list[str]:
        """Return the conversations without a word since a moment."""
        with self.cursor(transaction=False) as cursor:
            return [str(name) for (name,) in cursor.execute(_SILENT, (checkpoint_id_at(moment),))]

    def erase(self, thread_ids: Sequence[str]) -> int:
        """Delete conversations, also from the pages and the log of the file; return how many there were."""
        known = [thread_id for thread_id in thread_ids if self._holds(thread_id)]
        for thread_id in known:
            self.delete_thread(thread_id)
        if not thread_ids:
            return 0
        with self._explained(), self.lock:
            self.conn.execute("VACUUM")
            self.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return len(known)

    def traces_of(self, thread_ids: Sequence[str]) -> int:
        """Return how many of these ids can still be found in the bytes of the files."""
        with self._explained(), self.lock:
            files = [Path(self._path + suffix) for suffix in ("", "-wal", "-journal")]
            there = [file for file in files if self._path != ":memory:" and file.exists()]
            return found_in_files(thread_ids, there)

    def _wait(self, milliseconds: int) -> None:
        """Wait so long for other programs from now on."""
        if milliseconds != self._waits_ms:
            self.conn.execute(f"PRAGMA busy_timeout = {milliseconds}")
            self._waits_ms = milliseconds

    def _holds(self, thread_id: str) -> bool:
        with self.cursor(transaction=False) as cursor:
            return cursor.execute("SELECT 1 FROM checkpoints WHERE thread_id = ?", (thread_id,)).fetchone() is not None

    def delete_for_runs(self, run_ids: Sequence[str]) -> None:
        """Delete all checkpoints, with their writes, that the given runs have saved."""
        with self.cursor() as cursor:
            for run_id in run_ids:
                rows = cursor.execute(
                    "SELECT thread_id, checkpoint_ns, checkpoint_id FROM checkpoints"
                    " WHERE json_extract(CAST(metadata AS TEXT), '$.run_id') = ?",
                    (str(run_id),),
                ).fetchall()
                for table in ("checkpoints", "writes"):
                    cursor.executemany(
                        f"DELETE FROM {table} WHERE thread_id = ? AND checkpoint_ns = ? AND checkpoint_id = ?", rows
                    )

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Copy all checkpoints and writes of a conversation to another id."""
        with self.cursor() as cursor:
            for table, columns in _COLUMNS.items():
                cursor.execute(
                    f"INSERT OR REPLACE INTO {table} (thread_id, {columns}) SELECT ?, {columns} FROM {table}"
                    " WHERE thread_id = ?",
                    (str(target_thread_id), str(source_thread_id)),
                )

    def _drop_before(self, namespace: tuple[str, str], kept: int) -> None:
        with self.cursor() as cursor:
            oldest = cursor.execute(_LATEST, (*namespace, kept - 1)).fetchone()
            for table in ("checkpoints", "writes") if oldest else ():
                cursor.execute(
                    f"DELETE FROM {table} WHERE thread_id = ? AND checkpoint_ns = ? AND checkpoint_id < ?",
                    (*namespace, *oldest),
                )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StorageError(f"sqlite:///{self._path}", str(error)) from None


_COLUMNS = {
    "checkpoints": "checkpoint_ns, checkpoint_id, parent_checkpoint_id, type, checkpoint, metadata",
    "writes": "checkpoint_ns, checkpoint_id, task_id, task_path, idx, channel, type, value",
}


def _is_locked(error: BaseException) -> bool:
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


def _connect(path: str) -> sqlite3.Connection:
    if path != ":memory:":
        # Conversations are personal data: nobody else on the machine reads a file that this process creates.
        Path(path).touch(mode=0o600, exist_ok=True)
    connection = sqlite3.connect(path, check_same_thread=False)
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
    # What is deleted is overwritten, not only unlinked.
    connection.execute("PRAGMA secure_delete = ON")
    # With a write-ahead log this can lose the last turn in a power cut, never damage the file.
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection
