"""Bring a database to the newest schema, also when several processes start on it at once."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

VERSION_TABLE = "kiosk_schema"
NEWEST = "0002"
"""The last migration; known here so that a database that has it is opened without Alembic."""

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x6B696F736B  # "kiosk", for PostgreSQL's advisory lock


class NewerSchemaError(RuntimeError):
    """The database was written by a newer release."""


def upgrade(engine: Engine) -> None:
    """Create or migrate the tables; one process does it, the others wait for it.

    Raises:
        NewerSchemaError: The database has a schema that this release does not know.
    """
    with engine.connect().execution_options(read_only=True) as connection:
        if current(connection) == NEWEST:
            return
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        found = current(connection)
        if found is not None and found > NEWEST:
            raise NewerSchemaError(f"schema {found} is newer than this release, which knows {NEWEST}")
        if found != NEWEST:
            migrate(connection, NEWEST)


def current(connection: Connection) -> str | None:
    """Return the revision of a database, None for one without our tables."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    revision: str | None = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
    return revision


def migrate(connection: Connection, revision: str) -> None:
    """Run Alembic up or down to `revision`, or to `base`, within the connection's transaction."""
    # Loaded for the one start in a hundred that migrates; it takes a quarter of a second.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    known = current(connection)
    goes_back = revision == "base" or (known is not None and revision < known)
    (command.downgrade if goes_back else command.upgrade)(config, revision)
