"""The strategy `llm`: a model chooses between cloud and local by a tool call, among what the rules allow.

The rules have the first word: what they drop stays dropped, and a turn that may not leave the machine leaves no choice,
so no model is asked. They have the last word too, where the model says nothing that can be used.
"""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import replace
from typing import Any

from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kiosk.serving.errors import classify
from kiosk.serving.health import Failure
from kiosk.serving.models import EMBEDDED, Endpoint
from kiosk.serving.prompts import template
from kiosk.serving.providers import asked, run_config
from kiosk.serving.registry import Registry
from kiosk.serving.router import Decision, RouteRequest, decide
from state import Selection

_LOG = logging.getLogger(__name__)
_CLOUD, _LOCAL = "select_cloud_serving", "select_local_serving"
_WHEN = {
    _CLOUD: "Cloud answers: a complex request, high quality or a long context is wanted.",
    _LOCAL: "A local model answers: a simple request, speed, privacy or low cost is wanted.",
}


class _Choice(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str = Field(max_length=500)
    confidence: float = Field(ge=0.0, le=1.0)


async def referee(
    request: RouteRequest, registry: Registry, utterance: str, timeout_s: float, config: RunnableConfig | None = None
) -> Decision:
    """Return the rules' decision with cloud or local models first, as a model chooses.

    Args:
        request: What decides about the turn.
        registry: The endpoints.
        utterance: The customer's words, masked.
        timeout_s: Time that the choice may take.
        config: The run's config; callbacks, tags and metadata travel to the model's run.
    """
    decision = decide(request, registry)
    models = [registry.endpoints[name] for name in decision.selection["chain"] if name != EMBEDDED]
    # With policy `masked` a private turn may have a choice, but who chooses sees the words and is on the machine.
    judges = (it for it in models if it.supports_tools and not (it.is_cloud and request.is_private))
    judge = next(judges, None)
    has_choice = len({endpoint.is_cloud for endpoint in models}) == 2 and decision.rule != "asked_for"
    if judge is None or not has_choice or not registry.health.admit(judge):
        return decision
    try:
        async with asyncio.timeout(min(timeout_s, judge.timeout_s)):
            message = await _asked(judge, models, request, registry, utterance, config)
    except asyncio.CancelledError:
        registry.health.release(judge)
        raise
    except Exception as error:
        registry.health.fail(judge, classify(error))
        _LOG.info("no choice: endpoint=%s cause=%s", judge.id, classify(error).cause)
        return decision
    return _chosen(message, judge, request, decision, registry)


async def _asked(
    judge: Endpoint,
    models: list[Endpoint],
    request: RouteRequest,
    registry: Registry,
    utterance: str,
    config: RunnableConfig | None,
) -> AIMessage:
    judge = await registry.prepare(judge)
    prompt = template("routing").substitute(
        utterance=json.dumps(utterance, ensure_ascii=False),
        complexity=request.analysis["complexity"],
        pace=request.analysis["response_time_requirement"],
        tokens=request.analysis["estimated_tokens"],
        cloud=_facts([endpoint for endpoint in models if endpoint.is_cloud], registry),
        local=_facts([endpoint for endpoint in models if not endpoint.is_cloud], registry),
    )
    tools = [_tool(name, when) for name, when in _WHEN.items()]
    model = registry.chat_model(judge.id).bind_tools(tools, tool_choice="any")
    return await asked(model, [HumanMessage(prompt)], run_config(config, judge, "route"))


def _tool(name: str, when: str) -> dict[str, Any]:
    return {
        "type": "function",
        "function": {"name": name, "description": when, "parameters": _Choice.model_json_schema()},
    }


def _facts(endpoints: list[Endpoint], registry: Registry) -> str:
    """Describe the best of some endpoints by what was seen of it."""
    endpoint = min(endpoints, key=lambda it: registry.health.experience.of(it).latency_ms)
    record = registry.health.experience.of(endpoint)
    price = endpoint.price_per_1k
    return (
        f"{endpoint.label}, about {record.latency_ms:.0f} ms, {record.success:.0%} of answers of use,"
        f" {price.input} + {price.output} USD per 1000 tokens"
    )


def _chosen(
    message: AIMessage, judge: Endpoint, request: RouteRequest, decision: Decision, registry: Registry
) -> Decision:
    call = next((call for call in message.tool_calls if call["name"] in _WHEN), None)
    try:
        choice = _Choice.model_validate(call["args"]) if call else None
    except ValidationError:
        choice = None
    if call is None or choice is None:
        registry.health.fail(judge, Failure("bad_output", "no tool call that can be used"))
        return decision
    registry.health.settle(judge, accepted=True)
    wants_cloud = call["name"] == _CLOUD
    chain = sorted(
        decision.selection["chain"],
        key=lambda name: (name != EMBEDDED, registry.endpoints[name].is_cloud != wants_cloud),
    )
    selection = Selection(
        chain=chain,
        reason=choice.reason,
        confidence=choice.confidence,
        estimated_cost=next(request.cost(registry.endpoints[name]) for name in chain if name != EMBEDDED),
    )
    return replace(decision, selection=selection, rule="llm")
