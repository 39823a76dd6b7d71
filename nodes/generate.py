"""generate: one attempt at one endpoint, within its timeout and the turn's deadline; two where hedging is on."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime

from langchain_core.runnables import RunnableConfig

from kiosk.ordering import TurnProposal
from kiosk.serving.attempts import attempt
from kiosk.serving.health import backoff_s
from kiosk.serving.ledger import HEDGED
from kiosk.serving.models import EMBEDDED
from kiosk.serving.race import Asked, Try, ask
from kiosk.serving.router import prompt_style, temperature
from kiosk.serving.turn import TurnRequest
from nodes.answers import judge
from nodes.background import background
from nodes.chain import current_endpoint, retries
from nodes.history import prompt_tokens, schema_tokens, shown
from nodes.masking import with_allergens
from nodes.permits import successors, time_left_s
from nodes.resources import Kiosk, Update, run_context
from nodes.touch import touched
from state import Attempt, Context, ConversationState, Fallback


async def generate(kiosk: Kiosk, state: ConversationState, config: RunnableConfig) -> Update:
    """Ask the current endpoint for a proposal; a failure comes back as data."""
    if (by_hand := touched(state["messages"])) is not None:
        return {"attempts": [*state["attempts"], _no_model()], "proposal": by_hand.model_dump(mode="json")}
    context = run_context(config)
    if current_endpoint(state) == EMBEDDED:
        proposal, record = await ask_embedded(kiosk, state, context, config)
        return _update(state, Asked(proposal, (record,)))
    first = Try(current_endpoint(state), turn_request(kiosk, state, context), time_left_s(kiosk, state))
    return _update(state, await background.run(_asked(kiosk, state, context, first, config)))


async def ask_embedded(
    kiosk: Kiosk, state: ConversationState, context: Context, config: RunnableConfig
) -> tuple[TurnProposal | None, Attempt]:
    """Ask the embedded engine; it waits for nothing, so it runs where the node runs."""
    request = turn_request(kiosk, state, context)
    request = replace(request, utterance=await with_allergens(kiosk, config, request.utterance))
    return await attempt(kiosk.registry, EMBEDDED, request, kiosk.registry.endpoints[EMBEDDED].timeout_s, config)


async def _asked(kiosk: Kiosk, state: ConversationState, context: Context, first: Try, config: RunnableConfig) -> Asked:
    """Ask the current endpoint, and the next one that may be asked where this one is silent."""

    def runner_up() -> Try | None:
        name = next((name for name in successors(kiosk, state, context) if name != EMBEDDED), None)
        # What was wrong with one model's proposal would only puzzle another.
        request = replace(turn_request(kiosk, state, context), feedback=())
        return Try(name, request, time_left_s(kiosk, state)) if name else None

    def is_fit(proposal: TurnProposal) -> bool:
        return not judge(kiosk, state, proposal).issues

    pause_s = _pause_s(state)
    if 0 < pause_s < first.timeout_s:
        await asyncio.sleep(pause_s)
        first = replace(first, timeout_s=first.timeout_s - pause_s)
    return await ask(kiosk.registry, first, runner_up, is_fit, kiosk.observers.watched(config))


def _pause_s(state: ConversationState) -> float:
    """Return how long to leave an endpoint alone that has just answered with a server error."""
    last = state["attempts"][-1] if state["attempts"] else None
    again = last is not None and last["endpoint_id"] == current_endpoint(state) and last["cause"] == "server_error"
    return backoff_s(retries(state) + 1) if again else 0.0


def _update(state: ConversationState, asked: Asked) -> Update:
    update: Update = {
        "attempts": [*state["attempts"], *asked.attempts],
        "proposal": asked.proposal.model_dump(mode="json") if asked.proposal else None,
    }
    if cost := sum(record["cost"] for record in asked.attempts):
        update["spent_usd"] = state.get("spent_usd", 0.0) + cost
    current, last = current_endpoint(state), asked.attempts[-1]["endpoint_id"]
    if last != current:
        step = Fallback(from_endpoint=current, to_endpoint=last, reason=HEDGED)
        update["fallbacks"] = [*state["fallbacks"], step]
    return update


def turn_request(kiosk: Kiosk, state: ConversationState, context: Context) -> TurnRequest:
    """Return what an endpoint is told about the turn; the history leaves out the turn itself."""
    *earlier, turn = state["messages"]
    return TurnRequest(
        utterance=turn.text,
        order=state["order"],
        dialogue=state["dialogue"],
        analysis=state["analysis"],
        history=shown(earlier, kiosk.settings.history_messages),
        prompt_style=prompt_style(context, kiosk.registry.routing, datetime.now().astimezone()),
        temperature=temperature(context, state["analysis"]),
        feedback=tuple(state["issues"]),
        menu=kiosk.rules.menu,
        prompt_tokens=prompt_tokens(kiosk.rules.menu, state["messages"]),
        schema_tokens=schema_tokens(kiosk.rules.menu),
        spent_session_usd=state.get("spent_usd", 0.0),
    )


def _no_model() -> Attempt:
    return {"endpoint_id": EMBEDDED, "cause": None, "detail": "", "latency_ms": 0, "tokens": 0, "cost": 0.0}
