"""The order: an immutable value, pure operations on it, and how a proposal becomes an order."""

from kiosk.ordering.apply import Event, Outcome, apply_proposal
from kiosk.ordering.operations import OrderError
from kiosk.ordering.order import Caps, Line, Order, Rules, from_state, missing_options, to_state, total
from kiosk.ordering.proposal import (
    Action,
    AddItem,
    CallStaff,
    CancelOrder,
    ChangeOptions,
    Clarification,
    ClearOrder,
    Notice,
    Question,
    RemoveItem,
    ReplaceItem,
    RequestPayment,
    SetQuantity,
    TurnProposal,
)

__all__ = [
    "Action",
    "AddItem",
    "CallStaff",
    "CancelOrder",
    "Caps",
    "ChangeOptions",
    "Clarification",
    "ClearOrder",
    "Event",
    "Line",
    "Notice",
    "Order",
    "OrderError",
    "Outcome",
    "Question",
    "RemoveItem",
    "ReplaceItem",
    "RequestPayment",
    "Rules",
    "SetQuantity",
    "TurnProposal",
    "apply_proposal",
    "from_state",
    "missing_options",
    "to_state",
    "total",
]
