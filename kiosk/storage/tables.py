"""The tables, as the newest migration leaves them; a test compares the two."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    TypeDecorator,
)

metadata = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s"},
)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC; SQLite keeps no zone, so it is taken off on the way in and put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a moment without a zone: nobody could say later which moment it was."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r}: a moment without a time zone; use datetime.now(UTC)")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


BigId = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only where the key is its own INTEGER."""

serving_attempts = Table(
    "serving_attempts",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("day", Date, nullable=False, comment="the shop's own day, by the clock of the kiosk"),
    Column("thread", String(16), nullable=False, comment="digest of the conversation's id"),
    Column("turn", String(16), nullable=False, comment="random; the same for all attempts of a turn"),
    Column("position", SmallInteger, nullable=False, comment="of the attempt in its turn, from 0"),
    Column("stage", String(16), nullable=False, comment="first | retry | cascade | fallback | hedge | last_resort"),
    Column("endpoint", String(255), nullable=False),
    Column("provider", String(32), nullable=False),
    Column("model", String(255), nullable=False),
    Column("serving_type", String(8), nullable=False),
    Column("privacy", String(8), nullable=False),
    Column("complexity", String(16), nullable=False),
    Column("asked", Boolean, nullable=False, comment="false: its breaker was open, nothing was sent"),
    Column("cause", String(32), comment="why it failed; null where it answered"),
    Column("answered", Boolean, nullable=False, comment="its answer is the one that the customer got"),
    Column("latency_ms", Integer, nullable=False),
    Column("input_tokens", Integer, nullable=False),
    Column("output_tokens", Integer, nullable=False),
    Column("cost_usd", Float, nullable=False),
    Column("avoided_usd", Float, nullable=False, comment="what the default cloud model would have cost instead"),
    Column("fallback_from", String(255), comment="the endpoint that this one took over from"),
    Column("fallback_to", String(255), comment="the endpoint that took over from this one"),
    Column("fallback_reason", String(32), comment="why it was taken over: a cause, low_confidence, hedged"),
    Index(None, "day", "endpoint"),
    Index(None, "thread"),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("endpoint", String(255)),
    Column("text", String(1000), nullable=False),
    Column("value", Float),
    Column("bound", Float),
    Column("suppressed", Integer, nullable=False, comment="alerts like this one that were held back since the last"),
    Column("delivered", String(255), nullable=False, comment="channels that took it"),
    Index(None, "at"),
)
