"""The typed state of the conversation: plain JSON values, no behaviour.

The graph's own state types need LangGraph and are loaded when first asked for, so that the domain works without it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from state.context import LANGUAGES, Context, Language
from state.dialogue import Dialogue, Last, Pending
from state.order import OrderLine, OrderState, OrderStatus
from state.serving import Attempt, AttemptCause, Fallback, RequestAnalysis, Response, Selection, ServingInfo

if TYPE_CHECKING:
    from state.conversation import Contacts, ConversationState, InputState, OutputState, Payment, Verdict

__all__ = [
    "LANGUAGES",
    "Attempt",
    "AttemptCause",
    "Contacts",
    "Context",
    "ConversationState",
    "Dialogue",
    "Fallback",
    "InputState",
    "Language",
    "Last",
    "OrderLine",
    "OrderState",
    "OrderStatus",
    "OutputState",
    "Payment",
    "Pending",
    "RequestAnalysis",
    "Response",
    "Selection",
    "ServingInfo",
    "Verdict",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("state.conversation"), name)
    raise AttributeError(f"module 'state' has no attribute '{name}'")
