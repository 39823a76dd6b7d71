"""Scores privacy detection on a suite: what is found, what is called personal without being it, what stays readable."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from kiosk.privacy import Detection, detect, mask, warm_up

MIN_HIGH_FOUND = 0.97
MAX_LOW_CALLED_HIGH = 0.03
MIN_SPANS_MASKED = 0.95
MAX_P95_MS = 5.0

_DIGIT_GROUP = re.compile(r"\d{2,}")


@dataclass(frozen=True, slots=True)
class PrivacyReport:
    """The figures of one suite.

    Attributes:
        lines: How many lines were read.
        high_found: Share of high lines called high.
        low_called_high: Share of low lines called high.
        medium_exact: Share of medium lines called medium; informative, no bound is set on it.
        spans_masked: Share of spans of which nothing readable is left in the masked text.
        p50_ms: Median time a line, loading apart.
        p95_ms: 95th percentile of the same.
        missed: Ids of high lines that were not found.
        false_alarms: Ids of low lines called high.
        unmasked: Ids of lines with a span that was not wholly masked.
    """

    lines: int
    high_found: float
    low_called_high: float
    medium_exact: float
    spans_masked: float
    p50_ms: float
    p95_ms: float
    missed: list[str] = field(default_factory=list)
    false_alarms: list[str] = field(default_factory=list)
    unmasked: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether every bound is met."""
        return (
            self.high_found >= MIN_HIGH_FOUND
            and self.low_called_high <= MAX_LOW_CALLED_HIGH
            and self.spans_masked >= MIN_SPANS_MASKED
            and self.p95_ms <= MAX_P95_MS
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain values, with the verdict."""
        return {**asdict(self), "passed": self.passed}


def score(lines: Iterable[Mapping[str, Any]], *, menu_words: Collection[str] = ()) -> PrivacyReport:
    """Run detection over suite lines and count.

    Args:
        lines: Mappings with id, lang, text, level and spans [{type, text}].
        menu_words: Names and aliases of the menu, as the kiosk passes them.
    """
    warm_up()
    rows = list(lines)
    times: list[float] = []
    missed, false_alarms, unmasked = [], [], []
    spans = masked_spans = medium_exact = 0
    for row in rows:
        # Detection waits for nothing, so processor time is its latency without what else the machine does.
        began = time.thread_time()
        detection = detect(row["text"], row.get("lang"), menu_words=menu_words)
        times.append((time.thread_time() - began) * 1000)
        high = detection.level == "high"
        if row["level"] == "high" and not high:
            missed.append(row["id"])
        if row["level"] == "low" and high:
            false_alarms.append(row["id"])
        medium_exact += row["level"] == detection.level == "medium"
        masked = [is_masked(row["text"], row["spans"], index, detection) for index in range(len(row["spans"]))]
        spans, masked_spans = spans + len(masked), masked_spans + sum(masked)
        if not all(masked):
            unmasked.append(row["id"])
    counts = {level: sum(row["level"] == level for row in rows) for level in ("low", "medium", "high")}
    return PrivacyReport(
        lines=len(rows),
        high_found=1 - _share(len(missed), counts["high"]),
        low_called_high=_share(len(false_alarms), counts["low"]),
        medium_exact=_share(medium_exact, counts["medium"]) if counts["medium"] else 1.0,
        spans_masked=_share(masked_spans, spans) if spans else 1.0,
        p50_ms=round(statistics.median(times), 3) if times else 0.0,
        p95_ms=round(_percentile(times, 0.95), 3),
        missed=missed,
        false_alarms=false_alarms,
        unmasked=unmasked,
    )


def is_masked(text: str, spans: Sequence[Mapping[str, str]], index: int, detection: Detection) -> bool:
    """Tell whether nothing of a suite span can be read in the masked text.

    Args:
        text: The line.
        spans: All spans of the line, in order; equal ones stand for successive places.
        index: The span asked about.
        detection: What `detect` found.
    """
    start, end = locate(text, spans, index)
    covered = {position for span in detection.spans for position in range(span.start, span.end)}
    if any(text[position].isalnum() and position not in covered for position in range(start, end)):
        return False
    readable = set(_DIGIT_GROUP.findall(re.sub(r"<[A-Z_]+_\d+>", " ", mask(text, detection).text)))
    return not readable & set(_DIGIT_GROUP.findall(text[start:end]))


def locate(text: str, spans: Sequence[Mapping[str, str]], index: int) -> tuple[int, int]:
    """Find where a suite span stands in its line; spans are listed in the order of the text.

    Raises:
        ValueError: If the suite names a span that the text does not hold.
    """
    position = 0
    for span in spans[: index + 1]:
        start = text.find(span["text"], position)
        if start < 0:
            start = text.index(span["text"])
        position = start + len(span["text"])
    return start, position


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0
