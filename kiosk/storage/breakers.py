"""What processes tell one another about models, in the table `breakers`: for each thing the latest word counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert

from kiosk.serving.ledger import Mark
from kiosk.storage.database import reading
from kiosk.storage.tables import breakers

_KEPT = timedelta(days=1)


def told(connection: Connection) -> Insert:
    """Return the statement that writes marks; one that comes late does not take back a newer one."""
    # The two dialects have a class of their own for this, with the same methods.
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(breakers)
    changes = {name: statement.excluded[name] for name in ("failures", "cause", "open_until", "at")}
    return statement.on_conflict_do_update(
        index_elements=[breakers.c.endpoint], set_=changes, where=breakers.c.at < statement.excluded.at
    )


def marks(engine: Engine) -> list[Mark]:
    """Return all marks."""
    with reading(engine) as connection:
        return [Mark(**row) for row in connection.execute(select(breakers)).mappings()]


def forget_old(connection: Connection) -> None:
    """Delete what concerns nobody any more: nothing rests for a day."""
    connection.execute(delete(breakers).where(breakers.c.at < datetime.now(UTC) - _KEPT))
