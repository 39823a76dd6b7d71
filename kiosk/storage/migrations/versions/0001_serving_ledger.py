"""The serving ledger and the history of alerts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_BIG_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "serving_attempts",
        sa.Column("id", _BIG_ID, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("day", sa.Date, nullable=False, comment="the shop's own day, by the clock of the kiosk"),
        sa.Column("thread", sa.String(16), nullable=False, comment="digest of the conversation's id"),
        sa.Column("turn", sa.String(16), nullable=False, comment="random; the same for all attempts of a turn"),
        sa.Column("position", sa.SmallInteger, nullable=False, comment="of the attempt in its turn, from 0"),
        sa.Column(
            "stage", sa.String(16), nullable=False, comment="first | retry | cascade | fallback | hedge | last_resort"
        ),
        sa.Column("endpoint", sa.String(255), nullable=False),
        sa.Column("provider", sa.String(32), nullable=False),
        sa.Column("model", sa.String(255), nullable=False),
        sa.Column("serving_type", sa.String(8), nullable=False),
        sa.Column("privacy", sa.String(8), nullable=False),
        sa.Column("complexity", sa.String(16), nullable=False),
        sa.Column("asked", sa.Boolean, nullable=False, comment="false: its breaker was open, nothing was sent"),
        sa.Column("cause", sa.String(32), comment="why it failed; null where it answered"),
        sa.Column("answered", sa.Boolean, nullable=False, comment="its answer is the one that the customer got"),
        sa.Column("latency_ms", sa.Integer, nullable=False),
        sa.Column("input_tokens", sa.Integer, nullable=False),
        sa.Column("output_tokens", sa.Integer, nullable=False),
        sa.Column("cost_usd", sa.Float, nullable=False),
        sa.Column(
            "avoided_usd", sa.Float, nullable=False, comment="what the default cloud model would have cost instead"
        ),
        sa.Column("fallback_from", sa.String(255), comment="the endpoint that this one took over from"),
        sa.Column("fallback_to", sa.String(255), comment="the endpoint that took over from this one"),
        sa.Column("fallback_reason", sa.String(32), comment="why it was taken over: a cause, low_confidence, hedged"),
        sa.PrimaryKeyConstraint("id", name="pk_serving_attempts"),
    )
    op.create_index("ix_serving_attempts_day_endpoint", "serving_attempts", ["day", "endpoint"])
    op.create_index("ix_serving_attempts_thread", "serving_attempts", ["thread"])
    op.create_table(
        "alerts",
        sa.Column("id", _BIG_ID, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("endpoint", sa.String(255)),
        sa.Column("text", sa.String(1000), nullable=False),
        sa.Column("value", sa.Float),
        sa.Column("bound", sa.Float),
        sa.Column(
            "suppressed", sa.Integer, nullable=False, comment="alerts like this one that were held back since the last"
        ),
        sa.Column("delivered", sa.String(255), nullable=False, comment="channels that took it"),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
    )
    op.create_index("ix_alerts_at", "alerts", ["at"])


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("alerts")
    op.drop_table("serving_attempts")
