"""What a proposal does to an order, and what it tells about it."""

from typing import Any

import pytest

from kiosk.menu import load_menu
from kiosk.ordering import (
    Action,
    AddItem,
    CancelOrder,
    Caps,
    ChangeOptions,
    Order,
    Outcome,
    RemoveItem,
    ReplaceItem,
    RequestPayment,
    Rules,
    SetQuantity,
    TurnProposal,
    apply_proposal,
)
from kiosk.ordering import operations as ops

pytestmark = pytest.mark.unit

RULES = Rules(load_menu(), Caps(soft=5, hard=10, order=20))
EMPTY = Order("order-0042")


def run(order: Order, *actions: Action, confirmed: dict[str, Any] | None = None) -> Outcome:
    return apply_proposal(order, TurnProposal(actions=actions), RULES, lambda: "order-0043", confirmed)


def kinds(outcome: Outcome) -> list[tuple[str, str | None]]:
    return [(event.kind, event.problem) for event in outcome.events]


def test_events_tell_the_units_as_they_stand_on_the_order() -> None:
    outcome = run(EMPTY, AddItem(item="latte", quantity=3, options={"size": "regular", "temperature": "iced"}))
    [event] = outcome.events
    assert event.after is not None
    assert (event.after.item, event.after.quantity, event.after.options) == ("latte", 3, {"temperature": "iced"})
    assert outcome.focus == ("1",)


def test_units_that_join_a_line_are_told_alone() -> None:
    outcome = run(run(EMPTY, AddItem(item="macaron", quantity=3)).order, AddItem(item="macaron", quantity=2))
    assert outcome.events[0].after is not None
    assert outcome.events[0].after.quantity == 2
    assert outcome.order.lines[0].quantity == 5


def test_a_split_tells_the_part_that_changed() -> None:
    order = run(EMPTY, AddItem(item="latte", quantity=3)).order
    outcome = run(order, ChangeOptions(line_id="1", options={"temperature": "iced"}, quantity=1))
    assert outcome.events[0].after is not None
    assert (outcome.events[0].after.quantity, outcome.events[0].after.line_id) == (1, "2")
    assert outcome.events[0].before == order.lines[0]


def test_a_change_that_changes_nothing_says_so() -> None:
    order = run(EMPTY, AddItem(item="latte", options={"temperature": "hot"})).order
    outcome = run(order, ChangeOptions(line_id="1", options={"temperature": "hot"}))
    assert outcome.events[0].after is None
    assert outcome.order == order


def test_wrong_ids_change_nothing_and_are_named() -> None:
    order = run(EMPTY, AddItem(item="latte")).order
    outcome = run(order, AddItem(item="bagel"), AddItem(item="pizza"), RemoveItem(line_id="9"))
    assert outcome.order is order
    assert outcome.issues == (
        "actions[1] add_item: unknown_item item='pizza'",
        "actions[2] remove_item: unknown_line line_id='9'",
    )


def test_what_is_sold_out_is_the_customers_news_and_the_rest_goes_on() -> None:
    outcome = run(EMPTY, AddItem(item="chocolate_cake", quantity=2, options={}), AddItem(item="bagel"))
    assert kinds(outcome) == [("refused", "sold_out"), ("added", None)]
    assert (outcome.events[0].item, outcome.events[0].quantity) == ("chocolate_cake", 2)


def test_above_the_soft_cap_the_kiosk_asks_and_the_same_action_confirmed_is_done() -> None:
    action = AddItem(item="macaron", quantity=6)
    held = run(EMPTY, action)
    assert kinds(held) == [("held", "over_soft_cap")]
    assert held.order == EMPTY
    assert run(EMPTY, action, confirmed=dict(held.events[0].action or {})).order.quantity == 6
    assert kinds(run(EMPTY, AddItem(item="macaron", quantity=7), confirmed=dict(held.events[0].action or {}))) == [
        ("held", "over_soft_cap")
    ]


def test_units_already_on_the_order_count_towards_the_caps() -> None:
    order = run(EMPTY, AddItem(item="macaron", quantity=4)).order
    assert kinds(run(order, AddItem(item="macaron", quantity=4))) == [("held", "over_soft_cap")]
    assert kinds(run(order, SetQuantity(line_id="1", quantity=11))) == [("refused", "over_hard_cap")]


def test_nothing_is_paid_while_a_quantity_waits_for_a_yes() -> None:
    outcome = run(run(EMPTY, AddItem(item="bagel")).order, AddItem(item="macaron", quantity=6), RequestPayment())
    assert kinds(outcome) == [("held", "over_soft_cap"), ("payment_refused", "over_soft_cap")]
    assert outcome.order.status == "open"


def test_payment_is_for_everything_that_the_turn_adds() -> None:
    outcome = run(EMPTY, AddItem(item="bagel"), RequestPayment(), AddItem(item="macaron"))
    assert kinds(outcome) == [("added", None), ("added", None), ("payment_requested", None)]
    assert outcome.order.status == "awaiting_payment"


@pytest.mark.parametrize(("item", "problem"), [(None, "empty_order"), ("latte", "missing_option")])
def test_a_payment_that_must_wait_is_an_event(item: str | None, problem: str) -> None:
    order = run(EMPTY, AddItem(item=item)).order if item else EMPTY
    outcome = run(order, RequestPayment())
    assert kinds(outcome) == [("payment_refused", problem)]
    assert outcome.order.status == "open"


def test_a_turn_takes_a_waiting_order_back_from_payment() -> None:
    waiting = run(EMPTY, AddItem(item="bagel"), RequestPayment()).order
    assert waiting.status == "awaiting_payment"
    outcome = run(waiting, AddItem(item="macaron"))
    assert kinds(outcome) == [("reopened", None), ("added", None)]
    assert outcome.order.status == "open"


def test_after_a_closed_order_the_next_item_starts_a_new_one() -> None:
    bagel = run(EMPTY, AddItem(item="bagel"), RequestPayment()).order
    paid = ops.mark_paid(bagel, bagel.revision)
    outcome = run(paid, AddItem(item="bagel"))
    assert outcome.order.order_id == "order-0043"
    assert outcome.focus == ("1",), "the new order's line is in focus though the old one had an equal line"


def test_a_closed_order_refuses_changes_without_blaming_the_model() -> None:
    cancelled = run(run(EMPTY, AddItem(item="bagel")).order, CancelOrder()).order
    outcome = run(cancelled, CancelOrder(), RemoveItem(line_id="1"), RequestPayment())
    assert outcome.issues == ()
    assert {problem for _, problem in kinds(outcome)} == {"closed_order"}


def test_a_replacement_tells_both_sides() -> None:
    order = run(EMPTY, AddItem(item="cheesecake", quantity=2)).order
    [event] = run(order, ReplaceItem(line_id="1", item="tiramisu", quantity=1)).events
    assert event.before is not None
    assert event.after is not None
    assert (event.before.item, event.after.item, event.after.quantity) == ("cheesecake", "tiramisu", 1)
