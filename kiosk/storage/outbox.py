"""What is still to be delivered: written in the transaction that makes it true, delivered afterwards, in order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select, update

from kiosk.storage.database import upsert
from kiosk.storage.store import Store
from kiosk.storage.tables import outbox


@dataclass(frozen=True)
class Delivery:
    """A message that a process has taken to deliver it."""

    id: int
    kiosk_id: str
    channel: str
    key: str
    thread_id: str | None
    body: dict[str, Any]
    attempts: int


@dataclass(frozen=True)
class Waiting:
    """How much is not delivered yet, and since when the oldest of it waits."""

    messages: int
    since: datetime | None

    @property
    def seconds(self) -> float:
        """How long the oldest has been waiting; 0 where nothing waits."""
        return 0.0 if self.since is None else max(0.0, (datetime.now(UTC) - self.since).total_seconds())


class Outbox:
    """Messages of all kiosks that share a database."""

    def __init__(self, store: Store) -> None:
        """Work on a database."""
        self._store = store

    def put(
        self, connection: Connection, kiosk_id: str, channel: str, key: str, thread_id: str | None, body: dict[str, Any]
    ) -> None:
        """Queue a message within the caller's transaction; the same key again changes nothing."""
        now = datetime.now(UTC)
        row = {
            "kiosk_id": kiosk_id,
            "channel": channel,
            "key": key,
            "thread_id": thread_id,
            "body": body,
            "created_at": now,
            "due_at": now,
            "attempts": 0,
        }
        connection.execute(upsert(connection, outbox, row, keep=True))

    def take(self, channel: str, lease: timedelta) -> Delivery | None:
        """Take the message of a channel that is due longest; of each kiosk only the oldest one may go.

        Args:
            channel: Who is to be told.
            lease: For how long other processes leave it alone.

        Raises:
            StorageError: The database cannot be used.
        """
        now = datetime.now(UTC)
        is_waiting = outbox.c.delivered_at.is_(None) & (outbox.c.channel == channel)
        first = select(func.min(outbox.c.id)).where(is_waiting).group_by(outbox.c.kiosk_id)
        is_free = outbox.c.leased_until.is_(None) | (outbox.c.leased_until < now)
        found = select(outbox).where(outbox.c.id.in_(first), outbox.c.due_at <= now, is_free).order_by(outbox.c.due_at)
        with self._store.reading() as connection:
            row = connection.execute(found.limit(1)).mappings().first()
        if row is None:
            return None
        taken = update(outbox).where(outbox.c.id == row["id"], outbox.c.delivered_at.is_(None), is_free)
        with self._store.writing() as connection:
            if connection.execute(taken.values(leased_until=now + lease)).rowcount != 1:
                return None
        return Delivery(**{name: row[name] for name in Delivery.__dataclass_fields__})

    def delivered(self, delivery: Delivery) -> None:
        """Note that a message has arrived.

        Raises:
            StorageError: The database cannot be used; the message will be delivered again, with the same key.
        """
        with self._store.writing() as connection:
            done = {"delivered_at": datetime.now(UTC), "attempts": delivery.attempts + 1, "leased_until": None}
            connection.execute(update(outbox).where(outbox.c.id == delivery.id).values(error=None, **done))

    def failed(self, delivery: Delivery, error: str, pause: timedelta) -> None:
        """Note that a message has not arrived, and when to try again.

        Raises:
            StorageError: The database cannot be used.
        """
        with self._store.writing() as connection:
            again = {"due_at": datetime.now(UTC) + pause, "attempts": delivery.attempts + 1, "leased_until": None}
            connection.execute(update(outbox).where(outbox.c.id == delivery.id).values(error=error, **again))

    def waiting(self) -> Waiting:
        """Return how much is not delivered yet.

        Raises:
            StorageError: The database cannot be used.
        """
        statement = select(func.count(), func.min(outbox.c.created_at)).where(outbox.c.delivered_at.is_(None))
        with self._store.reading() as connection:
            messages, since = connection.execute(statement).one()
            return Waiting(messages, since)
