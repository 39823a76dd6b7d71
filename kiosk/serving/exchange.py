"""Processes on one database tell one another which models must not be asked, and learn what the others spent.

Nobody waits for it: what a process tells goes into the ledger's queue, and a thread looks once a second what others
have told. A kiosk whose database dies with it, or that has no models but the embedded engine, neither tells nor looks.
"""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import os
import socket
import threading
from typing import Literal
from urllib.parse import urlsplit

from kiosk.serving.health import Change
from kiosk.serving.ledger import Ledger, Mark
from kiosk.serving.models import EMBEDDED, Endpoint
from kiosk.serving.registry import Registry
from kiosk.storage.errors import StorageError

_LOG = logging.getLogger(__name__)
EVERY_S = 1.0
_LONGEST_PAUSE_S = 30.0
_JOIN_S = 2.0


class Exchange:
    """The talk of one process with the others."""

    def __init__(self, registry: Registry, ledger: Ledger, every_s: float = EVERY_S) -> None:
        """Say and read nothing yet."""
        self._registry = registry
        self._ledger = ledger
        self._every_s = every_s
        self._shared = _shared_names(registry) if ledger.is_shared else {}
        self._own = {shared: own for own, shared in self._shared.items()}
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Learn what is known already, then tell and look in the background.

        Raises:
            StorageError: The database cannot be used.
        """
        if not self._shared:
            return
        self.look()
        self._registry.health.follow(self._tell)
        self._thread = threading.Thread(target=self._run, name="kiosk-exchange", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more; what was told is the ledger's to write."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(_JOIN_S)

    def look(self) -> None:
        """Learn what others have told, and what they spent where a budget depends on it.

        Raises:
            StorageError: The database cannot be used.
        """
        for mark in self._ledger.marks():
            if (own := self._own.get(mark.endpoint)) is not None:
                kind, name = own
                change = Change(kind, name, mark.cause, mark.open_until, mark.at, mark.failures)
                self._registry.health.learn(change)
        if self._registry.routing.daily_budget_usd is not None:
            self._ledger.catch_up()

    def _tell(self, change: Change) -> None:
        if (shared := self._shared.get((change.kind, change.name))) is not None:
            self._ledger.mark(Mark(shared, change.failures, change.cause, change.until, change.at))

    def _run(self) -> None:
        pause_s = self._every_s
        while not self._stopped.wait(pause_s):
            try:
                self.look()
            except StorageError as error:
                _LOG.warning("what other processes know is not known: %s", error)
                pause_s = min(_LONGEST_PAUSE_S, 2 * pause_s)
            else:
                pause_s = self._every_s


_Own = tuple[Literal["breaker", "rest"], str]


def _shared_names(registry: Registry) -> dict[_Own, str]:
    """Return what others call the things of this process.

    The names hold digests of what decides whether two processes speak of the same: a model that was renamed or a key
    that was replaced has no past, and what listens on the loopback is another model on each machine.
    """
    names: dict[_Own, str] = {}
    for endpoint in registry.endpoints.values():
        if endpoint.id == EMBEDDED or endpoint.id in registry.unavailable:
            continue
        model = _digest(_place(endpoint), endpoint.model, endpoint.api_key_env or "")
        account = _digest(_place(endpoint), endpoint.api_key_env or "", os.environ.get(endpoint.api_key_env or "", ""))
        names["breaker", endpoint.id] = f"breaker/{endpoint.id}/{model}"
        names["rest", endpoint.id] = f"rest/{endpoint.id}/{model}"
        names["rest", endpoint.account] = f"account/{endpoint.provider}/{account}"
    return names


def _place(endpoint: Endpoint) -> str:
    machine = socket.gethostname() if _is_on_this_machine(endpoint) else ""
    return f"{endpoint.provider} {endpoint.base_url} {machine}"


def _is_on_this_machine(endpoint: Endpoint) -> bool:
    if endpoint.base_url is None:
        return not endpoint.is_cloud
    host = urlsplit(endpoint.base_url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=8).hexdigest()
