"""Checkpoints in PostgreSQL, for several processes; bounded per conversation like those in SQLite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata
from langgraph.checkpoint.postgres import PostgresSaver
from psycopg import Connection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool, PoolTimeout

from graph.errors import StorageError
from graph.metadata import checkpoint_id_at, own_metadata, without_callers_values
from graph.postgres_locks import PostgresLocks
from graph.serializer import serializer
from graph.threaded import ThreadedSaver
from kiosk.storage.postgres import CONNECT_S, PATIENT_S, REMEDY, connecting

KEPT = 24
_SLACK = 8
_NAMESPACE = "thread_id = %(thread)s AND checkpoint_ns = %(ns)s"
_LATEST = f"""
SELECT checkpoint_id FROM checkpoints WHERE {_NAMESPACE} ORDER BY checkpoint_id DESC LIMIT 1 OFFSET %(offset)s
"""
_UNUSED = """
NOT EXISTS (
    SELECT 1 FROM checkpoints c
    WHERE c.thread_id = b.thread_id AND c.checkpoint_ns = b.checkpoint_ns
    AND c.checkpoint -> 'channel_versions' ->> b.channel = b.version
)
"""
_DROP = (
    f"DELETE FROM checkpoints WHERE {_NAMESPACE} AND checkpoint_id < %(oldest)s",
    f"DELETE FROM checkpoint_writes WHERE {_NAMESPACE} AND checkpoint_id < %(oldest)s",
    f"DELETE FROM checkpoint_blobs b WHERE {_NAMESPACE} AND {_UNUSED}",
)
_DROP_RUNS = """
DELETE FROM checkpoints WHERE metadata ->> 'run_id' = ANY(%(runs)s) RETURNING thread_id, checkpoint_ns, checkpoint_id
"""
_DROP_WRITES = f"DELETE FROM checkpoint_writes WHERE {_NAMESPACE} AND checkpoint_id = %(id)s"
_DROP_BLOBS = f"DELETE FROM checkpoint_blobs b WHERE thread_id = ANY(%(threads)s) AND {_UNUSED}"

_TABLES = ("checkpoints", "checkpoint_writes", "checkpoint_blobs")
_SILENT = "SELECT thread_id FROM checkpoints GROUP BY thread_id HAVING MAX(checkpoint_id) < %(first)s"
_COLUMNS = {
    "checkpoint_blobs": "checkpoint_ns, channel, version, type, blob",
    "checkpoints": "checkpoint_ns, checkpoint_id, parent_checkpoint_id, type, checkpoint, metadata",
    "checkpoint_writes": "checkpoint_ns, checkpoint_id, task_id, idx, channel, type, blob, task_path",
}
_ROWS = "SELECT DISTINCT thread_id FROM {} WHERE thread_id = ANY(%s)"


class PostgresCheckpoints(ThreadedSaver, PostgresSaver):
    """A pool of connections; several processes may use one database."""

    def __init__(self, url: str, key: str | None = None) -> None:
        """Connect and create the tables.

        Args:
            url: Where the database is.
            key: What the key for the contents is derived from; None writes them in clear.

        Raises:
            StorageError: The server cannot be reached or refuses.
        """
        self._url = url
        pool = _pool(url)
        with self._explained():
            # A pool waits for a server that may come up; a refusal should be told at once.
            with self._patiently() as connection:
                PostgresSaver(connection).setup()
            try:
                pool.open(wait=True, timeout=CONNECT_S)
                super().__init__(pool, serde=serializer(key))
            except BaseException:
                pool.close()
                raise
        self._pool = pool
        self.thread_locks = PostgresLocks(url, CONNECT_S)

    def close(self) -> None:
        """Close the connections."""
        self.thread_locks.close()
        self._pool.close()

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
        namespace = {"thread": str(saved["configurable"]["thread_id"]), "ns": saved["configurable"]["checkpoint_ns"]}
        with self._cursor() as cursor:
            if cursor.execute(_LATEST, {**namespace, "offset": KEPT + _SLACK - 1}).fetchone() is None:
                return saved
            oldest = cursor.execute(_LATEST, {**namespace, "offset": KEPT - 1}).fetchone()
            with cursor.connection.transaction():
                for statement in _DROP if oldest else ():
                    cursor.execute(statement, {**namespace, "oldest": oldest["checkpoint_id"] if oldest else ""})
        return saved

    def silent_since(self, moment: datetime) -> list[str]:
        """Return the conversations without a word since a moment."""
        with self._cursor() as cursor:
            found = cursor.execute(_SILENT, {"first": checkpoint_id_at(moment)}).fetchall()
        return [str(row["thread_id"]) for row in found]

    def erase(self, thread_ids: Sequence[str]) -> int:
        """Delete conversations and free their rows; return how many there were."""
        known = self.traces_of(thread_ids)
        for thread_id in thread_ids:
            self.delete_thread(thread_id)
        with self._explained(), self._patiently() as connection:
            for table in _TABLES:
                connection.execute(f"VACUUM {table}")
        return known

    def traces_of(self, thread_ids: Sequence[str]) -> int:
        """Return how many of these conversations have rows; the server's own files are out of reach."""
        with self._cursor() as cursor:
            rows = [row for table in _TABLES for row in cursor.execute(_ROWS.format(table), [[*thread_ids]]).fetchall()]
        return len({row["thread_id"] for row in rows})

    def delete_for_runs(self, run_ids: Sequence[str]) -> None:
        """Delete all checkpoints, with their writes and values, that the given runs have saved."""
        with self._cursor() as cursor, cursor.connection.transaction():
            rows = cursor.execute(_DROP_RUNS, {"runs": [*map(str, run_ids)]}).fetchall()
            for row in rows:
                found = {"thread": row["thread_id"], "ns": row["checkpoint_ns"], "id": row["checkpoint_id"]}
                cursor.execute(_DROP_WRITES, found)
            cursor.execute(_DROP_BLOBS, {"threads": [*{row["thread_id"] for row in rows}]})

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Copy all checkpoints, writes and values of a conversation to another id."""
        with self._cursor() as cursor, cursor.connection.transaction():
            for table, columns in _COLUMNS.items():
                cursor.execute(
                    f"INSERT INTO {table} (thread_id, {columns}) SELECT %(to)s, {columns} FROM {table}"
                    " WHERE thread_id = %(from)s ON CONFLICT DO NOTHING",
                    {"from": str(source_thread_id), "to": str(target_thread_id)},
                )

    @contextmanager
    def _cursor(self, *, pipeline: bool = False) -> Iterator[Any]:
        with self._explained(), super()._cursor(pipeline=pipeline) as cursor:
            yield cursor

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (psycopg.Error, PoolTimeout) as error:
            raise StorageError(self._url, str(error), otherwise=REMEDY) from None

    @contextmanager
    def _patiently(self) -> Iterator[Connection[DictRow]]:
        """Yield a connection for what may take long, as changing and tidying up tables does."""
        patient = connecting(self._url, lock_s=PATIENT_S, statement_s=0)
        with psycopg.connect(self._url, **_OPTIONS, **patient) as connection:
            yield connection


_OPTIONS: dict[str, Any] = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}


def _pool(url: str) -> ConnectionPool[Connection[DictRow]]:
    """Return a pool that hands out no dead connection, and is there again seconds after its server is.

    A pool's own attempts to connect come at pauses that double for as long as the server is gone. They are given up
    soon: the next turn begins anew.
    """
    return ConnectionPool[Connection[DictRow]](
        url,
        kwargs={**_OPTIONS, **connecting(url)},
        min_size=1,
        max_size=8,
        open=False,
        check=ConnectionPool.check_connection,
        timeout=CONNECT_S,
        reconnect_timeout=CONNECT_S,
    )
