"""Where conversations are kept: the checkpoint saver for a database URL."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol, cast
from weakref import WeakValueDictionary

from langgraph.checkpoint.base import BaseCheckpointSaver

from graph.errors import StorageError
from graph.sqlite import SqliteCheckpoints
from graph.turns import TURNS, Turns
from kiosk.desk import Desk
from kiosk.serving.ledger import Ledger
from kiosk.settings import Settings

_POSTGRES = ("postgresql://", "postgres://", "postgresql+psycopg://")

_turns: WeakValueDictionary[str, Turns] = WeakValueDictionary()
_mutex = threading.Lock()


class OpenSaver(Protocol):
    """A checkpoint saver that holds something open."""

    def close(self) -> None:
        """Let go of it."""


def open_checkpoints(url: str, key: str | None = None) -> BaseCheckpointSaver[str]:
    """Open the saver for `sqlite:///file` (relative to the working directory), `sqlite:///:memory:` or PostgreSQL.

    Args:
        url: Where conversations are kept.
        key: What the key for their contents is derived from; None keeps them in clear.

    Raises:
        StorageError: The URL is of another kind, its package is missing, or the place cannot be used.
    """
    if url.startswith("sqlite://"):
        path = url.removeprefix("sqlite://").removeprefix("/") or ":memory:"
        # A file may be named in several ways; each database in memory is one of its own.
        place = f"{path}-{uuid.uuid4()}" if path == ":memory:" else str(Path(path).resolve())
        return _sharing_turns(SqliteCheckpoints(path, key), place)
    if url.startswith(_POSTGRES):
        place = "postgresql://" + url.partition("://")[2]
        return _sharing_turns(_open_postgres(place, key), place)
    raise StorageError(url, "not a database URL that the kiosk knows", "use sqlite:///kiosk.db or postgresql://...")


def close_checkpoints(saver: BaseCheckpointSaver[str]) -> None:
    """Close a saver that `open_checkpoints` has opened."""
    cast(OpenSaver, saver).close()


def open_ledger(settings: Settings) -> Ledger:
    """Return the serving ledger for the settings' database; rows wait until the database can be used."""
    # SQLAlchemy, which a kiosk in memory does not need, takes a tenth of a second to load.
    opened = import_module("kiosk.storage.ledger").open_ledger(settings.database_url, keep_days=settings.ledger_days)
    return cast(Ledger, opened)


def _sharing_turns(saver: BaseCheckpointSaver[str], place: str) -> BaseCheckpointSaver[str]:
    """Let all savers over one database lose no turn: by its locks against everybody, else by locks of this process."""
    locks = getattr(saver, "thread_locks", None)
    with _mutex:
        turns = Turns(locks) if locks is not None else _turns.setdefault(place, Turns())
    setattr(saver, TURNS, turns)
    return saver


def open_desk(settings: Settings) -> Desk:
    """Return the desk for the settings' database: sessions, and calls for staff."""
    idle = timedelta(minutes=settings.session_idle_minutes)
    return cast(Desk, import_module("kiosk.storage.sessions").open_desk(settings.database_url, idle))


def _open_postgres(url: str, key: str | None) -> BaseCheckpointSaver[str]:
    if find_spec("psycopg") is None or find_spec("langgraph.checkpoint.postgres") is None:
        raise StorageError(url, "PostgreSQL support is not installed", "pip install 'kiosk-agent[postgres]'")
    return cast(BaseCheckpointSaver[str], import_module("graph.postgres").PostgresCheckpoints(url, key))
