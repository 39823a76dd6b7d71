"""The daily purge of a server that runs for months."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

from graph.erasure import purge
from kiosk.privacy import VaultError
from kiosk.settings import Settings
from kiosk.storage import StorageError

_LOG = logging.getLogger(__name__)
_EVERY_S = 86_400.0


class Retention:
    """Erases conversations that have been silent for `retention_days`, at the start and once a day, in a thread."""

    def __init__(self, settings: Settings, every_s: float = _EVERY_S) -> None:
        """Start nothing yet."""
        self._settings = settings
        self._every_s = every_s
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kiosk-retention", daemon=True)

    def start(self) -> None:
        """Begin; a database in memory ends with the process, so there is nothing to do for it."""
        if not self._settings.database_url.endswith((":memory:", "://", ":///")):
            self._thread.start()

    def stop(self) -> None:
        """Let the purge that runs come to its end, and no other begin."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._once()
            self._stopped.wait(self._every_s)

    def _once(self) -> None:
        try:
            erased = purge(self._settings, older_than=timedelta(days=self._settings.retention_days))
        except (StorageError, VaultError) as error:
            # The server goes on; the operator sees it in the log, and the next day may go better.
            _LOG.error("purge failed: %s", error)
            return
        _LOG.info("purged: conversations=%s found_after=%s", erased.conversations, erased.found_after)
