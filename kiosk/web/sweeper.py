"""Ending what customers have left behind, while the server runs."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from graph import StorageError
from kiosk.desk import Clock, utc_now
from kiosk.web.sessions import Sessions

_LOG = logging.getLogger(__name__)
_EVERY_S = 30.0


class Sweeper:
    """Takes sessions without a sign of a customer for abandoned, and ends them."""

    def __init__(self, sessions: Sessions, every_s: float = _EVERY_S, clock: Clock = utc_now) -> None:
        """Start nothing yet.

        Args:
            sessions: What is looked through.
            every_s: Seconds between two looks.
            clock: Tells the moment, with its zone.
        """
        self._sessions = sessions
        self._every_s = every_s
        self._clock = clock
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, in the event loop that runs."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Break off; what was claimed and not ended yet is ended later, by this server or another one."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def once(self) -> int:
        """End what is abandoned by now; return how many sessions it were."""
        return await self._sessions.abandon(self._clock())

    async def _run(self) -> None:
        while True:
            try:
                if ended := await self.once():
                    _LOG.info("sessions abandoned: %d", ended)
            except StorageError as error:
                # The server goes on, and the next look may go better.
                _LOG.error("sessions not looked through: %s", error)
            await asyncio.sleep(self._every_s)
