"""Erasing conversations from the tables: the ledger's rows go, orders stay for the books and forget whose they were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, select, update

from kiosk.serving.ledger import digest
from kiosk.storage.database import database, reading
from kiosk.storage.tables import orders, outbox, serving_attempts, webhooks

_BATCH = 500


def erase_conversations(url: str, thread_ids: Sequence[str]) -> int:
    """Delete the attempts of conversations and take their names off orders; return how many rows there were.

    Raises:
        StorageError: The database cannot be used.
    """
    with database(url) as engine, engine.begin() as connection:
        found = 0
        for batch in _batches(thread_ids):
            found += connection.execute(delete(serving_attempts).where(_attempts_of(batch))).rowcount
            named = update(orders).where(orders.c.thread_id.in_(batch))
            found += connection.execute(named.values(thread_id=None, contacts={})).rowcount
            messages = update(outbox).where(outbox.c.thread_id.in_(batch))
            found += connection.execute(messages.values(thread_id=None)).rowcount
        return found


def rows_of(url: str, thread_ids: Sequence[str]) -> int:
    """Return how many rows still tell of these conversations.

    Raises:
        StorageError: The database cannot be used.
    """
    with database(url) as engine, reading(engine) as connection:
        counts = (
            select(func.count()).select_from(table).where(is_of)
            for batch in _batches(thread_ids)
            for table, is_of in (
                (serving_attempts, _attempts_of(batch)),
                (orders, orders.c.thread_id.in_(batch)),
                (outbox, outbox.c.thread_id.in_(batch)),
            )
        )
        return sum(connection.execute(statement).scalar_one() for statement in counts)


def forget_messages(url: str, before: datetime) -> int:
    """Delete messages that were delivered, and those of the terminal that were taken, before a moment.

    Raises:
        StorageError: The database cannot be used.
    """
    with database(url) as engine, engine.begin() as connection:
        sent = connection.execute(delete(outbox).where(outbox.c.delivered_at < before)).rowcount
        return sent + connection.execute(delete(webhooks).where(webhooks.c.at < before)).rowcount


def _attempts_of(thread_ids: Sequence[str]) -> ColumnElement[bool]:
    """The ledger knows conversations by digests of their ids alone."""
    return serving_attempts.c.thread.in_([digest(thread_id) for thread_id in thread_ids])


def _batches(thread_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (thread_ids[start : start + _BATCH] for start in range(0, len(thread_ids), _BATCH))
