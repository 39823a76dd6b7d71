"""How connections to PostgreSQL are opened: nothing waits for ever, neither for the server nor for another program."""

from __future__ import annotations

from typing import Any

from psycopg.conninfo import conninfo_to_dict

REMEDY = "start PostgreSQL and set KIOSK_DATABASE_URL to a database that its user may create tables in"

CONNECT_S = 5
LOCK_S = 5
STATEMENT_S = 30
PATIENT_S = 60
"""How long what changes tables waits for others."""
_SILENCE = {
    "connect_timeout": CONNECT_S,
    # A server that is gone without a word is given up after about ten seconds, and not after a quarter of an hour.
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}


def connecting(url: str, *, lock_s: int = LOCK_S, statement_s: int = STATEMENT_S) -> dict[str, Any]:
    """Return what connections are opened with beside the URL; what the URL itself says wins.

    Args:
        url: As psycopg takes it.
        lock_s: How long a statement waits for somebody else's lock; 0: for ever.
        statement_s: How long a statement may take; 0: for ever.
    """
    given = conninfo_to_dict(url)
    own = f"-c lock_timeout={lock_s}s -c statement_timeout={statement_s}s"
    return {name: value for name, value in _SILENCE.items() if name not in given} | {
        "options": f"{own} {given.get('options') or ''}".strip()
    }
