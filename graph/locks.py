"""The second stage of a conversation's lock: other processes on the same database wait as well."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Protocol

_FIRST_PAUSE_S = 0.002
_LONGEST_PAUSE_S = 0.05
_GROWTH = 1.6


class ThreadBusyError(RuntimeError):
    """A turn waited too long for another turn of the same conversation."""

    def __init__(self, thread_id: str) -> None:
        """Name the conversation and what to do."""
        super().__init__(
            f"thread_id {thread_id!r}: another turn of this conversation does not end; "
            "consume or close its stream(), or use another thread_id"
        )


class ThreadLocks(Protocol):
    """Locks by thread id that one process holds against all others.

    Whoever waits stands in a turnstile, which is a lock too: a process that is busy with one turn after the other
    cannot overtake one that waits already.
    """

    waits: bool
    """Whether an attempt waits for a network, so that an event loop must not make it."""

    def attempt(self, thread_id: str) -> bool:
        """Try to take a lock, or the place before it; tell whether it is held now.

        Raises:
            StorageError: The place of the locks cannot be used.
        """

    def release(self, thread_id: str) -> None:
        """Let go of a lock and of the place before it; nothing happens where neither is held."""


@contextmanager
def held(locks: ThreadLocks | None, thread_id: str, deadline: float) -> Iterator[None]:
    """Hold a lock; the calling thread waits for it.

    Args:
        locks: Where it is; None where there are no other processes.
        thread_id: The conversation.
        deadline: On the monotonic clock.

    Raises:
        ThreadBusyError: Another process holds it for too long.
        StorageError: The place of the locks cannot be used.
    """
    if locks is None:
        yield
        return
    try:
        for pause_s in _pauses(thread_id, deadline):
            if locks.attempt(thread_id):
                break
            time.sleep(pause_s)
        yield
    finally:
        locks.release(thread_id)


@asynccontextmanager
async def aheld(locks: ThreadLocks | None, thread_id: str, deadline: float) -> AsyncIterator[None]:
    """See `held`; the event loop goes on meanwhile."""
    if locks is None:
        yield
        return
    attempts = _Attempts(locks, thread_id)
    try:
        for pause_s in _pauses(thread_id, deadline):
            if await attempts.next():
                break
            await asyncio.sleep(pause_s)
        yield
    finally:
        await attempts.release()


class _Attempts:
    """Attempts of one task, in worker threads where they wait; a cancelled task leaves no lock behind."""

    def __init__(self, locks: ThreadLocks, thread_id: str) -> None:
        self._locks = locks
        self._thread_id = thread_id
        self._running: asyncio.Future[bool] | None = None

    async def next(self) -> bool:
        if not self._locks.waits:
            return self._locks.attempt(self._thread_id)
        self._running = asyncio.ensure_future(asyncio.to_thread(self._locks.attempt, self._thread_id))
        return await asyncio.shield(self._running)

    async def release(self) -> None:
        if not self._locks.waits:
            self._locks.release(self._thread_id)
            return
        # Not cancellable: an attempt that runs on in its thread could take a lock that nobody would ever release.
        ending = asyncio.ensure_future(self._end())
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError:
            await asyncio.wait([ending])
            raise

    async def _end(self) -> None:
        if self._running is not None:
            await asyncio.wait([self._running])
        await asyncio.to_thread(self._locks.release, self._thread_id)


def _pauses(thread_id: str, deadline: float) -> Iterator[float]:
    """Yield how long to wait after each attempt, longer each time, until there is no time left."""
    pause_s = _FIRST_PAUSE_S
    while (left_s := deadline - time.monotonic()) > 0:
        yield min(pause_s, left_s)
        pause_s = min(_LONGEST_PAUSE_S, pause_s * _GROWTH)
    raise ThreadBusyError(thread_id)
