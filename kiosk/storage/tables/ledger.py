"""The serving ledger and the history of alerts."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Float, Index, Integer, SmallInteger, String, Table

from kiosk.storage.tables.common import BigId, UtcDateTime, metadata

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
