"""What the evaluations on other people's suites report: shares, kinds of errors with examples, times."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evals.score import Share

CONFIDENT = 0.8
"""The engine's proposals at or above this confidence are not handed on to a language model."""


@dataclass(frozen=True)
class Judged:
    """One utterance or step with its verdict; `kind` names what is wrong where something is."""

    id: str
    said: str
    exact: bool
    expected: str
    got: str
    kind: str = ""
    confidence: float = 1.0
    milliseconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the plain form."""
        return {name: getattr(self, name) for name in ("id", "kind", "said", "expected", "got", "confidence")}


@dataclass(frozen=True)
class ExternalReport:
    """The figures of one suite: `judged` in order, `shares` beside that of exact ones, other `figures` by name."""

    suite: str
    judged: Sequence[Judged]
    shares: Mapping[str, Share] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def exact(self) -> Share:
        """How many utterances or steps are exact."""
        return Share.of(one.exact for one in self.judged)

    @property
    def wrong(self) -> list[Judged]:
        """Those that are not."""
        return [one for one in self.judged if not one.exact]

    def kinds(self) -> dict[str, int]:
        """Count the kinds of errors, the most frequent first."""
        return dict(Counter(one.kind for one in self.wrong).most_common())

    def all_shares(self) -> dict[str, Share]:
        """Return every share: exact, those of the suite, and what the engine's confidence is worth."""
        confident = [one for one in self.judged if one.confidence >= CONFIDENT]
        return {
            "exact": self.exact,
            **self.shares,
            "confident": Share(len(confident), len(self.judged)),
            "confident_exact": Share.of(one.exact for one in confident),
        }

    def latency_ms(self) -> dict[str, float]:
        """Return the median and the 95th percentile of the engine's time for an utterance."""
        times = sorted(one.milliseconds for one in self.judged) or [0.0]
        p95 = times[min(len(times) - 1, int(len(times) * 0.95))]
        return {"p50": round(statistics.median(times), 2), "p95": round(p95, 2)}

    def to_dict(self) -> dict[str, Any]:
        """Return the plain form."""
        return {
            "suite": self.suite,
            **{name: share.to_dict() for name, share in self.all_shares().items()},
            **self.figures,
            "latency_ms": self.latency_ms(),
            "kinds": self.kinds(),
            "wrong": [one.to_dict() for one in self.wrong],
        }
