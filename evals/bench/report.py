"""The figures of a benchmark and what they should be."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Aim:
    """A bound on a figure; `inclusive` tells 'at most' from 'below'."""

    limit: float
    inclusive: bool = False

    def met_by(self, value: float) -> bool:
        """Tell whether a figure keeps the bound."""
        return value <= self.limit if self.inclusive else value < self.limit


AIMS: dict[str, Aim] = {
    "turn_p50_ms": Aim(10.0),
    "ratio": Aim(2.0),
    "time_growth": Aim(1.5, inclusive=True),
    "bytes_growth": Aim(1.5, inclusive=True),
    "ask_seconds": Aim(3.0),
    "ask_peak_mb": Aim(600.0),
}


@dataclass(frozen=True)
class BenchReport:
    """What was measured.

    Attributes:
        turn_p50_ms: Median of a turn on the embedded engine with SQLite.
        turn_p95_ms: 95th percentile of the same.
        idle_p50_ms: Median of a turn of the graph that does nothing, in the same run.
        ratio: First by third.
        start_turn_ms: Median of turns 1 to 10 of a conversation of 100 turns. The window of the history fills with
            them, so they are its cheapest turns and the growth that is counted from them is the largest.
        end_turn_ms: Median of turns 91 to 100.
        time_growth: The second by the first.
        start_turn_bytes: Mean bytes that turns 1 to 10 each write to the database.
        end_turn_bytes: The same of turns 91 to 100.
        bytes_growth: The second by the first.
        threads: Conversations at once.
        turns_per_second: Turns of all of them together.
        ask_seconds: Median of `kiosk ask` from start to exit, files warm.
        ask_peak_mb: Highest peak memory of the same.
    """

    turn_p50_ms: float
    turn_p95_ms: float
    idle_p50_ms: float
    ratio: float
    start_turn_ms: float
    end_turn_ms: float
    time_growth: float
    start_turn_bytes: float
    end_turn_bytes: float
    bytes_growth: float
    threads: int
    turns_per_second: float
    ask_seconds: float
    ask_peak_mb: float

    def to_dict(self) -> dict[str, Any]:
        """Return the plain form that programs read, with the aims and whether they were met."""
        figures = asdict(self)
        aims = {name: {"limit": aim.limit, "met": aim.met_by(figures[name])} for name, aim in AIMS.items()}
        return {**figures, "aims": aims}
