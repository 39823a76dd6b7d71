"""Orders from the moment of the payment request on, what happened to them, and what is still to be delivered."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Date, Index, Integer, String, Table, UniqueConstraint

from kiosk.storage.tables.common import BigId, UtcDateTime, metadata

orders = Table(
    "orders",
    metadata,
    Column("order_id", String(64), primary_key=True),
    Column("thread_id", String(255), comment="the conversation; null when it was purged"),
    Column("kiosk_id", String(64), nullable=False),
    Column("status", String(20), nullable=False, comment="open | awaiting_payment | paid | cancelled"),
    Column("revision", Integer, nullable=False, comment="of the last payment request"),
    Column("currency", String(3), nullable=False),
    Column("total", BigInteger, nullable=False, comment="minor units, as read back to the customer"),
    Column("lines", JSON, nullable=False, comment="with the prices of the moment"),
    Column("menu_id", String(64), nullable=False),
    Column("menu_version", Integer, nullable=False),
    Column("contacts", JSON, nullable=False, comment="placeholders of what the till needs, never the values"),
    Column("language", String(8), nullable=False),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("paid_at", UtcDateTime),
    Column("payment_id", String(128), comment="the terminal's own id of the payment"),
    Column("day", Date, comment="the shop's own day on which it was paid"),
    Column("number", Integer, comment="by which it is called out; counts up from 1 each day"),
    Column("handed_over_at", UtcDateTime),
    Column("cancelled_at", UtcDateTime),
    UniqueConstraint("day", "number"),
    Index(None, "thread_id"),
    Index(None, "status", "requested_at"),
)

order_events = Table(
    "order_events",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("order_id", String(64), nullable=False),
    Column("revision", Integer, nullable=False),
    Column(
        "kind",
        String(24),
        nullable=False,
        comment="payment_requested | payment_voided | declined | timed_out | paid | refund_due | refunded "
        "| cancelled | handed_over",
    ),
    Column("amount", BigInteger, comment="minor units, where money is meant"),
    Column("payment_id", String(128), comment="the terminal's own id of the payment"),
    Column("reason", String(64)),
    Column("key", String(255), nullable=False, comment="says the same thing once"),
    UniqueConstraint("key"),
    Index(None, "order_id"),
)

order_numbers = Table(
    "order_numbers",
    metadata,
    Column("day", Date, primary_key=True),
    Column("last", Integer, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("kiosk_id", String(64), nullable=False, comment="what one kiosk says is delivered in order"),
    Column("channel", String(16), nullable=False, comment="kitchen | terminal"),
    Column("key", String(255), nullable=False, comment="Idempotency-Key of the delivery"),
    Column("thread_id", String(255), comment="whose vault knows what placeholders stand for"),
    Column("body", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False, comment="not before this moment"),
    Column("attempts", Integer, nullable=False),
    Column("error", String(64), comment="why the last attempt failed"),
    Column("leased_until", UtcDateTime, comment="a process is delivering it"),
    Column("delivered_at", UtcDateTime),
    UniqueConstraint("key"),
    Index(None, "delivered_at", "channel", "kiosk_id", "id"),
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("webhook_id", String(128), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("order_id", String(64), nullable=False),
    Column("outcome", String(24), nullable=False),
)

sold_out = Table(
    "sold_out",
    metadata,
    Column("item", String(64), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)
