"""What the operator's page gets to draw, as OpenAPI documents it; a field is the ledger's figure of that name."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from kiosk.serving.feedback import Path, RecommendationKind
from kiosk.serving.health import Block, BreakerState
from state import AttemptCause

Step = Literal["hour", "day"]


class _Figure(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class _SumsFigure(_Figure):
    requests: int
    successes: int
    failures: int
    success_rate: float
    input_tokens: int
    output_tokens: int
    cost_usd: float
    avoided_usd: float = Field(description="what the turns that local endpoints answered would have cost in the cloud")


class PeriodFigure(_SumsFigure):
    """One hour or day."""

    start: datetime = Field(description="by the shop's own clock")
    turns: int


class EndpointFigure(_SumsFigure):
    """One endpoint."""

    endpoint: str
    provider: str
    model: str
    serving_type: str
    answered: int = Field(description="turns that it answered")
    skipped: int = Field(description="attempts at which nothing was sent: breaker open or budget used up")
    mean_ms: float
    p50_ms: int
    p95_ms: int


class PathFigure(_Figure):
    """How many turns went one way; the shares of all ways add up to one."""

    path: Path
    turns: int
    share: float


class HandoverFigure(_Figure):
    """How often one endpoint took over from another, and why."""

    from_endpoint: str
    to_endpoint: str
    reason: str
    reason_text: str
    times: int
    share: float = Field(description="of all times that an endpoint took over")
    is_failure: bool


class FailureFigure(_Figure):
    """How often an endpoint failed of one cause."""

    endpoint: str
    cause: AttemptCause
    cause_text: str
    failures: int


class Advice(BaseModel):
    """Something to change, in words."""

    kind: RecommendationKind
    text: str


class FiguresView(BaseModel):
    """Everything that the ledger says about a range of days."""

    since: date
    step: Step = Field(description="how long each of `periods` is")
    turns: int
    requests: int
    success_rate: float
    cost_usd: float
    savings_usd: float
    fallbacks: int
    cascades: int
    cascade_share: float
    hedges: int
    periods: list[PeriodFigure]
    endpoints: list[EndpointFigure]
    paths: list[PathFigure]
    handovers: list[HandoverFigure]
    failures: list[FailureFigure]
    recommendations: list[Advice]


class Breaker(BaseModel):
    """How an endpoint stands right now, in this process."""

    endpoint: str
    name: str
    serving_type: str
    state: BreakerState
    failures: int = Field(description="failures that stand against it")
    failures_to_open: int
    block: Block | Literal["not_set_up"] | None = Field(description="why it is not asked; null where it may be")
    cause: AttemptCause | None
    cause_text: str | None
    until: datetime | None


class AlertFigure(_Figure):
    """One alert that went out."""

    at: datetime
    kind: str
    endpoint: str | None
    text: str
    value: float | None
    bound: float | None
    suppressed: int = Field(description="alerts like this one that were held back since the last")
    delivered: str


class AlertPeriod(BaseModel):
    """How many alerts of each kind went out in one hour or day."""

    start: datetime
    kinds: dict[str, int]


class AlertHistory(BaseModel):
    """The alerts of a range of days: counts of all kinds, and the last ones, the newest first."""

    since: date
    step: Step
    kinds: dict[str, int]
    periods: list[AlertPeriod]
    alerts: list[AlertFigure]
