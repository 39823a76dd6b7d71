"""Erasing conversations from the tables: what is theirs alone goes; orders stay for the books and lose their names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Table, delete, func, select, update

from kiosk.serving.ledger import digest
from kiosk.storage.database import database, reading
from kiosk.storage.tables import orders, outbox, serving_attempts, sessions, staff_calls, webhooks

_BATCH = 500


def erase_conversations(url: str, thread_ids: Sequence[str]) -> int:
    """Delete what tells of conversations, and take their names off orders; return how many rows there were.

    Raises:
        StorageError: The database cannot be used.
    """
    with database(url) as engine, engine.begin() as connection:
        found = 0
        for table, is_of in _places(thread_ids):
            if table is orders:
                forgetting = update(orders).where(is_of).values(thread_id=None, contacts={})
            elif table is outbox:
                forgetting = update(outbox).where(is_of).values(thread_id=None)
            else:
                found += connection.execute(delete(table).where(is_of)).rowcount
                continue
            found += connection.execute(forgetting).rowcount
        return found


def rows_of(url: str, thread_ids: Sequence[str]) -> int:
    """Return how many rows still tell of these conversations.

    Raises:
        StorageError: The database cannot be used.
    """
    with database(url) as engine, reading(engine) as connection:
        counts = (select(func.count()).select_from(table).where(is_of) for table, is_of in _places(thread_ids))
        return sum(connection.execute(count).scalar_one() for count in counts)


def sessions_silent_since(url: str, moment: datetime) -> list[str]:
    """Return the conversations of sessions without a sign of the customer since a moment.

    Raises:
        StorageError: The database cannot be used.
    """
    with database(url) as engine, reading(engine) as connection:
        return [*connection.execute(select(sessions.c.thread_id).where(sessions.c.seen_at < moment)).scalars()]


def forget_messages(url: str, before: datetime) -> int:
    """Delete messages that were delivered, and those of the terminal that were taken, before a moment.

    Raises:
        StorageError: The database cannot be used.
    """
    with database(url) as engine, engine.begin() as connection:
        sent = connection.execute(delete(outbox).where(outbox.c.delivered_at < before)).rowcount
        return sent + connection.execute(delete(webhooks).where(webhooks.c.at < before)).rowcount


def _places(thread_ids: Sequence[str]) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """Yield where conversations leave rows, and what tells which; the ledger knows them by digests of their ids."""
    for start in range(0, len(thread_ids), _BATCH):
        batch = thread_ids[start : start + _BATCH]
        yield serving_attempts, serving_attempts.c.thread.in_([digest(thread_id) for thread_id in batch])
        for table in (sessions, staff_calls, orders, outbox):
            yield table, table.c.thread_id.in_(batch)
