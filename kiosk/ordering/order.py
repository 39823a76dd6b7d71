"""An immutable order and its plain form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kiosk.menu import Menu, OptionSetting
from state import OrderLine, OrderState, OrderStatus


@dataclass(frozen=True)
class Caps:
    """Quantity limits in units: above `soft` the kiosk asks, above `hard` (a line) or `order` (all) it refuses."""

    soft: int = 30
    hard: int = 100
    order: int = 200


@dataclass(frozen=True)
class Rules:
    """What decides whether an operation is legal: the menu, the caps and what is sold out right now."""

    menu: Menu
    caps: Caps = Caps()
    sold_out_now: frozenset[str] = frozenset()

    def is_sold_out(self, item_id: str) -> bool:
        """Tell whether an item cannot be sold, by the menu or by the day's stock."""
        return self.menu.by_id[item_id].sold_out or item_id in self.sold_out_now


@dataclass(frozen=True)
class Line:
    """One line; `options` holds only settings that differ from the item's neutral ones, in menu order."""

    line_id: str
    item: str
    quantity: int
    options: Mapping[str, OptionSetting] = field(default_factory=dict)

    def same_kind(self, item: str, options: Mapping[str, OptionSetting]) -> bool:
        """Tell whether units with `item` and `options` belong on this line."""
        return self.item == item and dict(self.options) == dict(options)


@dataclass(frozen=True)
class Order:
    """A customer's order. Change it with the functions of `kiosk.ordering.operations`."""

    order_id: str
    status: OrderStatus = "open"
    revision: int = 0
    lines: tuple[Line, ...] = ()
    next_line_id: int = 1

    def find(self, line_id: str) -> Line | None:
        """Return the line with this id."""
        return next((line for line in self.lines if line.line_id == line_id), None)

    @property
    def quantity(self) -> int:
        """Units on all lines."""
        return sum(line.quantity for line in self.lines)

    @property
    def is_closed(self) -> bool:
        """Tell whether the order is over, so that the next item starts a new one."""
        return self.status in ("paid", "cancelled")


def missing_options(menu: Menu, item: str, options: Mapping[str, OptionSetting]) -> list[str]:
    """Return the required options of an item that are neither given nor have a default, in menu order."""
    groups = menu.options_of(item).values()
    return [group.id for group in groups if group.required and group.neutral is None and group.id not in options]


def total(order: Order, menu: Menu) -> int:
    """Return the sum of all lines, in minor units."""
    return sum(menu.unit_price(line.item, line.options) * line.quantity for line in order.lines)


def to_state(order: Order, menu: Menu) -> OrderState:
    """Return the plain form of an order, priced by the menu."""
    return {
        "order_id": order.order_id,
        "status": order.status,
        "revision": order.revision,
        "currency": menu.currency,
        "total": total(order, menu),
        "lines": [_line_state(line, menu) for line in order.lines],
        "next_line_id": order.next_line_id,
    }


def _line_state(line: Line, menu: Menu) -> OrderLine:
    unit_price = menu.unit_price(line.item, line.options)
    return {
        "line_id": line.line_id,
        "item": line.item,
        "quantity": line.quantity,
        "options": dict(line.options),
        "missing": missing_options(menu, line.item, line.options),
        "unit_price": unit_price,
        "line_total": unit_price * line.quantity,
    }


def from_state(state: OrderState) -> Order:
    """Rebuild an order from its plain form; prices and totals are not read, the menu gives them."""
    lines = tuple(
        Line(line["line_id"], line["item"], line["quantity"], dict(line["options"])) for line in state["lines"]
    )
    return Order(state["order_id"], state["status"], state["revision"], lines, state["next_line_id"])
