"""The order as plain JSON values, the shape that callers, checkpoints and the web see."""

from __future__ import annotations

from typing import Literal, NotRequired

from typing_extensions import TypedDict

OrderStatus = Literal["open", "awaiting_payment", "paid", "cancelled"]


class OrderLine(TypedDict):
    """One line; prices are integer minor units, `missing` names required options that the customer has not given."""

    line_id: str
    item: str
    quantity: int
    options: dict[str, str | int | bool]
    missing: list[str]
    unit_price: int
    line_total: int


class OrderState(TypedDict):
    """The whole order; `revision` rises with every change, `next_line_id` never gives a line id twice.

    `number` is that by which a paid order is called out.
    """

    order_id: str
    status: OrderStatus
    revision: int
    currency: str
    total: int
    lines: list[OrderLine]
    next_line_id: int
    number: NotRequired[str]
