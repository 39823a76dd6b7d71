"""One turn at a time per conversation: a second one waits, and neither is lost."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import asynccontextmanager, contextmanager

WAIT_S = 60.0


class ThreadBusyError(RuntimeError):
    """A turn waited too long for another turn of the same conversation."""

    def __init__(self, thread_id: str) -> None:
        """Name the conversation and what to do."""
        super().__init__(
            f"thread_id {thread_id!r}: another turn of this conversation has not ended for {WAIT_S:.0f} s; "
            "consume or close its stream(), or use another thread_id"
        )


class Turns:
    """A fair lock per thread id, for threads and event loops alike; a free lock takes no memory."""

    def __init__(self) -> None:
        """Start with no turn running."""
        self._mutex = threading.Lock()
        self._queues: dict[str, deque[Future[None]]] = {}

    @contextmanager
    def turn(self, thread_id: str) -> Iterator[None]:
        """Hold the conversation; the calling thread waits for its turn."""
        waiting = self._enter(thread_id)
        if waiting is not None:
            try:
                waiting.result(WAIT_S)
            except BaseException as error:
                self._give_up(thread_id, waiting, error)
                raise
        try:
            yield
        finally:
            self._leave(thread_id)

    @asynccontextmanager
    async def aturn(self, thread_id: str) -> AsyncIterator[None]:
        """Hold the conversation; the event loop goes on while this turn waits."""
        waiting = self._enter(thread_id)
        if waiting is not None:
            try:
                async with asyncio.timeout(WAIT_S):
                    await asyncio.shield(asyncio.wrap_future(waiting))
            except BaseException as error:
                self._give_up(thread_id, waiting, error)
                raise
        try:
            yield
        finally:
            self._leave(thread_id)

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
