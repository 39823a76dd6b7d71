"""Erasing what the ledger and the desk hold of conversations; the ledger knows them by digests of their ids alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Table, delete, func, select

from kiosk.serving.ledger import digest
from kiosk.storage.database import database, reading
from kiosk.storage.tables import serving_attempts, sessions, staff_calls

_BATCH = 500


def erase_conversations(url: str, thread_ids: Sequence[str]) -> tuple[int, int]:
    """Delete the attempts of conversations, and their sessions with calls for staff; return how many rows of each.

    Raises:
        StorageError: The database cannot be used.
    """
    with database(url) as engine, engine.begin() as connection:
        rows = [
            sum(connection.execute(delete(table).where(column.in_(batch))).rowcount for batch in _batches(ids))
            for table, column, ids in _places(thread_ids)
        ]
    return rows[0], sum(rows[1:])


def rows_of(url: str, thread_ids: Sequence[str]) -> int:
    """Return how many rows of these conversations there are.

    Raises:
        StorageError: The database cannot be used.
    """
    with database(url) as engine, reading(engine) as connection:
        return sum(
            connection.execute(select(func.count()).select_from(table).where(column.in_(batch))).scalar_one()
            for table, column, ids in _places(thread_ids)
            for batch in _batches(ids)
        )


def sessions_silent_since(url: str, moment: datetime) -> list[str]:
    """Return the conversations of sessions without a sign of the customer since a moment.

    Raises:
        StorageError: The database cannot be used.
    """
    with database(url) as engine, reading(engine) as connection:
        return [*connection.execute(select(sessions.c.thread_id).where(sessions.c.seen_at < moment)).scalars()]


def _places(thread_ids: Sequence[str]) -> list[tuple[Table, Column[Any], list[str]]]:
    """Return where conversations leave rows, with what stands for them there."""
    ids = [*thread_ids]
    return [
        (serving_attempts, serving_attempts.c.thread, [digest(thread_id) for thread_id in ids]),
        (sessions, sessions.c.thread_id, ids),
        (staff_calls, staff_calls.c.thread_id, ids),
    ]


def _batches(ids: list[str]) -> list[list[str]]:
    return [ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH)]
