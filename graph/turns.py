"""One turn at a time per conversation: a second one waits, and neither is lost."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import cast

from graph.locks import ThreadBusyError, ThreadLocks, aheld, held

__all__ = ["TURNS", "ThreadBusyError", "Turns", "turns_of"]

TURNS = "kiosk_turns"
"""The attribute of a saver that holds its locks."""

WAIT_S = 60.0
"""How long a turn waits for others of its conversation."""


@dataclass
class _Hold:
    turns: Turns
    thread_id: str
    outer: _Hold | None
    is_over: bool = False


_innermost: ContextVar[_Hold | None] = ContextVar("kiosk_innermost_hold", default=None)


class Turns:
    """A fair lock per thread id, for threads and event loops alike; a free lock takes no memory.

    Turns of this process queue up here first. Whoever is through waits for other processes where `locks` are given, so
    that of one process at most one turn of a conversation asks there.
    """

    def __init__(self, locks: ThreadLocks | None = None) -> None:
        """Start with no turn running.

        Args:
            locks: What excludes other processes; None where there are none.
        """
        self._locks = locks
        self._mutex = threading.Lock()
        self._queues: dict[str, deque[Future[None]]] = {}

    @asynccontextmanager
    async def hold(self, thread_id: str) -> AsyncIterator[None]:
        """Hold the conversation for several calls: turns that are taken inside do not wait for it.

        Raises:
            ThreadBusyError: It has waited too long.
            StorageError: The place of the locks cannot be used.
        """
        async with self.aturn(thread_id):
            outer = _innermost.get()
            hold = _Hold(self, thread_id, outer)
            _innermost.set(hold)
            try:
                yield
            finally:
                # A task that was started inside and goes on has a copy of the variable; it must wait from now on.
                hold.is_over = True
                _innermost.set(outer)

    @contextmanager
    def turn(self, thread_id: str) -> Iterator[None]:
        """Hold the conversation; the calling thread waits for its turn.

        Raises:
            ThreadBusyError: It has waited too long.
            StorageError: The place of the locks cannot be used.
        """
        if self._holds(thread_id):
            yield
            return
        deadline = time.monotonic() + WAIT_S
        waiting = self._enter(thread_id)
        if waiting is not None:
            try:
                waiting.result(WAIT_S)
            except BaseException as error:
                self._give_up(thread_id, waiting, error)
                raise
        try:
            with held(self._locks, thread_id, deadline):
                yield
        finally:
            self._leave(thread_id)

    @asynccontextmanager
    async def aturn(self, thread_id: str) -> AsyncIterator[None]:
        """Hold the conversation; the event loop goes on while this turn waits.

        Raises:
            ThreadBusyError: It has waited too long.
            StorageError: The place of the locks cannot be used.
        """
        if self._holds(thread_id):
            yield
            return
        deadline = time.monotonic() + WAIT_S
        waiting = self._enter(thread_id)
        if waiting is not None:
            try:
                async with asyncio.timeout(WAIT_S):
                    await asyncio.shield(asyncio.wrap_future(waiting))
            except BaseException as error:
                self._give_up(thread_id, waiting, error)
                raise
        try:
            async with aheld(self._locks, thread_id, deadline):
                yield
        finally:
            self._leave(thread_id)

    def _holds(self, thread_id: str) -> bool:
        """Tell whether the caller is inside `hold` for this conversation."""
        hold = _innermost.get()
        while hold is not None:
            if hold.turns is self and hold.thread_id == thread_id and not hold.is_over:
                return True
            hold = hold.outer
        return False

    def _enter(self, thread_id: str) -> Future[None] | None:
        """Take the free lock, or a place in the queue."""
        with self._mutex:
            queue = self._queues.get(thread_id)
            if queue is None:
                self._queues[thread_id] = deque()
                return None
            queue.append(waiting := Future[None]())
            return waiting

    def _leave(self, thread_id: str) -> None:
        """Hand the lock to the next in the queue, or free it."""
        with self._mutex:
            queue = self._queues[thread_id]
            if queue:
                queue.popleft().set_result(None)
            else:
                del self._queues[thread_id]

    def _give_up(self, thread_id: str, waiting: Future[None], error: BaseException) -> None:
        """Leave the queue; the lock may have arrived in the same moment, then it goes to the next."""
        with self._mutex:
            queue = self._queues.get(thread_id, deque())
            in_queue = waiting in queue
            if in_queue:
                queue.remove(waiting)
        if not in_queue:
            self._leave(thread_id)
        if isinstance(error, FutureTimeout | TimeoutError):
            raise ThreadBusyError(thread_id) from None


def turns_of(checkpointer: object) -> Turns:
    """Return the locks that belong to a saver; all graphs, copies and wrappers of the saver share them."""
    # The development server wraps a saver anew for each run, and the wrapper hands look-ups on.
    found = getattr(checkpointer, TURNS, None)
    return cast(Turns, found or vars(checkpointer).setdefault(TURNS, Turns()))
