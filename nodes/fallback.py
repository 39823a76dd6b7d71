"""fallback: the next endpoint takes over; when none is left, code answers and the cart is kept."""

from __future__ import annotations

from langchain_core.runnables import RunnableConfig

from kiosk.replies import FixedKind
from kiosk.serving.ledger import LOW_CONFIDENCE
from nodes.analyze import EMPTY, TOO_LONG
from nodes.answers import accepted, fixed, judge
from nodes.chain import current_endpoint
from nodes.generate import ask_embedded
from nodes.permits import successors
from nodes.resources import Kiosk, Update, run_context
from nodes.till import recorded
from nodes.touch import touched
from state import Context, ConversationState

_SENTENCES: dict[str, FixedKind] = {EMPTY: "blank", TOO_LONG: "too_long"}


async def fallback(kiosk: Kiosk, state: ConversationState, config: RunnableConfig) -> Update:
    """Hand the turn on and record why, or end it with a usable sentence."""
    unreadable = next((issue for issue in state["issues"] if issue in _SENTENCES), None)
    if unreadable is not None:
        return fixed(kiosk, state, _SENTENCES[unreadable])
    context = run_context(config)
    to_endpoint = next(iter(successors(kiosk, state, context)), None)
    if to_endpoint is None:
        return await _last_resort(kiosk, state, context, config)
    step = {"from_endpoint": current_endpoint(state), "to_endpoint": to_endpoint, "reason": _reason(state)}
    # What was wrong with one model's proposal would only puzzle the next model.
    return {"verdict": "fallback", "fallbacks": [*state["fallbacks"], step], "proposal": None, "issues": []}


def _reason(state: ConversationState) -> str:
    return state["attempts"][-1]["cause"] or LOW_CONFIDENCE


async def _last_resort(kiosk: Kiosk, state: ConversationState, context: Context, config: RunnableConfig) -> Update:
    """Answer with the embedded engine's own proposal, whatever its confidence; failing that, with a safe sentence."""
    if touched(state["messages"]):
        # What was tapped is not there any more; guessing at the words that describe it would do something else.
        return fixed(kiosk, state, "stale")
    proposal, record = await ask_embedded(kiosk, state, context, config)
    judged = judge(kiosk, state, proposal) if proposal else None
    if judged is not None and judged.issues:
        record = {**record, "cause": "bad_output", "detail": "; ".join(judged.issues)}
    attempts = [*state["attempts"], record]
    after: ConversationState = {**state, "attempts": attempts}
    usable = judged is not None and not judged.issues
    update = accepted(kiosk, after, judged) if judged and usable else fixed(kiosk, after, "safe")
    return await recorded(kiosk, after, update) | {"attempts": attempts}
