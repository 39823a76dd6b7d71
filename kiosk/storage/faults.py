"""Faults of the storage while the kiosk runs: counted by part, and logged once and not once a second."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Literal, get_args

_LOG = logging.getLogger("kiosk.storage")

Part = Literal["turns", "payments", "deliveries", "stock", "ledger", "desk", "sessions", "health"]
PARTS: tuple[Part, ...] = get_args(Part)
"""Who meets faults; a closed list, for metrics."""

AGAIN_S = 60.0
"""How long the same thing is not said again."""


class Faults:
    """What went wrong in this process; safe in any thread."""

    def __init__(self, again_s: float = AGAIN_S, clock: Callable[[], float] = time.monotonic) -> None:
        """Start without faults."""
        self._again_s = again_s
        self._clock = clock
        self._mutex = threading.Lock()
        self._counts: Counter[Part] = Counter()
        self._said: dict[str, float] = {}
        self._failing: Counter[Part] = Counter()

    def report(self, part: Part, error: Exception) -> None:
        """Count a fault, and log its text unless that was done a moment ago, whatever the part."""
        text, now = str(error), self._clock()
        with self._mutex:
            self._counts[part] += 1
            self._failing[part] += 1
            is_new = now - self._said.get(text, -self._again_s) >= self._again_s
            if is_new:
                self._said = {known: at for known, at in self._said.items() if now - at < self._again_s} | {text: now}
        if is_new:
            _LOG.error("storage failed: %s (%s)", text, part)

    def over(self, part: Part) -> None:
        """Note that the storage has worked for a part; said once after a fault."""
        if part not in self._failing:
            return
        with self._mutex:
            times = self._failing.pop(part, 0)
            self._said.clear()
        if times:
            _LOG.warning("storage works again: %s (failures: %d)", part, times)

    @property
    def counts(self) -> Mapping[Part, int]:
        """How often the storage has failed, by part."""
        with self._mutex:
            return {part: self._counts[part] for part in PARTS}


faults = Faults()
"""Those of this process."""
