"""The serving ledger in a database."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

from sqlalchemy import Connection, delete

from kiosk.serving.ledger import AlertEntry, Ledger, LedgerEntry, Mark, Past, today
from kiosk.storage.breakers import forget_old, marks, told
from kiosk.storage.database import explained
from kiosk.storage.errors import StorageError
from kiosk.storage.statistics import past_since, spent_on
from kiosk.storage.store import Store
from kiosk.storage.tables import alerts, breakers, metadata, serving_attempts
from kiosk.storage.writer import Row, Writer

_LOG = logging.getLogger(__name__)
_MEMORY = (":memory:", "")
_PAST_DAYS = 7


def open_ledger(url: str, *, keep_days: int | None = None) -> Ledger:
    """Return the ledger for a database URL.

    Args:
        url: As in `settings.database_url`. A database in memory ends with the process, and so does its ledger.
        keep_days: Rows that are older are deleted; None keeps all.
    """
    if url.startswith("sqlite://") and url.removeprefix("sqlite://").removeprefix("/") in _MEMORY:
        return Ledger()
    return StoredLedger(url, keep_days=keep_days)


class StoredLedger(Ledger):
    """Writes every entry to the database, in the background; several processes may write to one database."""

    is_shared = True

    def __init__(self, url: str, *, keep_days: int | None = None) -> None:
        """Open nothing yet."""
        super().__init__()
        self.writer = Writer(self._write)
        self._store = Store(url)
        self._keep_days = keep_days
        self._summing = threading.Lock()
        self._written: tuple[date, float] = today(), 0.0
        self._others: tuple[date, float] = today(), 0.0
        self._swept: date | None = None

    def record(self, entries: Sequence[LedgerEntry]) -> None:
        """Queue the attempts of a turn; takes microseconds and never fails."""
        super().record(entries)
        self.writer.put(serving_attempts.name, entries)
        if any(entry.cost_usd for entry in entries):
            # Other processes weigh their next call against it.
            self.writer.hurry()

    def alert(self, entry: AlertEntry) -> None:
        """Queue an alert."""
        self.writer.put(alerts.name, [entry])

    def spent_today(self) -> float:
        """Return what all processes spent today, as far as this one knows: see `catch_up`."""
        return super().spent_today() + self.spent_by_others()

    def spent_by_others(self) -> float:
        """Return what other processes, and earlier ones, spent today, as far as this one knows."""
        day, others = self._others
        return others if day == today() else 0.0

    def mark(self, mark: Mark) -> None:
        """Queue what other processes should know about a model."""
        self.writer.put(breakers.name, [mark])

    def marks(self) -> Sequence[Mark]:
        """Return what processes have told about models.

        Raises:
            StorageError: The database cannot be used.
        """
        with explained(self._store.url):
            return marks(self._store.engine)

    def close(self) -> None:
        """Write what is queued and close the connections."""
        self.writer.close()
        self._store.close()

    def catch_up(self) -> None:
        """Learn what other processes, and earlier ones, spent today; a budget needs to know.

        Raises:
            StorageError: The database cannot be used.
        """
        day = today()
        # Between the writing of our own rows and their being counted as ours they would look like others'.
        with self._summing:
            with explained(self._store.url):
                total = spent_on(self._store.engine, day)
            written = self._written[1] if self._written[0] == day else 0.0
            self._others = day, max(0.0, total - written)

    def past(self) -> Sequence[Past]:
        """Return how endpoints did in the last days, in all processes.

        Raises:
            StorageError: The database cannot be used.
        """
        with explained(self._store.url):
            return past_since(self._store.engine, today() - timedelta(days=_PAST_DAYS))

    def forget(self) -> None:
        """Leave the connections to the process that this one was forked from."""
        self._summing = threading.Lock()
        self._store.forget()

    def _write(self, rows: Sequence[Row]) -> None:
        day = today()
        cost = sum(row.cost_usd for _, row in rows if isinstance(row, LedgerEntry) and row.day == day)
        with self._summing:
            with self._store.writing() as connection:
                for name, group in groupby(rows, key=lambda row: row[0]):
                    statement = told(connection) if name == breakers.name else metadata.tables[name].insert()
                    connection.execute(statement, [vars(row) for _, row in group])
                self._sweep(connection)
            if cost:
                self._written = day, cost + (self._written[1] if self._written[0] == day else 0.0)
        if cost:
            self._look()

    def _look(self) -> None:
        try:
            self.catch_up()
        except StorageError as error:
            # The rows are written; what others spent is known a little later.
            _LOG.warning("the day's costs are not known: %s", error)

    def _sweep(self, connection: Connection) -> None:
        """Once a day, delete what is too old."""
        if self._keep_days is None or self._swept == today():
            return
        oldest = datetime.now(UTC) - timedelta(days=self._keep_days)
        connection.execute(delete(serving_attempts).where(serving_attempts.c.day < oldest.date()))
        connection.execute(delete(alerts).where(alerts.c.at < oldest))
        forget_old(connection)
        self._swept = today()
