"""Customers' sessions and calls for staff in a database, where every process of a shop finds them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, null, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from kiosk.desk import OVER, SHOWN, Clock, Desk, Session, StaffCall, order_of, utc_now
from kiosk.storage.store import Store
from kiosk.storage.tables import outbox, sessions, staff_calls
from kiosk.storage.writer import LINGER_S, Row, Writer

_MEMORY = (":memory:", "")
_HERE = ("active", "idle")
_UNPAID = ("open", "awaiting_payment")
_LONGEST_ID = 255
_CLAIMED_AT_ONCE = 100


class _Kind(StrEnum):
    """What a queued row tells."""

    SERVED = "served"
    SETTLED = "settled"
    CALLED = "called"


def open_desk(url: str, idle: timedelta) -> Desk:
    """Return the desk for a database URL.

    Args:
        url: As in `settings.database_url`. A database in memory ends with the process, and so does its desk.
        idle: Silence after which the next turn of a thread is a new customer's.
    """
    if url.startswith("sqlite://") and url.removeprefix("sqlite://").removeprefix("/") in _MEMORY:
        return Desk(idle)
    return StoredDesk(url, idle)


class StoredDesk(Desk):
    """Writes what turns tell in the background; what is asked or decided here is read and written at once.

    Every method but `served`, `settled` and `call` may raise `StorageError`.
    """

    def __init__(
        self,
        url: str,
        idle: timedelta = timedelta(minutes=30),
        clock: Clock = utc_now,
        linger_s: float = LINGER_S,
    ) -> None:
        """Open nothing yet.

        Args:
            url: As in `settings.database_url`.
            idle: Silence after which the next turn of a thread is a new customer's.
            clock: Tells the moment, with its zone.
            linger_s: How long a session waits for others to be written with.
        """
        super().__init__(idle, clock)
        self.writer = Writer(self._write, linger_s, name="desk")
        self._store = Store(url)

    def begin(self, session: Session) -> None:
        """See `Desk`."""
        with self._store.writing() as connection:
            connection.execute(_upsert(connection, session, self.idle))

    def served(self, session: Session) -> None:
        """See `Desk`. A caller's own id that no database takes is not noted."""
        if _is_storable(session.thread_id):
            self.writer.put(_Kind.SERVED, [session])

    def settled(self, session: Session) -> None:
        """See `Desk`."""
        if _is_storable(session.thread_id):
            self.writer.put(_Kind.SETTLED, [session])

    def call(self, call: StaffCall) -> None:
        """See `Desk`. A person waits, so the row does not wait for others."""
        if _is_storable(call.thread_id):
            self.writer.put(_Kind.CALLED, [call], at_once=True)

    def session(self, thread_id: str) -> Session | None:
        """See `Desk`."""
        return self._first(sessions.c.thread_id == thread_id)

    def with_order(self, order_id: str) -> Session | None:
        """See `Desk`."""
        self.flush()
        return self._first(sessions.c.order_id == order_id)

    def warn(self, thread_id: str) -> None:
        """See `Desk`."""
        self.flush()
        with self._store.writing() as connection:
            mine = and_(sessions.c.thread_id == thread_id, sessions.c.status == "active")
            connection.execute(update(sessions).where(mine).values(status="idle"))

    def end(self, thread_id: str) -> None:
        """See `Desk`."""
        self.flush()
        with self._store.writing() as connection:
            mine = and_(sessions.c.thread_id == thread_id, sessions.c.status.in_(_HERE))
            connection.execute(update(sessions).where(mine).values(status="ended", ended_at=self.clock()))

    def claim_abandoned(self, now: datetime) -> list[str]:
        """See `Desk`."""
        self.flush()
        oldest = now - self.idle
        silent = and_(sessions.c.status.in_(_HERE), sessions.c.seen_at < oldest)
        unpaid = and_(sessions.c.order_status.in_(_UNPAID), sessions.c.units > 0)
        cut_short = and_(sessions.c.status == "abandoned", sessions.c.ended_at < oldest, unpaid)
        due = or_(silent, cut_short)
        found = select(sessions.c.thread_id).where(due).limit(_CLAIMED_AT_ONCE)
        # Another process that claims at the same time waits for these rows, and then they are not due any more.
        claim = update(sessions).where(sessions.c.thread_id.in_(found), due)
        claim = claim.values(status="abandoned", ended_at=now).returning(sessions.c.thread_id)
        with self._store.writing() as connection:
            return sorted(connection.execute(claim).scalars())

    def recent(self) -> list[Session]:
        """See `Desk`."""
        self.flush()
        with self._store.reading() as connection:
            newest = select(sessions).order_by(sessions.c.seen_at.desc()).limit(SHOWN)
            return [Session(**row) for row in connection.execute(newest).mappings()]

    def open_calls(self) -> list[StaffCall]:
        """See `Desk`."""
        self.flush()
        with self._store.reading() as connection:
            waiting = select(staff_calls).where(staff_calls.c.answered_at.is_(None)).order_by(staff_calls.c.called_at)
            return [StaffCall(**row) for row in connection.execute(waiting.limit(SHOWN)).mappings()]

    def answer(self, call_id: str) -> bool:
        """See `Desk`."""
        with self._store.writing() as connection:
            mine = and_(staff_calls.c.call_id == call_id, staff_calls.c.answered_at.is_(None))
            return connection.execute(update(staff_calls).where(mine).values(answered_at=self.clock())).rowcount == 1

    def owes(self, thread_id: str) -> bool:
        """See `Desk`."""
        with self._store.reading() as connection:
            waiting = select(func.count()).where(outbox.c.thread_id == thread_id, outbox.c.delivered_at.is_(None))
            return connection.execute(waiting).scalar_one() > 0

    def flush(self, timeout_s: float = 1.0) -> bool:
        """See `Desk`."""
        return self.writer.flush(timeout_s)

    def close(self) -> None:
        """See `Desk`."""
        self.writer.close()
        self._store.close()

    def _first(self, which: ColumnElement[bool]) -> Session | None:
        with self._store.reading() as connection:
            found = connection.execute(select(sessions).where(which)).mappings().first()
        return None if found is None else Session(**found)

    def _write(self, rows: Sequence[Row]) -> None:
        # In the order of the ids, so that two processes never wait for each other; of one customer what came first.
        with self._store.writing() as connection:
            for kind, row in sorted(rows, key=_thread_id):
                match kind:
                    case _Kind.SERVED:
                        connection.execute(_upsert(connection, row, self.idle))
                    case _Kind.SETTLED:
                        mine = update(sessions).where(sessions.c.thread_id == row.thread_id)
                        connection.execute(mine.values(**order_of(row)))
                    case _:
                        _call_once(connection, row)


def _upsert(connection: Connection, session: Session, idle: timedelta) -> Any:
    """Return the statement that notes a sign of a customer; an older sign, or one of a session that is over, adds none.

    A sign after the end, or after a long silence, is another customer's on the same thread.
    """
    insert = (postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert)(sessions)
    insert = insert.values(**vars(session))
    new, old = insert.excluded, sessions.c
    another = or_(old.ended_at < new.seen_at, old.seen_at < session.seen_at - idle)
    kept = ("thread_id", "started_at", "status", "ended_at")
    changes: dict[str, Any] = {name: new[name] for name in vars(session) if name not in kept}
    changes["started_at"] = case((another, new.started_at), else_=old.started_at)
    changes["ended_at"] = case((another, null()), else_=old.ended_at)
    changes["status"] = case((another, new.status), (old.status.in_(OVER), old.status), else_=new.status)
    return insert.on_conflict_do_update(index_elements=["thread_id"], set_=changes, where=old.seen_at <= new.seen_at)


def _call_once(connection: Connection, call: StaffCall) -> None:
    """Write a call, unless one for the same customer is open."""
    # Whoever holds the session's row is the only one who looks for, and writes, a call of this customer.
    session = select(sessions.c.thread_id).where(sessions.c.thread_id == call.thread_id).with_for_update()
    waiting = select(staff_calls.c.call_id).where(
        staff_calls.c.thread_id == call.thread_id, staff_calls.c.answered_at.is_(None)
    )
    connection.execute(session)
    if connection.execute(waiting.limit(1)).first() is None:
        connection.execute(staff_calls.insert().values(**vars(call)))


def _thread_id(row: Row) -> str:
    thread_id: str = row[1].thread_id
    return thread_id


def _is_storable(thread_id: str) -> bool:
    """Tell whether every database takes an id; a row that is refused would keep all later ones waiting."""
    return len(thread_id) <= _LONGEST_ID and thread_id.isprintable()
