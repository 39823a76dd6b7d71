"""Erasing what the ledger holds of conversations; it knows them by digests of their ids alone."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, select

from kiosk.serving.ledger import digest
from kiosk.storage.database import explained, open_database, reading
from kiosk.storage.tables import serving_attempts

_BATCH = 500


def erase_conversations(url: str, thread_ids: Sequence[str]) -> int:
    """Delete the attempts of conversations; return how many rows there were.

    Raises:
        StorageError: The database cannot be used.
    """
    engine = open_database(url)
    try:
        with explained(url), engine.begin() as connection:
            return sum(
                connection.execute(delete(serving_attempts).where(serving_attempts.c.thread.in_(batch))).rowcount
                for batch in _batches(thread_ids)
            )
    finally:
        engine.dispose()


def rows_of(url: str, thread_ids: Sequence[str]) -> int:
    """Return how many attempts of these conversations there are.

    Raises:
        StorageError: The database cannot be used.
    """
    engine = open_database(url)
    try:
        with explained(url), reading(engine) as connection:
            counted = select(func.count()).select_from(serving_attempts)
            found = (counted.where(serving_attempts.c.thread.in_(batch)) for batch in _batches(thread_ids))
            return sum(connection.execute(statement).scalar_one() for statement in found)
    finally:
        engine.dispose()


def _batches(thread_ids: Sequence[str]) -> list[list[str]]:
    digests = [digest(thread_id) for thread_id in thread_ids]
    return [digests[start : start + _BATCH] for start in range(0, len(digests), _BATCH)]
