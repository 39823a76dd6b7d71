"""Run migrations on the connection that `kiosk.storage.schema` has opened and locked."""

from alembic import context

from kiosk.storage.schema import VERSION_TABLE
from kiosk.storage.tables import metadata


def _ours(_: object, name: str | None, kind: str, *__: object) -> bool:
    """Leave the tables of LangGraph's checkpoints in the same database alone."""
    return kind != "table" or name in metadata.tables


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    include_object=_ours,
    compare_type=True,
    render_as_batch=True,
    # The connection's transaction is begun by hand, so that SQLite undoes a half-done migration as well.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
