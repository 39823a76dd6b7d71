"""What a process has seen of its endpoints: how often they were of use, how long they took. Recent turns weigh most."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kiosk.serving.models import Endpoint

_NEWS_WEIGHT = 0.2
_TIMEOUT_PENALTY = 2.0
_INCUMBENT_BONUS = 0.05
_USUAL_LATENCY_MS = 1000.0
_USUAL_COST_USD = 0.001


@dataclass(frozen=True)
class Record:
    """Running means; an endpoint nobody has tried yet has its prior latency and every trust.

    `latency_ms` counts timeouts with a penalty, `answer_ms` only what led to an answer.
    """

    latency_ms: float
    answer_ms: float
    success: float = 1.0
    tries: int = 0


class Experience:
    """Records per endpoint; not synchronised, `ServingHealth` holds it under its lock."""

    def __init__(self) -> None:
        """Start without any."""
        self._records: dict[str, Record] = {}
        self._incumbent: str | None = None

    def of(self, endpoint: Endpoint) -> Record:
        """Return what was seen of an endpoint."""
        prior = endpoint.avg_latency_ms
        return self._records.get(endpoint.id, Record(latency_ms=prior, answer_ms=prior))

    def took(self, endpoint: Endpoint, latency_ms: float, *, timed_out: bool = False) -> None:
        """Note how long a try took; a timeout tells only that it would have been longer, so it weighs more."""
        record = self.of(endpoint)
        news = latency_ms * _TIMEOUT_PENALTY if timed_out else latency_ms
        self._records[endpoint.id] = replace(
            record,
            latency_ms=_moved(record.latency_ms, news),
            answer_ms=record.answer_ms if timed_out else _moved(record.answer_ms, latency_ms),
            tries=record.tries + 1,
        )

    def ended(self, endpoint: Endpoint, *, well: bool) -> None:
        """Note whether a try was of use."""
        record = self.of(endpoint)
        self._records[endpoint.id] = replace(record, success=_moved(record.success, float(well)))
        if well:
            self._incumbent = endpoint.id

    def recall(self, endpoint: Endpoint, record: Record) -> None:
        """Begin with what earlier processes have seen; what this one has seen itself counts more."""
        self._records.setdefault(endpoint.id, record)

    def score(self, endpoint: Endpoint, cost_usd: float) -> float:
        """Return how good a choice an endpoint is: 0.4 reliability, 0.3 speed, 0.3 cost.

        The one that served last has a bonus, so that two that are nearly equal do not take turns.
        """
        record = self.of(endpoint)
        speed = _USUAL_LATENCY_MS / (_USUAL_LATENCY_MS + record.latency_ms)
        thrift = _USUAL_COST_USD / (_USUAL_COST_USD + cost_usd)
        bonus = _INCUMBENT_BONUS if endpoint.id == self._incumbent else 0.0
        return 0.4 * record.success + 0.3 * speed + 0.3 * thrift + bonus


def _moved(mean: float, news: float) -> float:
    return mean + _NEWS_WEIGHT * (news - mean)
