"""A database as those have it who keep something there: opened when it is first needed, faults explained."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from kiosk.storage.database import explained, open_database, reading


class Store:
    """Opens a database for whichever thread needs it first."""

    def __init__(self, url: str, *, durable: bool = False) -> None:
        """Open nothing yet.

        Args:
            url: As in `settings.database_url`.
            durable: Whether what is written must survive a power cut.
        """
        self.url = url
        self._durable = durable
        self._opening = threading.Lock()
        self._engine: Engine | None = None

    @property
    def engine(self) -> Engine:
        """The open database.

        Raises:
            StorageError: It cannot be used.
        """
        with self._opening:
            if self._engine is None:
                self._engine = open_database(self.url, durable=self._durable)
            return self._engine

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection in a transaction that is carried out as a whole or not at all.

        Raises:
            StorageError: The database cannot be used.
        """
        with explained(self.url), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection that sees one state of the database and locks nobody out.

        Raises:
            StorageError: The database cannot be used.
        """
        with explained(self.url), reading(self.engine) as connection:
            yield connection

    def close(self) -> None:
        """Let go of the connections; what comes later opens the database again."""
        with self._opening:
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None

    def forget(self) -> None:
        """Leave the connections to the process that this one was forked from."""
        self._opening = threading.Lock()
        if self._engine is not None:
            self._engine.dispose(close=False)
