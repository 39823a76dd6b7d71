"""Delivers what the outbox holds, in order, until it is acknowledged."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from kiosk.settings import Settings
from kiosk.storage import StorageError
from kiosk.till.messages import CONTACTS
from kiosk.till.receivers import TIMEOUT_S, NotDeliveredError, Receiver, receiver

if TYPE_CHECKING:
    from kiosk.storage.outbox import Delivery, Outbox

_LOG = logging.getLogger(__name__)

LOOK_S = 0.5
"""How often the outbox is looked at for what other processes have put into it."""
_LEASE = timedelta(seconds=4 * TIMEOUT_S)
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.25, 60.0

Contacts = Callable[[str, Mapping[str, str]], dict[str, str]]
"""Fills in the placeholders of a conversation."""


class Courier:
    """A thread for each channel that takes its messages from the outbox; several processes may each have one.

    Of each kiosk the oldest message goes first, and the next one when it is acknowledged. A message that is not
    acknowledged is tried again after a pause that doubles each time, with the same key.
    """

    def __init__(self, settings: Settings, outbox: Callable[[], Outbox], contacts: Contacts) -> None:
        """Start nothing yet.

        Args:
            settings: Who is to be told.
            outbox: Opens the outbox when there is somebody to tell.
            contacts: Fills in what the customer has told for the till, at the last moment.
        """
        self._receivers = _receivers(settings)
        self._outbox = outbox
        self._contacts = contacts
        self._stopped = threading.Event()
        self._news = {channel: threading.Event() for channel in self._receivers}
        self._threads = [
            threading.Thread(target=self._run, args=(channel,), name=f"kiosk-courier-{channel}", daemon=True)
            for channel in self._receivers
        ]

    def start(self) -> None:
        """Begin, where there is somebody to tell."""
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Say that there may be something to deliver."""
        for news in self._news.values():
            news.set()

    def stop(self) -> None:
        """Let deliveries that run come to their end, and no other begin; what is left goes out after the next start."""
        self._stopped.set()
        self.wake()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()
        for one in self._receivers.values():
            one.close()

    def _run(self, channel: str) -> None:
        while not self._stopped.is_set():
            try:
                while not self._stopped.is_set() and self._deliver_one(channel):
                    pass
            except StorageError as error:
                _LOG.warning("deliveries wait: %s", error)
            except Exception as error:
                # Whatever it is, tickets go on as soon as it is over.
                _LOG.error("deliveries wait: %s", type(error).__name__)
            self._news[channel].wait(LOOK_S)
            self._news[channel].clear()

    def _deliver_one(self, channel: str) -> bool:
        """Deliver what is due longest; False where nothing is."""
        outbox = self._outbox()
        delivery = outbox.take(channel, _LEASE)
        if delivery is None:
            return False
        try:
            self._receivers[channel].deliver(delivery.key, {"kiosk_id": delivery.kiosk_id, **self._filled(delivery)})
        except NotDeliveredError as error:
            _LOG.warning("not delivered: channel=%s attempts=%s: %s", delivery.channel, delivery.attempts + 1, error)
            outbox.failed(delivery, str(error)[:64], _pause(delivery.attempts))
        else:
            outbox.delivered(delivery)
        return True

    def _filled(self, delivery: Delivery) -> dict[str, Any]:
        told = delivery.body.get(CONTACTS)
        if not told:
            return delivery.body
        known = self._contacts(delivery.thread_id, told) if delivery.thread_id else {}
        return {**delivery.body, CONTACTS: known}


def _pause(attempts: int) -> timedelta:
    longest = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0**attempts)
    return timedelta(seconds=longest * random.uniform(0.5, 1.0))


def _receivers(settings: Settings) -> dict[str, Receiver]:
    wanted = {
        "kitchen": (settings.kitchen_url, settings.kitchen_secret),
        "terminal": (settings.terminal_url, settings.terminal_secret),
    }
    return {
        channel: receiver(url, secret.get_secret_value() if secret else None)
        for channel, (url, secret) in wanted.items()
        if url is not None
    }
