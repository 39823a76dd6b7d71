"""Customers' sessions, calls for staff, and what processes tell one another about models."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, String, Table

from kiosk.storage.tables.common import UtcDateTime, metadata

sessions = Table(
    "sessions",
    metadata,
    Column("thread_id", String(255), primary_key=True),
    Column("kiosk_id", String(64), nullable=False),
    Column("status", String(16), nullable=False, comment="active | idle | ended | abandoned"),
    Column("language", String(8), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False, comment="the customer's last sign"),
    Column("ended_at", UtcDateTime),
    Column("order_id", String(64)),
    Column("order_status", String(20)),
    Column("units", Integer, nullable=False),
    Column("total", BigInteger, nullable=False, comment="minor units"),
    Column("currency", String(3), nullable=False),
    Index(None, "status", "seen_at"),
    Index(None, "order_id"),
)

staff_calls = Table(
    "staff_calls",
    metadata,
    Column("call_id", String(32), primary_key=True),
    Column("thread_id", String(255), nullable=False),
    Column("kiosk_id", String(64), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("order", JSON, comment="the cart as it stood, without words of the customer"),
    Column("called_at", UtcDateTime, nullable=False),
    Column("answered_at", UtcDateTime),
    Index(None, "answered_at", "called_at"),
    Index(None, "thread_id"),
)

breakers = Table(
    "breakers",
    metadata,
    Column("endpoint", String(255), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("cause", String(32)),
    Column("open_until", UtcDateTime, comment="not asked before this moment; null: closed"),
    Column("at", UtcDateTime, nullable=False),
)
