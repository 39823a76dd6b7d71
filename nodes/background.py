"""One event loop in a daemon thread for everything that waits, so that nodes are written once and run anywhere.

Connections belong to an event loop. A caller may come without one (`invoke`), with a short-lived one (`asyncio.run` for
each turn) or with several, so what opens connections runs here, on the one loop that lives as long as the process.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")

_blocking: ContextVar[bool] = ContextVar("kiosk_blocking", default=False)


class Background:
    """Runs coroutines on its own event loop; the thread starts with the first of them."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` on the background loop and wait for it; cancelling the caller cancels the work.

        Below `run_blocking` the calling thread blocks meanwhile, elsewhere the caller's event loop goes on.
        """
        future = asyncio.run_coroutine_threadsafe(work, self._running_loop())
        if not _blocking.get():
            return await asyncio.wrap_future(future)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            # After a fork the thread is gone although the loop object is still there.
            if self._loop is None or self._thread is None or not self._thread.is_alive():
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="kiosk-models", daemon=True)
                self._thread.start()
            return self._loop


background = Background()


def run_blocking(step: Coroutine[Any, Any, T]) -> T:
    """Run a node's coroutine to its end in this thread, without an event loop.

    Works because nodes wait for nothing but `background.run`, which blocks here; a turn on the embedded engine so
    costs neither a loop nor a change of threads.

    Raises:
        RuntimeError: The coroutine awaited something else.
    """
    token = _blocking.set(True)
    try:
        step.send(None)
    except StopIteration as finished:
        result: T = finished.value
        return result
    finally:
        _blocking.reset(token)
        step.close()
    raise RuntimeError(f"{step!r} awaited something else than background.run, so invoke() cannot run it")
