"""validate: the model proposed, code decides."""

from __future__ import annotations

from langchain_core.runnables import RunnableConfig

from kiosk.ordering import TurnProposal
from kiosk.serving.health import POLICIES
from kiosk.serving.models import EMBEDDED
from nodes.answers import accepted, judge
from nodes.chain import current_endpoint, may_retry, next_endpoint
from nodes.masking import is_personal_alone
from nodes.resources import Kiosk, Update
from nodes.till import recorded
from state import Attempt, ConversationState


async def validate(kiosk: Kiosk, state: ConversationState, config: RunnableConfig) -> Update:
    """Carry the proposal out on a copy of the order: accept it, ask again with the reasons, or hand the turn on."""
    if state["proposal"] is None:
        failed = state["attempts"][-1]
        return _failed(kiosk, state, failed, (failed["detail"],) if failed["cause"] == "bad_output" else ())
    proposal = TurnProposal.model_validate(state["proposal"])
    judged = judge(kiosk, state, proposal)
    _settle(kiosk, state, accepted=not judged.issues)
    if judged.issues:
        return _failed(kiosk, state, _rejected(state["attempts"][-1], judged.issues), judged.issues)
    if _is_unsure(kiosk, state, proposal):
        return {"verdict": "fallback", "issues": []}
    return await recorded(kiosk, state, accepted(kiosk, state, judged))


def _failed(kiosk: Kiosk, state: ConversationState, attempt: Attempt, issues: tuple[str, ...] = ()) -> Update:
    """Ask the same endpoint again where that can help, else the next one."""
    repeatable = attempt["cause"] is not None and POLICIES[attempt["cause"]].step == "retry"
    again = repeatable and current_endpoint(state) != EMBEDDED and may_retry(state, kiosk.registry.routing.max_retries)
    return {
        "verdict": "retry" if again else "fallback",
        "attempts": [*state["attempts"][:-1], attempt],
        "proposal": None,
        "issues": list(issues),
    }


def _rejected(attempt: Attempt, issues: tuple[str, ...]) -> Attempt:
    return {**attempt, "cause": "bad_output", "detail": "; ".join(map(_code, issues))}


def _code(issue: str) -> str:
    """Return what an issue is about, without the value at fault: that may be the customer's words."""
    return ": ".join(issue.partition("=")[0].split(": ")[:2])


def _is_unsure(kiosk: Kiosk, state: ConversationState, proposal: TurnProposal) -> bool:
    """Tell whether the free engine should hand the turn to a model that may understand more of it."""
    return (
        current_endpoint(state) == EMBEDDED
        and proposal.confidence < kiosk.settings.cascade_threshold
        and next_endpoint(state) is not None
        and not is_personal_alone(state, proposal)
    )


def _settle(kiosk: Kiosk, state: ConversationState, *, accepted: bool) -> None:
    """Tell the endpoint's health what became of its answer; the embedded engine is never shut out."""
    if (endpoint_id := current_endpoint(state)) != EMBEDDED:
        kiosk.registry.health.settle(kiosk.registry.endpoints[endpoint_id], accepted=accepted)
