"""What the ledger teaches: how good each endpoint is, what was saved, and what to change."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, get_args

from kiosk.serving.ledger import HEDGED, LOW_CONFIDENCE
from state import AttemptCause

TARGET_LATENCY_MS = 500.0
COST_SCALE_USD = 1.0
_WEIGHTS = {"cost": 0.3, "speed": 0.3, "reliability": 0.4}
_MISCONFIGURED = ("auth", "model_not_found")
_FEW_REQUESTS = 5

RecommendationKind = Literal[
    "high_cost",
    "savings",
    "unreliable",
    "slow",
    "misconfigured",
    "many_fallbacks",
    "little_local",
    "unsure_local",
    "optimal",
    "no_data",
]


Path = Literal["embedded", "model", "handed_on", "fallback", "unanswered"]
PATHS: tuple[Path, ...] = get_args(Path)


@dataclass(frozen=True)
class _Sums:
    """Sums over attempts.

    `requests` and the sum of their times, `latency_ms`, leave out those that were never sent, and those that were
    called off because another endpoint was quicker; tokens and costs are those of all.
    """

    requests: int
    successes: int
    latency_ms: int
    input_tokens: int
    output_tokens: int
    cost_usd: float
    avoided_usd: float

    @property
    def failures(self) -> int:
        """The requests that gave no answer of use."""
        return self.requests - self.successes

    @property
    def success_rate(self) -> float:
        """The share of requests that gave an answer of use."""
        return self.successes / self.requests if self.requests else 0.0

    @property
    def mean_ms(self) -> float:
        """The mean time of a request, failed ones included."""
        return self.latency_ms / self.requests if self.requests else 0.0


@dataclass(frozen=True)
class EndpointStatistics(_Sums):
    """What one endpoint did; `answered` counts the turns that it answered."""

    endpoint: str
    provider: str
    model: str
    serving_type: str
    answered: int
    skipped: int
    p50_ms: int
    p95_ms: int


@dataclass(frozen=True)
class DayStatistics(_Sums):
    """What the endpoints of one provider did on one day."""

    day: date
    provider: str


@dataclass(frozen=True)
class PeriodStatistics(_Sums):
    """What all endpoints did in one hour or day, which begins at `start` by the shop's own clock."""

    start: datetime
    turns: int


@dataclass(frozen=True)
class PathCount:
    """How many turns went one way.

    `embedded`: the embedded engine alone answered. `model`: a model was asked at once and answered. `handed_on`: the
    engine was not sure and a model took over. `fallback`: something failed and another endpoint answered.
    `unanswered`: nobody gave an answer of use.
    """

    path: Path
    turns: int


@dataclass(frozen=True)
class CauseCount:
    """How often an endpoint failed of one cause."""

    endpoint: str
    cause: AttemptCause
    failures: int


@dataclass(frozen=True)
class HandoverCount:
    """How often one endpoint took over from another, and why."""

    from_endpoint: str
    to_endpoint: str
    reason: str
    times: int

    @property
    def is_failure(self) -> bool:
        """Tell whether the first endpoint failed, and was not only unsure or slow."""
        return self.reason not in (LOW_CONFIDENCE, HEDGED)


@dataclass(frozen=True)
class Figures:
    """All that the ledger says about a time."""

    since: date | None
    turns: int
    endpoints: tuple[EndpointStatistics, ...] = ()
    days: tuple[DayStatistics, ...] = ()
    causes: tuple[CauseCount, ...] = ()
    handovers: tuple[HandoverCount, ...] = ()
    paths: tuple[PathCount, ...] = ()
    periods: tuple[PeriodStatistics, ...] = ()

    @property
    def cost_usd(self) -> float:
        """What all attempts cost."""
        return sum(entry.cost_usd for entry in self.endpoints)

    @property
    def savings_usd(self) -> float:
        """What the turns that local endpoints answered would have cost at the default cloud endpoint."""
        return sum(entry.avoided_usd for entry in self.endpoints)

    @property
    def fallbacks(self) -> int:
        """How often an endpoint took over because another failed."""
        return sum(entry.times for entry in self.handovers if entry.is_failure)

    @property
    def cascades(self) -> int:
        """How often the embedded engine handed on a turn that it was not sure of."""
        return sum(entry.times for entry in self.handovers if entry.reason == LOW_CONFIDENCE)

    @property
    def cascade_share(self) -> float:
        """The share of turns that the embedded engine handed on."""
        return self.cascades / self.turns if self.turns else 0.0

    @property
    def hedges(self) -> int:
        """How often an endpoint answered that was asked because another was silent for too long."""
        return sum(entry.times for entry in self.handovers if entry.reason == HEDGED)

    @property
    def fallback_cause(self) -> str | None:
        """The most common reason why an endpoint took over from one that failed."""
        counts: Counter[str] = Counter()
        for entry in self.handovers:
            if entry.is_failure:
                counts[entry.reason] += entry.times
        return counts.most_common(1)[0][0] if counts else None

    @property
    def everything(self) -> Group:
        """All endpoints taken together."""
        return Group(self.endpoints)

    def of(self, serving_type: Literal["cloud", "local"]) -> Group:
        """Return the endpoints of one serving type taken together."""
        return Group(tuple(entry for entry in self.endpoints if entry.serving_type == serving_type))


@dataclass(frozen=True)
class Group:
    """Several endpoints taken together."""

    members: tuple[EndpointStatistics, ...]

    @property
    def requests(self) -> int:
        """All their requests."""
        return sum(entry.requests for entry in self.members)

    @property
    def answered(self) -> int:
        """The turns that they answered."""
        return sum(entry.answered for entry in self.members)

    @property
    def success_rate(self) -> float:
        """The share of requests that gave an answer of use."""
        return sum(entry.successes for entry in self.members) / self.requests if self.requests else 0.0

    @property
    def mean_ms(self) -> float:
        """The mean time of a request."""
        return sum(entry.latency_ms for entry in self.members) / self.requests if self.requests else 0.0

    @property
    def cost_usd(self) -> float:
        """What they cost."""
        return sum(entry.cost_usd for entry in self.members)


@dataclass(frozen=True)
class Efficiency:
    """How well an endpoint serves, from 0 to 1: three scores and their weighted sum."""

    cost: float
    speed: float
    reliability: float

    @property
    def score(self) -> float:
        """0.3 cost, 0.3 speed, 0.4 reliability."""
        return sum(weight * float(getattr(self, name)) for name, weight in _WEIGHTS.items())


def efficiency(endpoint: EndpointStatistics) -> Efficiency:
    """Return an endpoint's scores.

    What costs nothing has the full cost score, a dollar spent has none. An answer at once has the full speed score, one
    that takes half a second has none. Reliability is the share of requests that succeeded.
    """
    if not endpoint.requests:
        return Efficiency(0.0, 0.0, 0.0)
    return Efficiency(
        cost=max(0.0, 1.0 - endpoint.cost_usd / COST_SCALE_USD),
        speed=max(0.0, 1.0 - endpoint.mean_ms / TARGET_LATENCY_MS),
        reliability=endpoint.success_rate,
    )


@dataclass(frozen=True)
class Recommendation:
    """Something to change; kiosk/serving/report has the words, `values` fill their places."""

    kind: RecommendationKind
    values: dict[str, str] = field(default_factory=dict)


def recommendations(figures: Figures) -> list[Recommendation]:
    """Return what an operator should look at, the most urgent first."""
    if not figures.turns:
        return [Recommendation("no_data")]
    found = [*_of_setup(figures), *_of_endpoints(figures), *_of_fallbacks(figures), *_of_money(figures)]
    found += _of_balance(figures)
    return found or [Recommendation("optimal")]


def _of_setup(figures: Figures) -> list[Recommendation]:
    return [
        Recommendation(
            "misconfigured", {"endpoint": entry.endpoint, "cause": entry.cause, "times": str(entry.failures)}
        )
        for entry in figures.causes
        if entry.cause in _MISCONFIGURED
    ]


def _of_endpoints(figures: Figures) -> list[Recommendation]:
    found = []
    for entry in figures.endpoints:
        # One failure in two tries says nothing about a service.
        if entry.requests < _FEW_REQUESTS:
            continue
        scores = efficiency(entry)
        if scores.reliability < 0.8:
            rate = f"{scores.reliability:.1%}"
            found.append(Recommendation("unreliable", {"endpoint": entry.endpoint, "rate": rate}))
        if scores.speed < 0.5:
            found.append(Recommendation("slow", {"endpoint": entry.endpoint, "ms": f"{entry.mean_ms:.0f}"}))
    return found


def _of_fallbacks(figures: Figures) -> list[Recommendation]:
    share = figures.fallbacks / figures.turns
    if share < 0.1 or figures.fallbacks < _FEW_REQUESTS:
        return []
    return [Recommendation("many_fallbacks", {"share": f"{share:.1%}", "cause": str(figures.fallback_cause)})]


def _of_money(figures: Figures) -> list[Recommendation]:
    found = []
    if figures.cost_usd > 1.0:
        found.append(Recommendation("high_cost", {"cost": f"{figures.cost_usd:.4f}"}))
    if figures.savings_usd > 0.5:
        found.append(Recommendation("savings", {"saved": f"{figures.savings_usd:.4f}"}))
    return found


def _of_balance(figures: Figures) -> list[Recommendation]:
    """Look at how much stays on the machine; that much does is only a fault where it is often not sure."""
    local, cloud = figures.of("local"), figures.of("cloud")
    answered = local.answered + cloud.answered
    if answered < _FEW_REQUESTS:
        return []
    share = local.answered / answered
    if share < 0.3:
        return [Recommendation("little_local", {"share": f"{share:.1%}"})]
    failed = local.requests - sum(entry.successes for entry in local.members)
    unsure = (failed + figures.cascades) / max(1, local.requests)
    if share > 0.7 and unsure > 0.2:
        return [Recommendation("unsure_local", {"share": f"{share:.1%}", "unsure": f"{unsure:.1%}"})]
    return []
