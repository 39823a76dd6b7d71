"""One try at one endpoint: within its time, never raising, with a cause from the closed list where it failed."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from pydantic import ValidationError

from kiosk.ordering import TurnProposal
from kiosk.serving.errors import classify
from kiosk.serving.health import Failure
from kiosk.serving.ledger import NOT_ASKED
from kiosk.serving.models import Endpoint
from kiosk.serving.prompts import render
from kiosk.serving.providers import asked, run_config
from kiosk.serving.registry import Registry
from kiosk.serving.turn import TurnRequest
from state import Attempt

_LOG = logging.getLogger(__name__)
_CUT_OFF = frozenset({"length", "max_tokens"})
_WITHHELD = frozenset(
    {"content_filter", "refusal", "safety", "recitation", "blocklist", "prohibited_content", "spii", "language"}
)


@dataclass(frozen=True)
class _Answer:
    proposal: TurnProposal | None
    failure: Failure | None
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0


async def attempt(
    registry: Registry,
    endpoint_id: str,
    request: TurnRequest,
    timeout_s: float,
    config: RunnableConfig | None = None,
) -> tuple[TurnProposal | None, Attempt]:
    """Ask one endpoint once.

    Failures are counted here. Whether an answer was any good is known only after validate, which says so with
    `registry.health.settle`.

    Args:
        registry: The endpoints.
        endpoint_id: Whom to ask.
        request: The turn.
        timeout_s: Time that is left for the turn; the endpoint's own timeout holds as well.
        config: The run's config; callbacks, tags and metadata travel to the model's run.

    Returns:
        The proposal, None where the attempt failed, and the record of the attempt.
    """
    began = time.perf_counter()
    answer = await _ask(registry, endpoint_id, request, timeout_s, config)
    failure = answer.failure
    record = Attempt(
        endpoint_id=endpoint_id,
        cause=failure.cause if failure else None,
        detail=failure.detail if failure else "",
        latency_ms=round((time.perf_counter() - began) * 1000),
        tokens=answer.input_tokens + answer.output_tokens,
        cost=answer.cost,
        input_tokens=answer.input_tokens,
        output_tokens=answer.output_tokens,
    )
    return answer.proposal, record


async def _ask(
    registry: Registry, endpoint_id: str, request: TurnRequest, timeout_s: float, config: RunnableConfig | None
) -> _Answer:
    endpoint = registry.endpoints.get(endpoint_id)
    if endpoint is None or endpoint_id in registry.unavailable:
        return _Answer(None, Failure("auth", registry.unavailable.get(endpoint_id, "no such endpoint")))
    limit_s = min(timeout_s, endpoint.timeout_s)
    if limit_s <= 0:
        return _Answer(None, Failure("timeout", f"{NOT_ASKED}: no_time_left"))
    if not registry.health.admit(endpoint):
        block = registry.health.blocked(endpoint) or "breaker_open"
        return _Answer(None, Failure(registry.health.cause(endpoint), f"{NOT_ASKED}: {block}"))
    estimate = _estimate(endpoint, request)
    if not await _reserved(registry, request, estimate):
        registry.health.release(endpoint)
        return _Answer(None, Failure("rate_limited", f"{NOT_ASKED}: over_budget"))
    began = time.perf_counter()
    try:
        answer = await _within(timeout_s, registry, endpoint, request, config)
    except asyncio.CancelledError:
        registry.health.release(endpoint)
        registry.spending.settle(estimate, prompt_cost(endpoint, request))
        raise
    registry.spending.settle(estimate, answer.cost)
    if answer.failure is not None and answer.failure.detail.startswith(NOT_ASKED):
        registry.health.release(endpoint)
        return answer
    timed_out = answer.failure is not None and answer.failure.cause == "timeout"
    if answer.failure is None or timed_out:
        registry.health.took(endpoint, (time.perf_counter() - began) * 1000, timed_out=timed_out)
    if answer.failure is None:
        return answer
    if timed_out and limit_s < endpoint.avg_latency_ms / 1000:
        # It was given less time than it usually needs, so the turn was late and not the endpoint.
        registry.health.release(endpoint)
    else:
        registry.health.fail(endpoint, answer.failure)
    return answer


def sent_tokens(endpoint: Endpoint, request: TurnRequest) -> int:
    """Estimate how many tokens an endpoint is sent."""
    return request.prompt_tokens + (request.schema_tokens if endpoint.reads_schema else 0)


def prompt_cost(endpoint: Endpoint, request: TurnRequest) -> float:
    """Return what a call costs that was sent and given up, in US dollars: providers bill it all the same."""
    return endpoint.price_per_1k.cost(sent_tokens(endpoint, request), 0)


def _estimate(endpoint: Endpoint, request: TurnRequest) -> float:
    return endpoint.price_per_1k.cost(sent_tokens(endpoint, request), request.analysis["estimated_tokens"])


async def _reserved(registry: Registry, request: TurnRequest, estimate: float) -> bool:
    """Set aside what the attempt will cost, where both budgets have it."""
    session = registry.routing.session_budget_usd
    if estimate > 0 and session is not None and request.spent_session_usd + estimate > session:
        return False
    daily = registry.routing.daily_budget_usd
    return await registry.spending.is_known(estimate, daily) and registry.spending.reserve(estimate, daily)


async def _within(
    timeout_s: float, registry: Registry, endpoint: Endpoint, request: TurnRequest, config: RunnableConfig | None
) -> _Answer:
    """Ask, with one deadline over everything: clients only limit the wait for the next bytes."""
    config = run_config(config, endpoint, "propose")
    deadline = time.perf_counter() + timeout_s
    try:
        if endpoint.provider == "embedded":
            # It waits for nothing, so that it needs no event loop, and no deadline could interrupt it.
            message = registry.chat_model(endpoint.id).invoke(_utterance(request), config)
        else:
            async with asyncio.timeout(min(timeout_s, endpoint.timeout_s)):
                await registry.reach(endpoint)
            if not await _loaded(registry, endpoint, deadline):
                return _Answer(None, Failure("timeout", f"{NOT_ASKED}: client_loading"))
            endpoint = registry.endpoints[endpoint.id]
            async with asyncio.timeout(min(deadline - time.perf_counter(), endpoint.timeout_s)):
                schema = registry.format.schema if endpoint.structured_output == "json" else None
                model = registry.proposer(endpoint.id, request.temperature)
                message = await asked(model, render(request, schema), config)
    except Exception as error:
        failure = classify(error)
        _LOG.info("attempt failed: endpoint=%s cause=%s detail=%s", endpoint.id, failure.cause, failure.detail)
        return _Answer(None, failure)
    return _read(registry, endpoint, message)


async def _loaded(registry: Registry, endpoint: Endpoint, deadline: float) -> bool:
    """Load the client in the turn's time, not in the endpoint's: it is not to blame for a library that takes long."""
    try:
        async with asyncio.timeout(deadline - time.perf_counter()):
            await registry.load(endpoint)
    except TimeoutError:
        return False
    return time.perf_counter() < deadline


def _utterance(request: TurnRequest) -> list[BaseMessage]:
    return [HumanMessage(request.utterance, additional_kwargs={"order": request.order, "dialogue": request.dialogue})]


def _read(registry: Registry, endpoint: Endpoint, message: AIMessage) -> _Answer:
    usage = message.usage_metadata
    sent, written = (usage["input_tokens"], usage["output_tokens"]) if usage else (0, 0)
    cost = endpoint.price_per_1k.cost(sent, written)
    failure = _stopped_short(message)
    if failure is not None:
        return _Answer(None, failure, sent, written, cost)
    text = _raw_text(message)
    if not text.strip():
        return _Answer(None, Failure("bad_output", "empty answer"), sent, written, cost)
    try:
        embedded = endpoint.provider == "embedded"
        proposal = TurnProposal.model_validate_json(text) if embedded else registry.format.read(text)
    except ValidationError as error:
        return _Answer(None, Failure("bad_output", _where(error)), sent, written, cost)
    if not embedded and _says_nothing(proposal):
        return _Answer(None, Failure("bad_output", "nothing proposed"), sent, written, cost)
    return _Answer(proposal, None, sent, written, cost)


def _says_nothing(proposal: TurnProposal) -> bool:
    """Tell whether a model left the customer's words without any meaning; the prompt asks for a notice at least."""
    parts = (proposal.actions, proposal.questions, proposal.notices, proposal.clarification, proposal.social)
    return not any(parts)


def _stopped_short(message: AIMessage) -> Failure | None:
    """Return a failure where the model did not say all it had to say, even if what it said can be read."""
    facts = message.response_metadata
    reason = next((facts[key] for key in ("finish_reason", "done_reason", "stop_reason") if facts.get(key)), "")
    reason = str(reason).rpartition(".")[2].lower()
    if reason in _CUT_OFF:
        return Failure("bad_output", "cut off at the token limit")
    if reason in _WITHHELD or message.additional_kwargs.get("refusal"):
        return Failure("content_filter", "refused")
    return Failure("server_error", "failed while answering") if reason == "error" else None


def _raw_text(message: AIMessage) -> str:
    """Return the answer as the model wrote it: the arguments of its tool call, or its text."""
    for call in message.additional_kwargs.get("tool_calls", []):
        return str(call["function"]["arguments"])
    for call in message.tool_calls:
        return _json(call["args"])
    return str(message.text)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _where(error: ValidationError) -> str:
    """Name the first field at fault; the value may hold the customer's words and stays out."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    # The name of a field that is too many is the model's own word, and may be the customer's.
    place = first["loc"][:-1] if first["type"] == "extra_forbidden" else first["loc"]
    field = ".".join(str(part) for part in place)
    return f"{field}: {first['type']}" if field else str(first["type"])
