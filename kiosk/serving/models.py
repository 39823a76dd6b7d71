"""What endpoints are and what they answer, as validated values; state holds the plain forms (`state.serving`)."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

Provider = Literal["embedded", "ollama", "openai", "google_genai", "anthropic", "openrouter"]
StructuredOutput = Literal["json_schema", "tools", "json"]
EMBEDDED = "embedded"
PrivateCloud = Literal["never", "masked"]


_HOSTED: frozenset[Provider] = frozenset({"openai", "google_genai", "anthropic", "openrouter"})
"""Providers that answer from the cloud unless a base_url says otherwise."""


def _now() -> datetime:
    return datetime.now(UTC)


class ServingType(StrEnum):
    """Where a model runs."""

    CLOUD = "cloud"
    LOCAL = "local"


class RequestCharacteristics(BaseModel):
    """What a turn is like."""

    complexity: Literal["simple", "moderate", "complex"]
    privacy_sensitivity: Literal["low", "medium", "high"]
    response_time_requirement: Literal["fast", "balanced", "quality"]
    contains_sensitive_data: bool
    estimated_tokens: int = Field(ge=0)
    reasoning: str
    language: str = Field(default="ko", min_length=2)


class ServingEndpoint(BaseModel):
    """An endpoint as reports and callers see it."""

    serving_type: ServingType
    endpoint_name: str
    model_name: str
    is_available: bool = True
    avg_latency_ms: int = Field(ge=0)
    cost_per_1k_tokens: float = Field(ge=0)
    max_context_length: int
    supports_streaming: bool
    privacy_level: Literal["cloud", "local"]


class ServingSelection(BaseModel):
    """Which endpoint serves a turn, why, and which one takes over."""

    selected_endpoint: ServingEndpoint
    selection_reason: str
    confidence: float = Field(ge=0.0, le=1.0)
    fallback_endpoint: ServingEndpoint | None = None
    estimated_cost: float = Field(ge=0)


class ServingResponse(BaseModel):
    """How a turn was served."""

    content: str
    serving_type: ServingType
    model_name: str
    latency_ms: int = Field(ge=0)
    tokens_used: int = Field(ge=0)
    actual_cost: float = Field(ge=0)
    was_fallback: bool
    timestamp: AwareDatetime = Field(default_factory=_now)


class ServiceHealth(BaseModel):
    """What a probe of an endpoint found."""

    serving_type: ServingType
    is_healthy: bool
    response_time_ms: int | None = Field(default=None, ge=0)
    error_message: str | None = None
    last_check: AwareDatetime = Field(default_factory=_now)


class ConversationMessage(BaseModel):
    """One message of a conversation as reports and callers see it."""

    role: Literal["user", "assistant", "system"]
    content: str
    timestamp: AwareDatetime = Field(default_factory=_now)
    serving_metadata: dict[str, Any] | None = None


class AgentResponse(BaseModel):
    """What a caller gets for one turn."""

    answer: str
    serving_info: ServingResponse
    request_analysis: RequestCharacteristics
    cost_savings: float
    recommendation: str | None = None


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Price(_Entry):
    """US dollars per 1000 tokens."""

    input: float = Field(default=0.0, ge=0)
    output: float = Field(default=0.0, ge=0)

    def cost(self, input_tokens: int, output_tokens: int) -> float:
        """Return what a call costs, in US dollars."""
        return (self.input * input_tokens + self.output * output_tokens) / 1000


class Endpoint(_Entry):
    """One entry of an endpoints file: a model behind a provider's interface."""

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$")
    provider: Provider
    model: str = Field(min_length=1)
    serving_type: ServingType
    privacy_level: Literal["cloud", "local"]
    name: str | None = None
    base_url: str | None = Field(default=None, pattern=r"^https?://")
    api_key_env: str | None = Field(default=None, pattern=r"^[A-Z][A-Z0-9_]*$")
    timeout_s: float = Field(default=5.0, gt=0, le=120)
    price_per_1k: Price = Price()
    max_context_length: int = Field(default=8192, ge=512)
    max_output_tokens: int = Field(default=1024, ge=64)
    supports_tools: bool = False
    supports_streaming: bool = True
    structured_output: StructuredOutput = "json_schema"
    avg_latency_ms: int = Field(default=1000, ge=0)
    tier: Literal["standard", "premium"] = "standard"
    keep_alive: str | int | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.privacy_level == "local" and self.serving_type is ServingType.CLOUD:
            raise ValueError("privacy_level: a cloud model is never 'local'; write 'cloud'")
        if self.privacy_level == "local" and self.base_url is None and self.provider in _HOSTED:
            raise ValueError(f"base_url: without one {self.provider} is in the cloud; name the local server's address")
        if self.base_url is None and self.api_key_env is None and self.provider in _HOSTED:
            raise ValueError("api_key_env: name the environment variable that holds the key")
        if self.structured_output == "tools" and not self.supports_tools:
            raise ValueError("structured_output: 'tools' needs supports_tools: true")
        return self

    @property
    def label(self) -> str:
        """The name for people."""
        return self.name or self.id

    @property
    def is_cloud(self) -> bool:
        """Tell whether the customer's words leave the machine."""
        return self.privacy_level == "cloud"

    @property
    def reads_schema(self) -> bool:
        """Tell whether the answer's schema takes up context: Ollama holds a model to it without showing it."""
        return self.provider != "ollama" or self.structured_output == "json"

    @property
    def account(self) -> str:
        """What a wrong key or an empty purse concerns: all endpoints that use the same key at the same place."""
        return f"{self.provider}:{self.api_key_env}:{self.base_url}"

    def described(self, *, is_available: bool = True) -> ServingEndpoint:
        """Return the endpoint as reports and callers see it."""
        return ServingEndpoint(
            serving_type=self.serving_type,
            endpoint_name=self.label,
            model_name=self.model,
            is_available=is_available,
            avg_latency_ms=self.avg_latency_ms,
            cost_per_1k_tokens=(self.price_per_1k.input + self.price_per_1k.output) / 2,
            max_context_length=self.max_context_length,
            supports_streaming=self.supports_streaming,
            privacy_level=self.privacy_level,
        )


EMBEDDED_ENDPOINT = Endpoint(
    id=EMBEDDED,
    name="Embedded engine",
    provider="embedded",
    model="embedded",
    serving_type=ServingType.LOCAL,
    privacy_level="local",
    timeout_s=2.0,
    max_context_length=128_000,
    supports_tools=True,
    supports_streaming=False,
    avg_latency_ms=2,
)
"""The engine that is always there, also where an endpoints file does not list it."""


class Hours(_Entry):
    """A time of day, by the kiosk's own clock, in which prompts have another style; `end` may lie past midnight."""

    start: int = Field(ge=0, le=23)
    end: int = Field(ge=0, le=24)
    style: Literal["default", "detailed", "concise"]

    def covers(self, hour: int) -> bool:
        """Tell whether `hour` lies in this time of day."""
        return self.start <= hour < self.end if self.start <= self.end else hour >= self.start or hour < self.end


class Routing(_Entry):
    """How turns are spread over endpoints."""

    strategy: Literal["rules", "adaptive", "llm"] = "rules"
    explore: float = Field(default=0.05, ge=0, le=0.5, description="adaptive: share of turns that try the runner-up")
    turn_deadline_s: float = Field(default=8.0, gt=0, le=120)
    max_retries: int = Field(default=1, ge=0, le=3)
    hedge_after_ms: int | None = Field(default=None, ge=10, description="silence after which the next model is asked")
    daily_budget_usd: float | None = Field(default=None, ge=0)
    session_budget_usd: float | None = Field(default=None, ge=0)
    private_cloud: PrivateCloud = "never"
    style_by_hour: tuple[Hours, ...] = ()


class EndpointsFile(_Entry):
    """A whole endpoints file."""

    endpoints: tuple[Endpoint, ...] = ()
    routing: Routing = Routing()

    @model_validator(mode="after")
    def _unique(self) -> Self:
        repeated = [name for name, count in Counter(entry.id for entry in self.endpoints).items() if count > 1]
        if repeated:
            raise ValueError(f"endpoints.{repeated[0]}.id: '{repeated[0]}' is given twice; ids must be unique")
        for entry in self.endpoints:
            if (entry.id == EMBEDDED) != (entry.provider == "embedded"):
                raise ValueError(f"endpoints.{entry.id}.id: 'embedded' is the embedded engine's id, and only its")
        return self
