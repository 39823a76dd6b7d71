"""Pure operations on an order: each gives a new order or raises `OrderError`; none yields an illegal option."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from kiosk.menu import OptionGroup, OptionSetting
from kiosk.ordering.order import Line, Order, Rules, missing_options

OrderProblem = Literal[
    "unknown_item",
    "unknown_line",
    "sold_out",
    "option_not_offered",
    "option_value_unknown",
    "option_needs",
    "form_not_sold",
    "quantity_invalid",
    "over_hard_cap",
    "empty_order",
    "missing_option",
    "closed_order",
]
OptionChanges = Mapping[str, OptionSetting | None]
"""Option settings to apply; None puts an option back to its neutral setting."""


class OrderError(ValueError):
    """An operation breaks a rule of the menu; `problem` is a code, `field` and `value` say where."""

    def __init__(self, problem: OrderProblem, field: str, value: object = None) -> None:
        """Keep the parts for whoever has to explain or repair the problem."""
        super().__init__(f"{problem}: {field}={value!r}")
        self.problem: OrderProblem = problem
        self.field = field
        self.value = value


def add_item(order: Order, rules: Rules, item: str, quantity: int = 1, options: OptionChanges | None = None) -> Order:
    """Put `quantity` units on the order, on the line that has the same item and options where there is one."""
    _check_open(order)
    _check_sellable(rules, item)
    _check_quantity(quantity)
    return _placed(order, rules, Line("", item, quantity, settle(rules, item, {}, options or {})), len(order.lines))


def change_options(
    order: Order, rules: Rules, line_id: str, options: OptionChanges, quantity: int | None = None
) -> Order:
    """Change options of a line, or of `quantity` of its units (the line is split)."""
    line = _line(order, line_id)
    changed = settle(rules, line.item, line.options, options)
    return _moved(order, rules, line, quantity, line.item, changed)


def replace_item(
    order: Order, rules: Rules, line_id: str, item: str, options: OptionChanges, quantity: int | None = None
) -> Order:
    """Turn a line, or `quantity` of its units, into another item; settings that the new item offers are kept."""
    line = _line(order, line_id)
    _check_sellable(rules, item)
    kept = {key: value for key, value in line.options.items() if _fits(rules, item, key, value)}
    return _moved(order, rules, line, quantity, item, settle(rules, item, kept, options))


def set_quantity(order: Order, rules: Rules, line_id: str, quantity: int) -> Order:
    """Give a line a new number of units; 0 removes it."""
    line = _line(order, line_id)
    if quantity == 0:
        return remove_item(order, line_id)
    _check_quantity(quantity)
    return _checked(rules, _with_lines(order, _swap(order.lines, line, replace(line, quantity=quantity))))


def remove_item(order: Order, line_id: str, quantity: int | None = None) -> Order:
    """Take a line, or `quantity` of its units, off the order."""
    line = _line(order, line_id)
    taken = line.quantity if quantity is None else quantity
    _check_quantity(taken)
    if taken >= line.quantity:
        return _with_lines(order, _swap(order.lines, line))
    return _with_lines(order, _swap(order.lines, line, replace(line, quantity=line.quantity - taken)))


def clear_order(order: Order) -> Order:
    """Take everything off the order and go on with it."""
    _check_open(order)
    return _with_lines(order, ())


def cancel_order(order: Order) -> Order:
    """End the order without payment."""
    _check_open(order)
    return replace(order, status="cancelled", lines=(), revision=order.revision + 1)


def request_payment(order: Order, rules: Rules) -> Order:
    """Move a complete order to payment.

    Raises:
        OrderError: `empty_order`, `missing_option` (field: line id) or `sold_out` (field: line id).
    """
    _check_open(order)
    if not order.lines:
        raise OrderError("empty_order", "lines")
    for line in order.lines:
        if missing := missing_options(rules.menu, line.item, line.options):
            raise OrderError("missing_option", line.line_id, missing[0])
        if rules.is_sold_out(line.item):
            raise OrderError("sold_out", line.line_id, line.item)
    return replace(order, status="awaiting_payment", revision=order.revision + 1)


def reopen(order: Order) -> Order:
    """Take an order back from payment; the payment request of the old revision is void."""
    if order.status != "awaiting_payment":
        return order
    return replace(order, status="open", revision=order.revision + 1)


def mark_paid(order: Order, revision: int) -> Order:
    """Close an order that was paid.

    Raises:
        OrderError: `closed_order` where the payment belongs to another revision or the order does not await one.
    """
    if order.status != "awaiting_payment" or order.revision != revision:
        raise OrderError("closed_order", "revision", revision)
    return replace(order, status="paid")


def settle(
    rules: Rules, item: str, current: Mapping[str, OptionSetting], changes: OptionChanges
) -> dict[str, OptionSetting]:
    """Apply changes to settings and return the canonical result: legal, without neutral settings, in menu order."""
    settings: dict[str, OptionSetting] = dict(current)
    for option, setting in changes.items():
        _apply_change(rules, item, settings, option, setting)
        _displace(rules, item, settings, option)
    groups = rules.menu.options_of(item)
    _meet_needs(rules, item, settings, [option for option in settings if changes.get(option) is not None])
    if rules.menu.is_excluded(item, settings):
        raise OrderError("form_not_sold", item, settings)
    return {key: settings[key] for key, group in groups.items() if key in settings and settings[key] != group.neutral}


def _displace(rules: Rules, item: str, settings: dict[str, OptionSetting], chosen: str) -> None:
    """Take off what cannot stand beside the option that was just chosen; to decline one displaces nothing."""
    groups = rules.menu.options_of(item)
    group = groups.get(chosen)
    if group is None or group.exclusive is None or not _is_taken(rules, group, settings.get(chosen)):
        return
    for option in [option for option in settings if option != chosen and option in groups]:
        if groups[option].exclusive == group.exclusive and _is_taken(rules, groups[option], settings[option]):
            del settings[option]


def _is_taken(rules: Rules, group: OptionGroup, setting: OptionSetting | None) -> bool:
    if group.kind != "choice" and isinstance(setting, str):
        return rules.menu.levels[setting].units > 0
    return setting is not None and setting is not False and setting != group.neutral


def _meet_needs(rules: Rules, item: str, settings: dict[str, OptionSetting], wanted: list[str]) -> None:
    """Set what the wanted options need where nothing is said about it, and drop kept options whose needs are gone."""
    groups, fixed = rules.menu.options_of(item), rules.menu.fixed(item)
    for option in wanted:
        for needed, value in groups[option].requires.items():
            if needed in groups and groups[needed].neutral is None and needed not in settings:
                settings[needed] = value
                wanted.append(needed)

    def lacks(option: str) -> tuple[str, OptionSetting] | None:
        for needed, value in groups[option].requires.items():
            neutral = groups[needed].neutral if needed in groups else None
            if fixed.get(needed, settings.get(needed, neutral)) != value:
                return needed, value
        return None

    while unmet := next((option for option in settings if lacks(option)), None):
        if unmet in wanted:
            raise OrderError("option_needs", f"{item}.{unmet}", "{}={}".format(*(lacks(unmet) or ())))
        del settings[unmet]


def _apply_change(
    rules: Rules, item: str, settings: dict[str, OptionSetting], option: str, setting: OptionSetting | None
) -> None:
    group = rules.menu.options_of(item).get(option)
    if group is None:
        if setting is not None and setting in rules.menu.by_id[item].only.get(option, ()):
            return
        raise OrderError("option_not_offered", f"{item}.{option}", setting)
    if setting is None:
        settings.pop(option, None)
    elif group.accepts(setting):
        settings[option] = setting
    else:
        raise OrderError("option_value_unknown", f"{item}.{option}", setting)


def _fits(rules: Rules, item: str, option: str, setting: OptionSetting) -> bool:
    group = rules.menu.options_of(item).get(option)
    return group is not None and group.accepts(setting)


def _moved(
    order: Order, rules: Rules, line: Line, quantity: int | None, item: str, options: Mapping[str, OptionSetting]
) -> Order:
    """Give `quantity` units of a line a new item and options; the rest of the line stays as it is."""
    moved = line.quantity if quantity is None else quantity
    _check_quantity(moved)
    if moved > line.quantity:
        raise OrderError("quantity_invalid", line.line_id, moved)
    if line.same_kind(item, options):
        return order
    position = order.lines.index(line)
    if moved == line.quantity:
        without = _with_lines(order, _swap(order.lines, line))
        return _placed(without, rules, Line(line.line_id, item, moved, options), position, order.revision + 1)
    rest = _with_lines(order, _swap(order.lines, line, replace(line, quantity=line.quantity - moved)))
    return _placed(rest, rules, Line("", item, moved, options), position + 1, order.revision + 1)


def _placed(order: Order, rules: Rules, line: Line, position: int, revision: int | None = None) -> Order:
    """Merge `line` into its equal, or insert it at `position` (with a fresh id where it has none)."""
    twin = next((other for other in order.lines if other.same_kind(line.item, line.options)), None)
    next_line_id = order.next_line_id
    if twin is not None:
        lines = _swap(order.lines, twin, replace(twin, quantity=twin.quantity + line.quantity))
    else:
        if not line.line_id:
            line, next_line_id = replace(line, line_id=str(next_line_id)), next_line_id + 1
        lines = (*order.lines[:position], line, *order.lines[position:])
    placed = replace(_with_lines(order, lines), next_line_id=next_line_id)
    return _checked(rules, placed if revision is None else replace(placed, revision=revision))


def _checked(rules: Rules, order: Order) -> Order:
    for line in order.lines:
        if line.quantity > rules.caps.hard:
            raise OrderError("over_hard_cap", line.item, line.quantity)
    if order.quantity > rules.caps.order:
        raise OrderError("over_hard_cap", "order", order.quantity)
    return order


def _with_lines(order: Order, lines: tuple[Line, ...]) -> Order:
    return replace(order, lines=lines, status="open", revision=order.revision + 1)


def _swap(lines: tuple[Line, ...], old: Line, *new: Line) -> tuple[Line, ...]:
    position = lines.index(old)
    return (*lines[:position], *new, *lines[position + 1 :])


def _line(order: Order, line_id: str) -> Line:
    _check_open(order)
    line = order.find(line_id)
    if line is None:
        raise OrderError("unknown_line", "line_id", line_id)
    return line


def _check_open(order: Order) -> None:
    if order.is_closed:
        raise OrderError("closed_order", "status", order.status)


def _check_sellable(rules: Rules, item: str) -> None:
    if item not in rules.menu.by_id:
        raise OrderError("unknown_item", "item", item)
    if rules.is_sold_out(item):
        raise OrderError("sold_out", "item", item)


def _check_quantity(quantity: int) -> None:
    if quantity < 1:
        raise OrderError("quantity_invalid", "quantity", quantity)
