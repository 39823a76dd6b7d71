"""Code decides: check a proposal against the rules and carry it out on a copy of the order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from kiosk.menu import OptionSetting
from kiosk.ordering import operations as ops
from kiosk.ordering.operations import OrderError, OrderProblem
from kiosk.ordering.order import Line, Order, Rules
from kiosk.ordering.proposal import (
    Action,
    AddItem,
    CallStaff,
    CancelOrder,
    ChangeOptions,
    ClearOrder,
    RemoveItem,
    ReplaceItem,
    RequestPayment,
    SetQuantity,
    TurnProposal,
)

EventKind = Literal[
    "added",
    "changed",
    "quantity_set",
    "replaced",
    "removed",
    "cleared",
    "cancelled",
    "payment_requested",
    "payment_refused",
    "reopened",
    "staff_called",
    "refused",
    "held",
]
_CUSTOMER_PROBLEMS: frozenset[OrderProblem] = frozenset({"sold_out", "over_hard_cap", "closed_order"})


@dataclass(frozen=True)
class Event:
    """What happened to the order: the units asked for (item, quantity, options), the line before, the units after.

    `after` is None where nothing differs. `problem` says why something was refused, held or could not be paid.
    """

    kind: EventKind
    item: str | None = None
    quantity: int | None = None
    options: Mapping[str, OptionSetting | None] | None = None
    before: Line | None = None
    after: Line | None = None
    problem: OrderProblem | Literal["over_soft_cap"] | None = None
    action: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Outcome:
    """The result of a proposal: with `issues` the order is unchanged and the proposal must be made again."""

    order: Order
    events: tuple[Event, ...] = ()
    issues: tuple[str, ...] = ()
    focus: tuple[str, ...] = ()


def apply_proposal(
    order: Order,
    proposal: TurnProposal,
    rules: Rules,
    new_order_id: Callable[[], str],
    confirmed: Mapping[str, Any] | None = None,
) -> Outcome:
    """Carry out a proposal on a copy of the order.

    What the customer asked for but cannot have (sold out, above a cap) is an event; what the model got wrong (unknown
    ids, options that are not offered, lines that do not exist) is an issue, and then nothing changes. Payment comes
    last whatever place it has in the proposal, so that it is for the whole order.

    Args:
        order: The order before the turn.
        proposal: What a model understood.
        rules: Menu, caps and stock.
        new_order_id: Gives the id of the next order when this one is closed.
        confirmed: The plain form of an action that was held above the soft cap and that the customer has confirmed.
    """
    current, events, issues = order, list[Event](), list[str]()
    if order.status == "awaiting_payment":
        current = ops.reopen(order)
        events.append(Event("reopened"))
    in_turn = sorted(enumerate(proposal.actions), key=lambda numbered: isinstance(numbered[1], RequestPayment))
    for index, action in in_turn:
        if current.is_closed and isinstance(action, AddItem):
            current = Order(new_order_id())
        try:
            if isinstance(action, RequestPayment) and any(event.kind == "held" for event in events):
                events.append(Event("payment_refused", problem="over_soft_cap"))
                continue
            changed, event = _carry_out(current, action, rules, confirmed)
            events.append(_with_after(event, current, changed))
            current = changed
        except OrderError as error:
            if error.problem in _CUSTOMER_PROBLEMS:
                events.append(_refusal(action, error))
            else:
                issues.append(f"actions[{index}] {action.type}: {error.problem} {error.field}={error.value!r}")
    if issues:
        return Outcome(order, issues=tuple(issues))
    return Outcome(current, tuple(events), focus=_touched(order, current))


def _carry_out(order: Order, action: Action, rules: Rules, confirmed: Mapping[str, Any] | None) -> tuple[Order, Event]:
    if (wanted := _wanted_units(order, action)) > rules.caps.soft:
        plain = action.model_dump(mode="json")
        if wanted > rules.caps.hard:
            raise OrderError("over_hard_cap", "quantity", wanted)
        if plain != confirmed:
            return order, Event("held", getattr(action, "item", None), wanted, problem="over_soft_cap", action=plain)
    return _perform(order, action, rules)


def _wanted_units(order: Order, action: Action) -> int:
    if isinstance(action, AddItem):
        same = [line for line in order.lines if line.item == action.item]
        return action.quantity + sum(line.quantity for line in same)
    if isinstance(action, SetQuantity):
        return action.quantity
    return 0


def _perform(order: Order, action: Action, rules: Rules) -> tuple[Order, Event]:
    match action:
        case AddItem(item=item, quantity=quantity, options=options):
            return ops.add_item(order, rules, item, quantity, options), Event("added", item, quantity, options)
        case ChangeOptions(line_id=line_id, options=options, quantity=quantity):
            line = order.find(line_id)
            changed = ops.change_options(order, rules, line_id, options, quantity)
            return changed, _line_event("changed", line, quantity, options)
        case SetQuantity(line_id=line_id, quantity=quantity):
            line = order.find(line_id)
            return ops.set_quantity(order, rules, line_id, quantity), _line_event("quantity_set", line, quantity, None)
        case ReplaceItem(line_id=line_id, item=item, options=options, quantity=quantity):
            line = order.find(line_id)
            replaced = ops.replace_item(order, rules, line_id, item, options, quantity)
            return replaced, replace(_line_event("replaced", line, quantity, options), item=item)
        case RemoveItem(line_id=line_id, quantity=quantity):
            line = order.find(line_id)
            return ops.remove_item(order, line_id, quantity), _line_event("removed", line, quantity, None)
        case ClearOrder():
            return ops.clear_order(order), Event("cleared")
        case CancelOrder():
            return ops.cancel_order(order), Event("cancelled")
        case RequestPayment():
            return _request_payment(order, rules)
        case CallStaff():
            return order, Event("staff_called")


def _request_payment(order: Order, rules: Rules) -> tuple[Order, Event]:
    """Ask for payment; an order that cannot be paid yet stays as it is, because that is for the customer to mend."""
    try:
        return ops.request_payment(order, rules), Event("payment_requested")
    except OrderError as error:
        return order, Event("payment_refused", problem=error.problem)


def _line_event(
    kind: EventKind, line: Line | None, quantity: int | None, options: Mapping[str, OptionSetting | None] | None
) -> Event:
    units = quantity if quantity is not None or line is None else line.quantity
    return Event(kind, line.item if line else None, units, options, before=line)


def _with_after(event: Event, before: Order, after: Order) -> Event:
    """Add the units as they now stand on the order: on a new line, or on a line that grew or turned into something."""
    for line in after.lines:
        old = before.find(line.line_id)
        if old is None or not old.same_kind(line.item, line.options) or line.quantity > old.quantity:
            return replace(event, after=replace(line, quantity=event.quantity or line.quantity))
    return event


def _refusal(action: Action, error: OrderError) -> Event:
    quantity, options = getattr(action, "quantity", None), getattr(action, "options", None)
    return Event("refused", getattr(action, "item", None), quantity, options, problem=error.problem)


def _touched(before: Order, after: Order) -> tuple[str, ...]:
    """Return the ids of lines that are new or differ; a line that units were only taken from, if there is no other."""
    if before.order_id != after.order_id:
        return tuple(line.line_id for line in after.lines)
    changed = [line for line in after.lines if before.find(line.line_id) != line]
    grown = [line for line in changed if not _only_shrunk(before.find(line.line_id), line)]
    return tuple(line.line_id for line in grown or changed)


def _only_shrunk(before: Line | None, after: Line) -> bool:
    return before is not None and after.quantity < before.quantity and before.same_kind(after.item, after.options)
