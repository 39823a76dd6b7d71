"""A database of each kind; the one in PostgreSQL is emptied of our tables before and after."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from kiosk.storage.schema import VERSION_TABLE
from kiosk.storage.tables import metadata


def emptied(url: str) -> None:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        for name in (*metadata.tables, VERSION_TABLE):
            connection.execute(text(f"DROP TABLE IF EXISTS {name}"))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without our tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'kiosk.db'}"
        return
    postgres: str = request.getfixturevalue("postgres_url")
    emptied(postgres)
    yield postgres
    emptied(postgres)
