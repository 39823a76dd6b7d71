"""Who takes turns in the serving benchmark: this kiosk, and what people build with the libraries as they come."""

from __future__ import annotations

import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.runnables import RunnableConfig

from evals.loopback import Answer, Asked
from graph import create_graph
from kiosk.ordering import Order, to_state
from kiosk.serving import Registry, TurnRequest
from kiosk.serving.prompts import estimated_tokens, render
from kiosk.settings import Settings
from kiosk.understanding import Engine
from state import Context, Dialogue, RequestAnalysis

TakeTurn = Callable[[str], Awaitable[object]]
_LANGUAGE = "ko"
_ANALYSE = "다음 커피 키오스크 고객 질문의 특성을 분석하라. JSON으로만 답하라.\n질문: {text}"
_ROUTE = "요청의 특성에 따라 클라우드 서빙과 로컬 서빙 중 하나를 선택하라.\n{analysis}"
_GENERATE = "당신은 커피 키오스크의 점원이다. 주문을 받아 한국어로 답하라."
_TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": description,
            "parameters": {"type": "object", "properties": {"reason": {"type": "string"}}, "required": ["reason"]},
        },
    }
    for name, description in (
        ("select_cloud_serving", "클라우드 서빙을 선택한다"),
        ("select_local_serving", "로컬 서빙을 선택한다"),
    )
]
_ADD = {"type": "add_item", "heard": "라떼", "item": "latte", "quantity": 1, "options": []}
_REST: dict[str, Any] = {
    "questions": [],
    "notices": [],
    "clarification": None,
    "social": None,
    "reply": None,
    "confidence": 0.9,
}
_PROPOSAL = json.dumps({"actions": [_ADD], **_REST}, ensure_ascii=False)
_ANALYSIS = json.dumps({"complexity": "simple", "privacy_sensitivity": "low", "reasoning": "주문"}, ensure_ascii=False)

_REPLY = "네, 라떼 한 잔 담아 드렸어요. 더 필요하신 게 있으세요?"


def answer(asked: Asked) -> Answer:
    """Answer any contender the way a healthy model would, with a bill for what was sent."""
    sent = sum(estimated_tokens(str(message.get("content") or "")) for message in asked.body["messages"])
    sent += estimated_tokens(json.dumps(asked.body.get("response_format") or asked.body.get("tools") or ""))
    if asked.body.get("tools"):
        return Answer('{"reason": "주문"}', tool="select_cloud_serving", finish="tool_calls", input_tokens=sent)
    wants_proposal = asked.body.get("response_format") or asked.body.get("format")
    text = _PROPOSAL if wants_proposal else _REPLY if len(asked.body["messages"]) > 1 else _ANALYSIS
    return Answer(text, input_tokens=sent, output_tokens=estimated_tokens(text))


@dataclass(frozen=True)
class Contender:
    """A way to take a turn."""

    name: str
    take_turn: TakeTurn


def kiosk_turns(name: str, settings: Settings, model: str | None = None) -> Contender:
    """Return the kiosk, every turn a conversation of its own; with `model` that endpoint is asked first."""
    machine = create_graph(settings)

    async def take(text: str) -> object:
        config: RunnableConfig = {"configurable": {"thread_id": uuid.uuid4().hex}}
        turn: Any = {"messages": [{"role": "user", "content": text}]}
        return await machine.ainvoke(turn, config, context=Context(llm_model=model))

    return Contender(name, take)


def with_fallbacks(name: str, registry: Registry, engine: Engine) -> Contender:
    """Return LangChain's own way to be safe: the cloud model, and the local one where it raises."""

    async def take(text: str) -> object:
        chain = registry.proposer("cloud").with_fallbacks([registry.proposer("local")])
        message = await chain.ainvoke(render(turn_request(text, engine)))
        return registry.format.read(str(message.text))

    return Contender(name, take)


def bare_model(name: str, registry: Registry, engine: Engine) -> Contender:
    """Return the client library alone: the same messages, nothing before and nothing after the call."""

    async def take(text: str) -> object:
        return await registry.chat_model("cloud").ainvoke(render(turn_request(text, engine)))

    return Contender(name, take)


def three_calls(name: str, registry: Registry) -> Contender:
    """Return the pipeline that this project began as: calls to analyse, to route and to answer, all to the cloud."""

    async def take(text: str) -> AIMessage:
        model = registry.chat_model("cloud")
        judge = model.bind_tools(_TOOLS, tool_choice="any")
        analysis = await model.ainvoke([HumanMessage(_ANALYSE.format(text=text))])
        await judge.ainvoke([HumanMessage(_ROUTE.format(analysis=analysis.text))])
        return await model.ainvoke([SystemMessage(_GENERATE), HumanMessage(text)])

    return Contender(name, take)


def turn_request(text: str, engine: Engine) -> TurnRequest:
    """Return the first turn of a conversation as the kiosk would put it to a model."""
    analysis = RequestAnalysis(
        complexity="simple",
        privacy_sensitivity="low",
        response_time_requirement="fast",
        contains_sensitive_data=False,
        estimated_tokens=100,
        reasoning="",
        language=_LANGUAGE,
    )
    dialogue = Dialogue(language=_LANGUAGE, focus=[], topics=[], pending=None, misunderstood=0)
    return TurnRequest(text, to_state(Order("bench"), engine.menu), dialogue, analysis, engine.menu)


def is_unsure(engine: Engine, text: str, threshold: float) -> bool:
    """Tell whether the engine hands this turn on."""
    return engine.understand(text, Order("bench")).confidence < threshold
