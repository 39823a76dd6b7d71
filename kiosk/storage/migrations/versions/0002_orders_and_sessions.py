"""Orders with their events, what is to be delivered, sessions, calls for staff, stock and breakers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_BIG_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    _create_orders()
    _create_deliveries()
    _create_sessions()


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("breakers")
    op.drop_table("order_events")
    op.drop_table("order_numbers")
    op.drop_table("orders")
    op.drop_table("outbox")
    op.drop_table("sessions")
    op.drop_table("sold_out")
    op.drop_table("staff_calls")
    op.drop_table("webhooks")


def _create_orders() -> None:
    op.create_table(
        "order_events",
        sa.Column("id", _BIG_ID, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("order_id", sa.String(64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.String(24),
            nullable=False,
            comment="payment_requested | payment_voided | declined | timed_out | paid | refund_due | refunded "
            "| cancelled | handed_over",
        ),
        sa.Column("amount", sa.BigInteger(), comment="minor units, where money is meant"),
        sa.Column("payment_id", sa.String(128), comment="the terminal's own id of the payment"),
        sa.Column("reason", sa.String(64)),
        sa.Column("key", sa.String(255), nullable=False, comment="says the same thing once"),
        sa.PrimaryKeyConstraint("id", name="pk_order_events"),
        sa.UniqueConstraint("key", name="uq_order_events_key"),
    )
    op.create_index("ix_order_events_order_id", "order_events", ["order_id"])
    op.create_table(
        "order_numbers",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_order_numbers"),
    )
    op.create_table(
        "orders",
        sa.Column("order_id", sa.String(64), nullable=False),
        sa.Column("thread_id", sa.String(255), comment="the conversation; null when it was purged"),
        sa.Column("kiosk_id", sa.String(64), nullable=False),
        sa.Column("status", sa.String(20), nullable=False, comment="open | awaiting_payment | paid | cancelled"),
        sa.Column("revision", sa.Integer(), nullable=False, comment="of the last payment request"),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False, comment="minor units, as read back to the customer"),
        sa.Column("lines", sa.JSON(), nullable=False, comment="with the prices of the moment"),
        sa.Column("menu_id", sa.String(64), nullable=False),
        sa.Column("menu_version", sa.Integer(), nullable=False),
        sa.Column(
            "contacts", sa.JSON(), nullable=False, comment="placeholders of what the till needs, never the values"
        ),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("requested_at", _MOMENT, nullable=False),
        sa.Column("paid_at", _MOMENT),
        sa.Column("payment_id", sa.String(128), comment="the terminal's own id of the payment"),
        sa.Column("day", sa.Date(), comment="the shop's own day on which it was paid"),
        sa.Column("number", sa.Integer(), comment="by which it is called out; counts up from 1 each day"),
        sa.Column("handed_over_at", _MOMENT),
        sa.Column("cancelled_at", _MOMENT),
        sa.PrimaryKeyConstraint("order_id", name="pk_orders"),
        sa.UniqueConstraint("day", "number", name="uq_orders_day_number"),
    )
    op.create_index("ix_orders_status_requested_at", "orders", ["status", "requested_at"])
    op.create_index("ix_orders_thread_id", "orders", ["thread_id"])


def _create_deliveries() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", _BIG_ID, nullable=False),
        sa.Column("kiosk_id", sa.String(64), nullable=False, comment="what one kiosk says is delivered in order"),
        sa.Column("channel", sa.String(16), nullable=False, comment="kitchen | terminal"),
        sa.Column("key", sa.String(255), nullable=False, comment="Idempotency-Key of the delivery"),
        sa.Column("thread_id", sa.String(255), comment="whose vault knows what placeholders stand for"),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False, comment="not before this moment"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(64), comment="why the last attempt failed"),
        sa.Column("leased_until", _MOMENT, comment="a process is delivering it"),
        sa.Column("delivered_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
    )
    op.create_index(
        "ix_outbox_delivered_at_channel_kiosk_id_id", "outbox", ["delivered_at", "channel", "kiosk_id", "id"]
    )
    op.create_table(
        "sold_out",
        sa.Column("item", sa.String(64), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("item", name="pk_sold_out"),
    )
    op.create_table(
        "webhooks",
        sa.Column("webhook_id", sa.String(128), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("order_id", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("webhook_id", name="pk_webhooks"),
    )


def _create_sessions() -> None:
    op.create_table(
        "breakers",
        sa.Column("endpoint", sa.String(255), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(32)),
        sa.Column("open_until", _MOMENT, comment="not asked before this moment; null: closed"),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("endpoint", name="pk_breakers"),
    )
    op.create_table(
        "sessions",
        sa.Column("thread_id", sa.String(255), nullable=False),
        sa.Column("kiosk_id", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False, comment="active | idle | ended | abandoned"),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False, comment="the customer's last sign"),
        sa.Column("ended_at", _MOMENT),
        sa.Column("order_id", sa.String(64)),
        sa.Column("order_status", sa.String(20)),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False, comment="minor units"),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.PrimaryKeyConstraint("thread_id", name="pk_sessions"),
    )
    op.create_index("ix_sessions_status_seen_at", "sessions", ["status", "seen_at"])
    op.create_index("ix_sessions_order_id", "sessions", ["order_id"])
    op.create_table(
        "staff_calls",
        sa.Column("call_id", sa.String(32), nullable=False),
        sa.Column("thread_id", sa.String(255), nullable=False),
        sa.Column("kiosk_id", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("order", sa.JSON(), comment="the cart as it stood, without words of the customer"),
        sa.Column("called_at", _MOMENT, nullable=False),
        sa.Column("answered_at", _MOMENT),
        sa.PrimaryKeyConstraint("call_id", name="pk_staff_calls"),
    )
    op.create_index("ix_staff_calls_answered_at_called_at", "staff_calls", ["answered_at", "called_at"])
    op.create_index("ix_staff_calls_thread_id", "staff_calls", ["thread_id"])
