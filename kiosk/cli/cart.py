"""The cart as text."""

from __future__ import annotations

from kiosk.cli.texts import Texts
from kiosk.menu import Menu, OptionGroup, OptionSetting
from state import OrderLine, OrderState


def cart_lines(order: OrderState | None, menu: Menu, texts: Texts) -> list[str]:
    """Return the cart, a line of text per order line and one with the total; an empty open cart has no lines."""
    if order is None or (not order["lines"] and order["status"] == "open"):
        return []
    currency = order["currency"]
    lines = [_line(line, currency, menu, texts) for line in order["lines"]]
    amount = texts.money(order["total"], currency)
    if order["status"] == "open":
        return [*lines, texts("cart.total", amount=amount)]
    return [*lines, texts("cart.total_with_status", amount=amount, status=texts(f"status.{order['status']}"))]


def _line(line: OrderLine, currency: str, menu: Menu, texts: Texts) -> str:
    groups = menu.options_of(line["item"])
    parts = [option_text(menu, groups[option], setting, texts) for option, setting in line["options"].items()]
    parts += [texts("cart.missing", option=groups[option].name(texts.language)) for option in line["missing"]]
    return texts(
        "cart.line",
        quantity=line["quantity"],
        item=menu.by_id[line["item"]].name(texts.language),
        options=f" ({', '.join(parts)})" if parts else "",
        price=texts.money(line["line_total"], currency),
    )


def option_text(menu: Menu, group: OptionGroup, setting: OptionSetting, texts: Texts) -> str:
    """Say one setting of an option."""
    name = group.name(texts.language)
    if group.kind == "choice":
        return group.by_id[str(setting)].name(texts.language)
    if isinstance(setting, str):
        return texts("cart.graded", option=name, level=menu.levels[setting].name(texts.language))
    if group.kind == "count":
        return texts("cart.count", option=name, number=setting)
    return texts("cart.flag_on" if setting else "cart.flag_off", option=name)
