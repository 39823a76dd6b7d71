"""Locks between processes, on whichever machines: advisory locks of the PostgreSQL that keeps the conversations."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import psycopg

from graph.errors import StorageError

# A machine that is gone without a word loses its locks before others give up waiting for them.
_SETTINGS = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
_REMEDY = "start PostgreSQL; KIOSK_DATABASE_URL must not lead through a pooler that shares sessions between clients"
_LOCK, _TURNSTILE = "hashtextextended(%(thread)s, 0)", "hashtextextended(%(thread)s, 1)"
# CASE is evaluated from the left and no further than needed.
_ENTER = f"""
SELECT CASE
    WHEN NOT pg_try_advisory_lock({_TURNSTILE}) THEN NULL
    WHEN pg_try_advisory_lock({_LOCK}) THEN pg_advisory_unlock({_TURNSTILE})
    ELSE false
END
"""
_PASS = f"SELECT CASE WHEN pg_try_advisory_lock({_LOCK}) THEN pg_advisory_unlock({_TURNSTILE}) ELSE false END"
_RELEASE = f"SELECT pg_advisory_unlock({_LOCK})"
_LEAVE = f"SELECT pg_advisory_unlock({_TURNSTILE})"


class PostgresLocks:
    """One session holds the locks of all turns of a process; two round trips a turn.

    Within a session an advisory lock can be taken again and again, so `graph.turns` keeps the turns of one process
    apart. What a session holds ends with it: a turn whose connection breaks has lost its lock, and most likely its
    database.
    """

    waits = True

    def __init__(self, url: str, connect_s: int) -> None:
        """Connect with the first attempt."""
        self._url = url
        self._connect_s = connect_s
        self._mutex = threading.Lock()
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None
        self._queued: set[str] = set()
        self._held: set[str] = set()

    def attempt(self, thread_id: str) -> bool:
        """Try to take a lock, or the place before it.

        Raises:
            StorageError: The server cannot be reached.
        """
        with self._mutex:
            try:
                try:
                    return self._attempt(thread_id)
                except psycopg.OperationalError:
                    # The server may have been restarted since the last turn.
                    self._disconnect()
                    return self._attempt(thread_id)
            except psycopg.Error as error:
                self._disconnect()
                raise StorageError(self._url, str(error), _REMEDY) from None

    def release(self, thread_id: str) -> None:
        """Let go of a lock and of the place before it; what a broken connection held is free already."""
        with self._mutex:
            statements = [_LEAVE] if thread_id in self._queued else []
            if thread_id in self._held:
                statements.append(_RELEASE)
            self._queued.discard(thread_id)
            self._held.discard(thread_id)
            try:
                for statement in statements:
                    self._ask(statement, thread_id)
            except psycopg.Error:
                self._disconnect()

    def close(self) -> None:
        """Let go of all locks."""
        with self._mutex:
            self._disconnect()

    def _attempt(self, thread_id: str) -> bool:
        if thread_id in self._queued:
            answer = self._ask(_PASS, thread_id)
        else:
            answer = self._ask(_ENTER, thread_id)
            if answer is not None:
                self._queued.add(thread_id)
        if answer:
            self._queued.remove(thread_id)
            self._held.add(thread_id)
        return bool(answer)

    def _ask(self, statement: str, thread_id: str) -> bool | None:
        given: Mapping[str, str] = {"thread": thread_id}
        row = self._connected().execute(statement, given, prepare=True).fetchone()
        return None if row is None else row[0]

    def _connected(self) -> psycopg.Connection[tuple[Any, ...]]:
        if self._connection is None:
            self._connection = psycopg.connect(
                self._url,
                autocommit=True,
                connect_timeout=self._connect_s,
                options=_SETTINGS,
                application_name="kiosk-locks",
            )
        return self._connection

    def _disconnect(self) -> None:
        """Forget what the session held: the server has freed it, or frees it now."""
        self._queued.clear()
        self._held.clear()
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
            self._connection = None
