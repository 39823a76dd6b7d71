"""The tables, as the newest migration leaves them; a test compares the two."""

from kiosk.storage.tables.common import BigId, UtcDateTime, metadata
from kiosk.storage.tables.ledger import alerts, serving_attempts
from kiosk.storage.tables.orders import order_events, order_numbers, orders, outbox, sold_out, webhooks
from kiosk.storage.tables.sessions import breakers, sessions, staff_calls

__all__ = [
    "BigId",
    "UtcDateTime",
    "alerts",
    "breakers",
    "metadata",
    "order_events",
    "order_numbers",
    "orders",
    "outbox",
    "serving_attempts",
    "sessions",
    "sold_out",
    "staff_calls",
    "webhooks",
]
