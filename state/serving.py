"""How a turn was served, as plain JSON values; the pydantic models that check them are in `kiosk.serving.models`."""

from __future__ import annotations

from typing import Literal, NotRequired

from typing_extensions import TypedDict

ServingTypeName = Literal["cloud", "local"]
AttemptCause = Literal[
    "rate_limited",
    "timeout",
    "connection",
    "auth",
    "model_not_found",
    "context_length",
    "content_filter",
    "bad_output",
    "server_error",
    "cancelled",
]


class RequestAnalysis(TypedDict):
    """What analyze found out about the customer's words (the seed's RequestCharacteristics, plus the language)."""

    complexity: Literal["simple", "moderate", "complex"]
    privacy_sensitivity: Literal["low", "medium", "high"]
    response_time_requirement: Literal["fast", "balanced", "quality"]
    contains_sensitive_data: bool
    estimated_tokens: int
    reasoning: str
    language: str


class Selection(TypedDict):
    """Where route sends the turn: endpoint ids in the order in which they are tried, and why."""

    chain: list[str]
    reason: str
    confidence: float
    estimated_cost: float


class Attempt(TypedDict):
    """One try at one endpoint; `cause` is None where it answered, `cancelled` where another answered before it.

    `detail` holds codes and never words of the customer. Tokens and cost of a try that was cut short are estimates.
    """

    endpoint_id: str
    cause: AttemptCause | None
    detail: str
    latency_ms: int
    tokens: int
    cost: float
    input_tokens: NotRequired[int]
    output_tokens: NotRequired[int]


class Fallback(TypedDict):
    """One step along the chain: which endpoint took over from which, and why: a cause, `low_confidence` or `hedged`."""

    from_endpoint: str
    to_endpoint: str
    reason: str


class ServingInfo(TypedDict):
    """The seed's ServingResponse as plain values, plus the endpoint's id."""

    content: str
    serving_type: ServingTypeName
    model_name: str
    endpoint_id: str
    latency_ms: int
    tokens_used: int
    actual_cost: float
    was_fallback: bool
    timestamp: str


class Response(TypedDict):
    """The seed's AgentResponse as plain values."""

    answer: str
    serving_info: ServingInfo
    request_analysis: RequestAnalysis
    cost_savings: float
    recommendation: NotRequired[str | None]
    needs_staff: NotRequired[str | None]
