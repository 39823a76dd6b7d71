"""Start-up time and peak memory of the command, measured from outside like a customer's terminal would."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
"""`ru_maxrss` counts bytes on macOS and kibibytes elsewhere."""


@dataclass(frozen=True)
class ProcessCost:
    """What one `kiosk ask` costs from start to exit: median time, highest peak memory."""

    seconds: float
    peak_bytes: int


class ProcessFailedError(RuntimeError):
    """The command that was to be measured ended with an exit code; the text has its last words."""


def measure_ask(utterance: str, folder: Path, repeats: int = 3) -> ProcessCost:
    """Start `kiosk ask` `repeats` times, after one start that warms the file cache."""
    runs = [_timed_ask(utterance, folder) for _ in range(repeats + 1)][1:]
    return ProcessCost(statistics.median(seconds for seconds, _ in runs), max(peak for _, peak in runs))


def _timed_ask(utterance: str, folder: Path) -> tuple[float, int]:
    # Bytes: the locale may not know the language that the utterance is in.
    command: list[str | bytes] = [sys.executable, "-m", "kiosk.cli", "ask", utterance.encode(), "--json"]
    environment = {**os.environ, "KIOSK_DATABASE_URL": f"sqlite:///{folder / 'ask.db'}"}
    log = folder / "ask.log"
    started = time.perf_counter()
    with log.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=stream)
        # wait4 and not Popen.wait: it gives the resources of this one child.
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        last_words = log.read_text(encoding="utf-8").strip().rpartition("\n")[2]
        raise ProcessFailedError(f"kiosk ask ended with exit code {process.returncode}: {last_words}")
    return seconds, usage.ru_maxrss * _RSS_UNIT
