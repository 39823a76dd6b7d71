"""Random orders and proposals on any menu, legal ones and those that a careless model could make."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from hypothesis import strategies as st

from kiosk.menu import Menu, OptionGroup, OptionSetting
from kiosk.ordering import (
    Action,
    AddItem,
    CallStaff,
    CancelOrder,
    Caps,
    ChangeOptions,
    ClearOrder,
    Order,
    OrderError,
    RemoveItem,
    ReplaceItem,
    RequestPayment,
    Rules,
    SetQuantity,
    TurnProposal,
)
from kiosk.ordering import operations as ops
from tests.unit.data.menus import menus

CAPS = Caps(soft=6, hard=9, order=14)
Operation = Callable[[Order], Order]


@dataclass(frozen=True)
class Case:
    """A menu's rules and an order on it."""

    rules: Rules
    order: Order


def rules() -> st.SearchStrategy[Rules]:
    """Both menus, with small caps and some item that has just sold out."""

    def with_stock(menu: Menu) -> st.SearchStrategy[Rules]:
        sold_out = st.sets(st.sampled_from([item.id for item in menu.items]), max_size=2)
        return sold_out.map(lambda gone: Rules(menu, CAPS, frozenset(gone)))

    return st.sampled_from([*menus().values()]).flatmap(with_stock)


def settings(group: OptionGroup) -> st.SearchStrategy[OptionSetting | None]:
    """A setting that an option accepts, or None for its default."""
    if group.kind == "choice":
        return st.sampled_from([*group.by_id, None])
    if group.kind == "flag":
        return st.sampled_from([True, False, None])
    return st.integers(group.min, group.max) | st.none()


@st.composite
def options(draw: st.DrawFn, menu: Menu, item: str) -> dict[str, OptionSetting | None]:
    """Some settings that an item offers, now and then with all that they need."""
    groups = menu.options_of(item)
    chosen = draw(st.lists(st.sampled_from([*groups]), unique=True, max_size=3)) if groups else []
    wanted = {option: draw(settings(groups[option])) for option in chosen}
    return with_needs(menu, item, wanted) if draw(st.booleans()) else wanted


def with_needs(menu: Menu, item: str, wanted: dict[str, OptionSetting | None]) -> dict[str, OptionSetting | None]:
    """The same settings with those that they need, where the item offers them."""
    groups, settled = menu.options_of(item), dict(wanted)
    queue = [option for option, value in wanted.items() if value is not None]
    for option in queue:
        for needed, value in groups[option].requires.items():
            if needed in groups and settled.get(needed) != value:
                settled[needed] = value
                queue.append(needed)
    return settled


@st.composite
def wild_options(draw: st.DrawFn, menu: Menu) -> dict[str, OptionSetting | None]:
    """Settings of any option of the menu, with values that may be wrong."""
    groups = [*menu.option_groups.values()]
    wrong: st.SearchStrategy[OptionSetting | None] = st.sampled_from(["none_such", 99, True])
    chosen = draw(st.lists(st.sampled_from(groups), unique_by=lambda group: group.id, max_size=3))
    return {group.id: draw(st.one_of(settings(group), wrong)) for group in chosen}


@st.composite
def additions(draw: st.DrawFn, rules: Rules) -> Operation:
    """An addition that is legal as far as its words go; caps and stock may still refuse it."""
    item = draw(st.sampled_from([item.id for item in rules.menu.items]))
    wanted, quantity = draw(options(rules.menu, item)), draw(st.integers(1, 4))
    return lambda order: ops.add_item(order, rules, item, quantity, wanted)


@st.composite
def operations(draw: st.DrawFn, rules: Rules) -> Operation:
    """Any operation, on any line of the order that it will meet, with options that may be wrong."""
    items = [item.id for item in rules.menu.items]
    item, place = draw(st.sampled_from(items)), draw(st.integers(0, 5))
    wanted = draw(options(rules.menu, item) | wild_options(rules.menu))
    quantity = draw(st.integers(0, 12))
    part = draw(st.none() | st.integers(1, 4))
    kinds: dict[str, Operation] = {
        "add": lambda order: ops.add_item(order, rules, item, quantity, wanted),
        "change": lambda order: ops.change_options(order, rules, line_id(order, place), wanted, part),
        "replace": lambda order: ops.replace_item(order, rules, line_id(order, place), item, wanted, part),
        "set": lambda order: ops.set_quantity(order, rules, line_id(order, place), quantity),
        "remove": lambda order: ops.remove_item(order, line_id(order, place), part),
        "clear": ops.clear_order,
        "pay": lambda order: ops.request_payment(order, rules),
        "reopen": ops.reopen,
    }
    often = ["add", "change", "replace"] * 3 + ["set", "remove", "pay", "reopen", "clear"]
    return kinds[draw(st.sampled_from(often))]


def line_id(order: Order, place: int) -> str:
    """The id of a line, or of none where there are fewer."""
    return order.lines[place].line_id if place < len(order.lines) else "none_such"


@st.composite
def cases(draw: st.DrawFn, min_lines: int = 0) -> Case:
    """An order that legal additions have made."""
    of = draw(rules())
    order = Order("order-0042")
    for add in draw(st.lists(additions(of), min_size=min_lines, max_size=5)):
        with suppress(OrderError):
            order = add(order)
    return Case(of, order)


@st.composite
def proposals(draw: st.DrawFn, case: Case) -> TurnProposal:
    """A proposal with actions as a careless model could make them: unknown ids, wrong options, absurd quantities."""
    menu = case.rules.menu
    ids = st.sampled_from([item.id for item in menu.items] * 8 + ["none_such"])
    lines = st.sampled_from([line.line_id for line in case.order.lines] * 8 + ["1", "99"])
    units, part = st.sampled_from([1, 2, 3, 7, 8, 12, 10**6]), st.none() | st.integers(1, 3)
    wanted = st.one_of(ids.flatmap(lambda item: options(menu, item) if item in menu.by_id else wild_options(menu)))
    actions: st.SearchStrategy[Action] = st.one_of(
        st.builds(AddItem, type=st.just("add_item"), item=ids, quantity=units, options=wanted),
        st.builds(ChangeOptions, type=st.just("change_options"), line_id=lines, options=wanted, quantity=part),
        st.builds(SetQuantity, type=st.just("set_quantity"), line_id=lines, quantity=units),
        st.builds(ReplaceItem, type=st.just("replace_item"), line_id=lines, item=ids, options=wanted, quantity=part),
        st.builds(RemoveItem, type=st.just("remove_item"), line_id=lines, quantity=part),
        st.sampled_from([ClearOrder(), CancelOrder(), RequestPayment(), CallStaff()]),
    )
    return TurnProposal(actions=tuple(draw(st.lists(actions, max_size=4))))
