"""Laws of the order that hold for every menu, every order and every operation."""

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kiosk.menu import Menu, OptionGroup, OptionSetting
from kiosk.ordering import (
    Line,
    Order,
    OrderError,
    Rules,
    apply_proposal,
    from_state,
    missing_options,
    to_state,
    total,
)
from kiosk.ordering import operations as ops
from tests.unit.data.menus import menus
from tests.unit.ordering.strategies import (
    CAPS,
    Case,
    Operation,
    additions,
    cases,
    operations,
    options,
    proposals,
    rules,
    settings,
    with_needs,
)

pytestmark = pytest.mark.unit


def illegal(line: Line, menu: Menu) -> list[str]:
    """What is wrong with the options of a line, said independently of the operations."""
    groups, fixed = menu.options_of(line.item), menu.fixed(line.item)
    problems = [f"{option} is not offered" for option in line.options if option not in groups]
    for option, value in line.options.items():
        if not groups[option].accepts(value):
            problems.append(f"{option}={value!r} is not accepted")
        if value == groups[option].neutral:
            problems.append(f"{option}={value!r} is said though it is the default")
        for needed, wanted in groups[option].requires.items():
            neutral = groups[needed].neutral if needed in groups else None
            if fixed.get(needed, line.options.get(needed, neutral)) != wanted:
                problems.append(f"{option} needs {needed}={wanted!r}")
    if [*line.options] != [option for option in groups if option in line.options]:
        problems.append("options are not in menu order")
    return problems


def settings_of(group: OptionGroup) -> list[OptionSetting]:
    if group.kind == "choice":
        return [*group.by_id]
    return [True, False] if group.kind == "flag" else [group.min, group.max]


def content(order: Order) -> list[tuple[str, int, Mapping[str, OptionSetting]]]:
    """An order without ids and revision."""
    return [(line.item, line.quantity, dict(line.options)) for line in order.lines]


def units_per_item(order: Order) -> Counter[str]:
    return sum((Counter({line.item: line.quantity}) for line in order.lines), Counter())


def assert_sound(order: Order, of: Rules) -> None:
    assert [problem for line in order.lines for problem in illegal(line, of.menu)] == []
    ids = [line.line_id for line in order.lines]
    assert len(set(ids)) == len(ids)
    assert all(int(line_id) < order.next_line_id for line_id in ids)
    assert all(1 <= line.quantity <= CAPS.hard for line in order.lines)
    assert order.quantity <= CAPS.order
    kinds = [(line.item, *sorted(line.options.items())) for line in order.lines]
    assert len(set(kinds)) == len(kinds), "equal units stand on one line"


@given(rules().flatmap(lambda of: st.tuples(st.just(of), st.lists(operations(of), max_size=12))))
def test_no_operation_ever_yields_an_illegal_order(case: tuple[Rules, list[Operation]]) -> None:
    of, steps = case
    order = Order("order-0042")
    for step in steps:
        before, plain = order, to_state(order, of.menu)
        try:
            order = step(before)
        except OrderError:
            continue
        assert to_state(before, of.menu) == plain, "an operation leaves the order it was given as it was"
        assert_sound(order, of)
        if order != before:
            assert order.revision > before.revision


NEEDY = [
    (of, item.id, group.id)
    for of in menus().values()
    for item in of.items
    for group in of.options_of(item.id).values()
    if group.requires and not of.fixed(item.id)
]


@given(st.sampled_from(NEEDY), st.data())
def test_a_line_stays_legal_when_what_an_option_needs_is_changed(
    needy: tuple[Menu, str, str], data: st.DataObject
) -> None:
    menu, item, option = needy
    of = Rules(menu)
    groups = menu.options_of(item)
    said = [value for value in settings_of(groups[option]) if value != groups[option].neutral]
    value = data.draw(st.sampled_from(said))
    order = ops.add_item(Order("order-0042"), of, item, 1, with_needs(menu, item, {option: value}))
    assert order.lines[0].options[option] == value
    other = data.draw(st.sampled_from([other for other in groups if other != option]))
    changed = ops.change_options(order, of, "1", {other: data.draw(settings(groups[other]))})
    assert illegal(changed.lines[0], menu) == []


@given(cases())
def test_the_total_is_the_sum_of_the_lines_in_whole_minor_units(case: Case) -> None:
    menu, plain = case.rules.menu, to_state(case.order, case.rules.menu)
    assert plain["total"] == sum(line["line_total"] for line in plain["lines"]) == total(case.order, menu)
    for line in plain["lines"]:
        groups = menu.options_of(line["item"])
        extras = [groups[option].extra_price(value) for option, value in line["options"].items()]
        assert line["unit_price"] == menu.by_id[line["item"]].price + sum(extras)
        assert line["line_total"] == line["unit_price"] * line["quantity"]
        assert type(line["line_total"]) is int


@given(cases(), st.data())
def test_adding_and_then_removing_changes_nothing(case: Case, data: st.DataObject) -> None:
    before = case.order
    try:
        after = data.draw(additions(case.rules))(before)
    except OrderError:
        assume(False)
    grown = next(line for line in after.lines if before.find(line.line_id) != line)
    old = before.find(grown.line_id)
    undone = ops.remove_item(after, grown.line_id, grown.quantity - (old.quantity if old else 0))
    assert content(undone) == content(before)
    assert undone.revision > after.revision > before.revision


@given(cases(min_lines=2), st.data())
def test_splitting_and_merging_conserve_the_units(case: Case, data: st.DataObject) -> None:
    assume(case.order.lines)
    line = data.draw(st.sampled_from(case.order.lines))
    part = data.draw(st.integers(1, line.quantity))
    wanted = data.draw(options(case.rules.menu, line.item))
    try:
        changed = ops.change_options(case.order, case.rules, line.line_id, wanted, part)
    except OrderError:
        assume(False)
    assert changed.quantity == case.order.quantity
    assert units_per_item(changed) == units_per_item(case.order)


@given(cases(min_lines=1), st.data())
def test_a_split_that_is_changed_back_merges_again(case: Case, data: st.DataObject) -> None:
    assume(case.order.lines)
    line = data.draw(st.sampled_from(case.order.lines))
    groups = case.rules.menu.options_of(line.item)
    free = [option for option in groups if not any(option in group.requires for group in groups.values())]
    assume(line.quantity > 1 and free)
    option = data.draw(st.sampled_from(free))
    assume(not groups[option].requires)
    value = next(
        value for value in settings_of(groups[option]) if value != line.options.get(option, groups[option].neutral)
    )
    split = ops.change_options(case.order, case.rules, line.line_id, {option: value}, 1)
    moved = next(one for one in split.lines if case.order.find(one.line_id) != one and one.line_id != line.line_id)
    back = ops.change_options(split, case.rules, moved.line_id, {option: line.options.get(option)}, 1)
    assert sorted(content(back), key=str) == sorted(content(case.order), key=str)


@given(cases(min_lines=1), st.data())
def test_replacing_an_item_conserves_the_units(case: Case, data: st.DataObject) -> None:
    assume(case.order.lines)
    line = data.draw(st.sampled_from(case.order.lines))
    other = data.draw(st.sampled_from([*case.rules.menu.by_id]))
    try:
        replaced = ops.replace_item(case.order, case.rules, line.line_id, other, {})
    except OrderError:
        assume(False)
    assert replaced.quantity == case.order.quantity
    assert_sound(replaced, case.rules)


@given(cases())
def test_an_order_survives_its_plain_form(case: Case) -> None:
    assert from_state(to_state(case.order, case.rules.menu)) == case.order


@given(cases(), st.data())
def test_a_proposal_is_carried_out_soundly_or_changes_nothing(case: Case, data: st.DataObject) -> None:
    proposal = data.draw(proposals(case))
    outcome = apply_proposal(case.order, proposal, case.rules, lambda: "order-0043")
    if outcome.issues:
        assert outcome.order is case.order
        assert outcome.events == ()
        return
    assert_sound(outcome.order, case.rules)
    assert all(outcome.order.find(line_id) for line_id in outcome.focus)
    for event in outcome.events:
        assert event.after is None or illegal(event.after, case.rules.menu) == []
    if outcome.order.status == "awaiting_payment":
        assert outcome.order.lines
        for line in outcome.order.lines:
            assert not missing_options(case.rules.menu, line.item, line.options)
            assert not case.rules.is_sold_out(line.item)


@given(cases(min_lines=1))
def test_payment_is_for_one_revision_only(case: Case) -> None:
    assume(case.order.lines)
    with suppress(OrderError):
        waiting = ops.request_payment(case.order, case.rules)
        with pytest.raises(OrderError, match="closed_order"):
            ops.mark_paid(waiting, waiting.revision - 1)
        paid = ops.mark_paid(waiting, waiting.revision)
        assert paid.is_closed
        with pytest.raises(OrderError, match="closed_order"):
            ops.mark_paid(paid, paid.revision)
        with pytest.raises(OrderError, match="closed_order"):
            ops.mark_paid(ops.reopen(waiting), waiting.revision)
