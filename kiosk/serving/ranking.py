"""In which order the endpoints that may serve a turn are tried: by rule, or by experience."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from kiosk.serving.models import EMBEDDED, Endpoint
from kiosk.serving.registry import Registry
from state import Context, RequestAnalysis

_Rank = Callable[[Endpoint], tuple[object, ...]]


@dataclass(frozen=True)
class RouteRequest:
    """What decides about a turn; the spent sums are US dollars.

    `prompt_tokens` is the length of the prompt, `schema_tokens` that of the answer's schema, which not all models read.
    """

    analysis: RequestAnalysis
    context: Context = field(default_factory=Context)
    prompt_tokens: int = 0
    needs_tools: bool = False
    spent_today_usd: float = 0.0
    spent_session_usd: float = 0.0
    schema_tokens: int = 0

    @property
    def is_private(self) -> bool:
        """Tell whether the turn holds what must not leave the machine."""
        return self.analysis["privacy_sensitivity"] == "high" or self.analysis["contains_sensitive_data"]

    def cost(self, endpoint: Endpoint) -> float:
        """Return what the turn costs at an endpoint, in US dollars."""
        return endpoint.price_per_1k.cost(self.sent_to(endpoint), self.analysis["estimated_tokens"])

    def sent_to(self, endpoint: Endpoint) -> int:
        """Return how many tokens an endpoint is sent."""
        return self.prompt_tokens + (self.schema_tokens if endpoint.reads_schema else 0)


@dataclass(frozen=True)
class Order:
    """The chain, the rule that made it, and how sure that rule is."""

    chain: tuple[Endpoint, ...]
    rule: str
    reason: str
    confidence: float


def ranked(kept: list[Endpoint], request: RouteRequest, registry: Registry) -> Order:
    """Put endpoints in the order in which they are tried; the embedded engine is first unless another is asked for."""
    analysis, context = request.analysis, request.context

    def order(rule: str, reason: str, confidence: float, rank: _Rank) -> Order:
        return Order(tuple(sorted(kept, key=lambda it: (it.id != EMBEDDED, *rank(it)))), rule, reason, confidence)

    if asked := [endpoint for endpoint in kept if is_asked_for(endpoint, context)]:
        rest = order("asked_for", f"the caller asked for {context.llm_model}", 1.0, _near)
        return Order((*asked, *(it for it in rest.chain if it not in asked)), rest.rule, rest.reason, 1.0)
    if request.is_private:
        return order("private", "private: stays local", 1.0, _near)
    if registry.routing.strategy == "adaptive":
        best = order("adaptive", "best experience after the embedded engine", 0.8, _experienced(request, registry))
        return _explored(best, registry)
    if analysis["complexity"] == "complex" or analysis["response_time_requirement"] == "quality":
        return order("quality", "complex: best model after the embedded engine", 0.9, _best)
    if analysis["complexity"] == "simple" or analysis["response_time_requirement"] == "fast":
        return order("fast", "simple or urgent: nearest model after the embedded engine", 0.9, _near)
    reason = "balanced: cheapest model after the embedded engine"
    return order("balanced", reason, 0.7, lambda it: (request.cost(it), it.avg_latency_ms))


def is_asked_for(endpoint: Endpoint, context: Context) -> bool:
    """Tell whether the caller named this endpoint, or its model."""
    return context.llm_model in (endpoint.id, endpoint.model)


def _near(endpoint: Endpoint) -> tuple[object, ...]:
    return endpoint.is_cloud, endpoint.avg_latency_ms


def _best(endpoint: Endpoint) -> tuple[object, ...]:
    return endpoint.tier != "premium", not endpoint.is_cloud, endpoint.avg_latency_ms


def _experienced(request: RouteRequest, registry: Registry) -> _Rank:
    return lambda endpoint: (-registry.health.experience.score(endpoint, request.cost(endpoint)),)


def _explored(order: Order, registry: Registry) -> Order:
    """Now and then let the second model go before the first, so that one that has got better is noticed."""
    chain = list(order.chain)
    first = next((place for place, endpoint in enumerate(chain) if endpoint.id != EMBEDDED), len(chain))
    if first + 1 >= len(chain) or registry.chance.random() >= registry.routing.explore:
        return order
    chain[first], chain[first + 1] = chain[first + 1], chain[first]
    return Order(tuple(chain), "explored", "the runner-up gets a try", order.confidence)
