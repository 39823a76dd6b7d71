"""The benchmark as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

from evals.bench.process import measure_ask
from evals.bench.report import BenchReport
from evals.bench.turns import WINDOW, Advance, LongConversation, grow, median, p95, time_turns, turns_per_second
from evals.suite import Suite
from kiosk.settings import Settings


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    turns: int = 600
    long_turns: int = 100
    long_repeats: int = 5
    threads: int = 100
    turns_per_thread: int = 5
    ask_repeats: int = 3

    @property
    def steps(self) -> int:
        """How often progress is told."""
        return self.turns + self.long_turns * self.long_repeats + self.threads * self.turns_per_thread + 1

    @classmethod
    def quick(cls) -> Plan:
        """Return a plan of a few seconds; its figures say whether something broke, not by how much."""
        return cls(turns=60, long_repeats=1, threads=20, turns_per_thread=2, ask_repeats=1)


def run_bench(settings: Settings, everyday: Suite, steady: Suite, plan: Plan, advance: Advance) -> BenchReport:
    """Measure.

    Args:
        settings: The kiosk's settings; the benchmark uses databases of its own.
        everyday: Real conversations, for the time of a turn.
        steady: Turns that leave the cart as they found it, for the long conversation and for many at once.
        plan: How much is measured.
        advance: Called `plan.steps` times.

    Raises:
        ProcessFailedError: `kiosk ask` does not run.
    """
    with TemporaryDirectory(prefix="kiosk-bench-") as name:
        folder = Path(name)
        ask = measure_ask(steady.conversations[0].turns[0].user, folder, plan.ask_repeats)
        advance()
        paired = time_turns(settings, folder, everyday, plan.turns, advance)
        longs = [grow(settings, folder, steady, plan.long_turns, advance) for _ in range(plan.long_repeats)]
        rate = turns_per_second(settings, folder, steady, plan.threads, plan.turns_per_thread, advance)
    start_ms, end_ms = _windows_ms(longs)
    start_bytes, end_bytes = _windows_bytes(longs)
    return BenchReport(
        turn_p50_ms=round(median(paired.machine), 2),
        turn_p95_ms=round(p95(paired.machine), 2),
        idle_p50_ms=round(median(paired.idle), 2),
        ratio=round(median(paired.machine) / median(paired.idle), 2),
        start_turn_ms=round(start_ms, 2),
        end_turn_ms=round(end_ms, 2),
        time_growth=round(end_ms / start_ms, 2),
        start_turn_bytes=round(start_bytes),
        end_turn_bytes=round(end_bytes),
        bytes_growth=round(end_bytes / start_bytes, 2),
        threads=plan.threads,
        turns_per_second=round(rate, 1),
        ask_seconds=round(ask.seconds, 2),
        ask_peak_mb=round(ask.peak_bytes / 1_000_000, 1),
    )


def _windows_ms(longs: list[LongConversation]) -> tuple[float, float]:
    starts = [time for long in longs for time in long.times[:WINDOW]]
    ends = [time for long in longs for time in long.times[-WINDOW:]]
    return median(starts), median(ends)


def _windows_bytes(longs: list[LongConversation]) -> tuple[float, float]:
    starts = [size for long in longs for size in long.bytes[:WINDOW]]
    ends = [size for long in longs for size in long.bytes[-WINDOW:]]
    return fmean(starts), fmean(ends)
