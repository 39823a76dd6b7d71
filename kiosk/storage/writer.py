"""Write rows in the background: whoever records one waits for nothing, and a normal exit loses none."""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from kiosk.storage.errors import StorageError
from kiosk.storage.faults import Part, faults

_LOG = logging.getLogger(__name__)

Row = tuple[str, Any]
"""The name of a table, and an object whose attributes are the columns."""

Write = Callable[[Sequence[Row]], None]
"""Writes a batch in one transaction; raises StorageError where it cannot be done now but may be later."""

LINGER_S = 0.2
ROOM = 20_000
_BATCH = 1_000
_LONGEST_PAUSE_S = 30.0
_CLOSE_S = 8.0
_CLOSING_PAUSE_S = 0.1


class Writer:
    """A queue and the thread that empties it.

    A row waits `linger_s` for others, so that a busy kiosk writes few transactions. While the database cannot be used
    rows wait, at most `room` of them; then the oldest are given up and counted.
    """

    def __init__(self, write: Write, linger_s: float = LINGER_S, room: int = ROOM, name: Part = "ledger") -> None:
        """Start nothing yet: the thread starts with the first row; `name` says in the log whose rows they are."""
        self._write = write
        self._name = name
        self._linger_s = linger_s
        self._room = room
        self.lost = 0
        self._reset()
        _WRITERS.add(self)

    def _reset(self) -> None:
        self._change = threading.Condition()
        self._rows: deque[Row] = deque()
        self._taken, self._done = 0, 0
        self._hurry, self._wake = threading.Event(), threading.Event()
        self._closing_at: float | None = None
        self._thread: threading.Thread | None = None

    def put(self, table: str, rows: Sequence[object], *, at_once: bool = False) -> None:
        """Queue rows; takes microseconds. With `at_once` they do not wait for others."""
        with self._change:
            self._rows.extend((table, row) for row in rows)
            self._taken += len(rows)
            self._make_room()
            if at_once:
                self._hurry.set()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=f"kiosk-{self._name}", daemon=True)
                self._thread.start()
                atexit.register(self.close)
        self._wake.set()

    def hurry(self) -> None:
        """Write what was put so far as soon as possible, without waiting for more."""
        with self._change:
            if self._rows:
                self._hurry.set()

    def flush(self, timeout_s: float = _CLOSE_S) -> bool:
        """Wait until everything that was put so far is written; tell whether it is."""
        with self._change:
            target = self._taken
            self._hurry.set()
            return self._change.wait_for(lambda: self._done >= target, timeout_s)

    def close(self, timeout_s: float = _CLOSE_S) -> None:
        """Write what is left and end the thread; a later row starts it again."""
        with self._change:
            thread, self._closing_at = self._thread, time.monotonic() + timeout_s
            self._hurry.set()
            self._wake.set()
        if thread is None:
            return
        atexit.unregister(self.close)
        thread.join(timeout_s + 1)
        with self._change:
            if self._rows:
                _LOG.error("%d rows of the %s could not be written", len(self._rows), self._name)
            self._reset()

    def forget(self) -> None:
        """Leave what is queued to the process that this one was forked from."""
        self._reset()

    def _make_room(self) -> None:
        surplus = len(self._rows) - self._room
        for _ in range(surplus):
            self._rows.popleft()
        if surplus > 0:
            self.lost += surplus
            self._done += surplus

    def _run(self) -> None:
        pause_s = self._linger_s
        while True:
            self._wake.wait()
            self._hurry.wait(pause_s)
            self._wake.clear()
            written = self._write_some()
            if self._is_over(written):
                return
            pause_s = self._linger_s if written else min(_LONGEST_PAUSE_S, 2 * pause_s)

    def _is_over(self, written: bool) -> bool:
        with self._change:
            if self._rows:
                self._wake.set()
            if self._closing_at is None:
                if not self._rows or not written:
                    self._hurry.clear()
                return False
            over = not self._rows or time.monotonic() > self._closing_at
        if not written and not over:
            time.sleep(_CLOSING_PAUSE_S)
        return over

    def _write_some(self) -> bool:
        """Write a batch; tell whether the database can be used."""
        with self._change:
            batch = [self._rows.popleft() for _ in range(min(_BATCH, len(self._rows)))]
        if not batch:
            return True
        try:
            self._write(batch)
        except StorageError as error:
            faults.report(self._name, error)
            with self._change:
                self._rows.extendleft(reversed(batch))
                self._make_room()
            return False
        except Exception as error:
            # A batch that can never be written must not keep all later ones waiting.
            _LOG.error("%d rows of the %s were given up: %s", len(batch), self._name, type(error).__name__)
            self.lost += len(batch)
        else:
            faults.over(self._name)
        with self._change:
            self._done += len(batch)
            self._change.notify_all()
        return True


_WRITERS: weakref.WeakSet[Writer] = weakref.WeakSet()


def _forget_all() -> None:
    for writer in list(_WRITERS):
        writer.forget()


os.register_at_fork(after_in_child=_forget_all)
