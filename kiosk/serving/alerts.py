"""Alerts for the operator: seldom enough to be read, with a history, and never in the way of a turn."""

from __future__ import annotations

import atexit
import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal, Protocol

from kiosk.serving.ledger import AlertEntry

_LOG = logging.getLogger(__name__)

AlertKind = Literal["cost", "slow", "long_prompt", "error", "storage"]
EVERY_S = 300.0
_HISTORY = 200
_WAITING = 100
_CLOSE_S = 6.0


@dataclass(frozen=True)
class Alert:
    """Something that an operator should know; `text` holds no words of a customer."""

    kind: AlertKind
    text: str
    endpoint: str | None = None
    value: float | None = None
    bound: float | None = None


class Channel(Protocol):
    """A way to reach the operator."""

    @property
    def name(self) -> str:
        """What the history calls it."""

    def send(self, text: str) -> None:
        """Deliver, or raise ChannelError."""


class ChannelError(Exception):
    """A channel could not deliver; the text names no secret."""


class Alerts:
    """Takes alerts from any thread and delivers them from one of its own.

    Of alerts of one kind about one endpoint the first is delivered, those of the next `every_s` seconds are counted,
    and the next one says how many they were.
    """

    def __init__(
        self,
        channels: Sequence[Channel],
        *,
        every_s: float = EVERY_S,
        record: Callable[[AlertEntry], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start nothing yet: the thread starts with the first alert.

        Args:
            channels: Ways to reach the operator.
            every_s: Seconds between two alerts of a kind about an endpoint.
            record: Called with each alert that was delivered, for the ledger.
            clock: Seconds that only go forward.
        """
        self._channels = tuple(channels)
        self._every_s = every_s
        self._record = record
        self._clock = clock
        self._lock = threading.Lock()
        self._quiet: dict[tuple[AlertKind, str | None], tuple[float, int]] = {}
        self._history: deque[AlertEntry] = deque(maxlen=_HISTORY)
        self._queue: queue.Queue[AlertEntry | None] = queue.Queue(_WAITING)
        self._thread: threading.Thread | None = None

    @property
    def history(self) -> tuple[AlertEntry, ...]:
        """The last alerts of this process, the oldest first."""
        with self._lock:
            return tuple(self._history)

    def notify(self, alert: Alert) -> bool:
        """Queue an alert unless one like it went out a short while ago; tell whether it goes out."""
        with self._lock:
            key = (alert.kind, alert.endpoint)
            now = self._clock()
            until, suppressed = self._quiet.get(key, (now, 0))
            if now < until:
                self._quiet[key] = until, suppressed + 1
                return False
            self._quiet[key] = now + self._every_s, 0
            self._start()
        try:
            self._queue.put_nowait(_entry(alert, suppressed))
        except queue.Full:
            _LOG.error("too many alerts wait; lost one of kind %s", alert.kind)
            return False
        return True

    def close(self) -> None:
        """Deliver what waits, for a few seconds at most."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is None:
            return
        atexit.unregister(self.close)
        self._queue.put(None)
        thread.join(_CLOSE_S)

    def _start(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="kiosk-alerts", daemon=True)
            self._thread.start()
            atexit.register(self.close)

    def _run(self) -> None:
        while (entry := self._queue.get()) is not None:
            taken = [channel.name for channel in self._channels if _delivered(channel, entry)]
            entry = replace(entry, delivered=",".join(taken))
            with self._lock:
                self._history.append(entry)
            if self._record is not None:
                self._record(entry)


def _entry(alert: Alert, suppressed: int) -> AlertEntry:
    return AlertEntry(
        at=datetime.now(UTC),
        kind=alert.kind,
        endpoint=alert.endpoint,
        text=alert.text[:1000],
        value=alert.value,
        bound=alert.bound,
        suppressed=suppressed,
        delivered="",
    )


def _delivered(channel: Channel, entry: AlertEntry) -> bool:
    more = f" (+{entry.suppressed})" if entry.suppressed else ""
    try:
        channel.send(f"[kiosk] {entry.at:%Y-%m-%d %H:%M:%S}Z {entry.kind}: {entry.text}{more}")
    except ChannelError as error:
        _LOG.error("alert not delivered by %s: %s", channel.name, error)
        return False
    return True
