"""`kiosk menu`: what is sold, at which price."""

from __future__ import annotations

import sys

import typer
from rich.console import Console
from rich.table import Table

from kiosk.cli.errors import ExitCode
from kiosk.cli.parts import load_settings, read_menu
from kiosk.cli.texts import Texts
from kiosk.menu import Category, Item, Menu, OptionGroup


def run(*, texts: Texts, lang: str | None, as_json: bool) -> int:
    """Print the menu: a table at a terminal, plain lines in a pipe, the menu's own data with --json."""
    menu = read_menu(load_settings(texts, lang))
    if as_json:
        typer.echo(menu.model_dump_json())
    elif sys.stdout.isatty():
        _print_tables(menu, texts)
    else:
        typer.echo("\n".join(menu_lines(menu, texts)))
    return ExitCode.OK


def menu_lines(menu: Menu, texts: Texts) -> list[str]:
    """Return the menu as plain lines, one per item under the name of its category."""
    lines: list[str] = []
    for category, items in _shelves(menu):
        lines.append(category.name(texts.language))
        lines += [f"  {'  '.join(cell for cell in _row(item, menu, texts) if cell)}" for item in items]
    return [*lines, texts("menu.options_title"), *(f"  {line}" for line in _option_lines(menu, texts))]


def _shelves(menu: Menu) -> list[tuple[Category, list[Item]]]:
    """Return the categories that items stand in directly, with their items, in menu order."""
    shelves = [
        (category, [item for item in menu.items if item.category == id]) for id, category in menu.categories.items()
    ]
    return [(category, items) for category, items in shelves if items]


def _row(item: Item, menu: Menu, texts: Texts) -> tuple[str, str, str]:
    language = texts.language
    notes = [texts("menu.sold_out")] if item.sold_out else []
    for option, values in item.only.items():
        group = next(group for group in menu.option_groups.values() if group.id == option)
        names = ", ".join(group.by_id[value].name(language) for value in values)
        notes.append(texts("menu.only", value=names))
    return item.name(language), texts.money(item.price, menu.currency), ", ".join(notes)


def _option_lines(menu: Menu, texts: Texts) -> list[str]:
    return list(dict.fromkeys(_option_line(group, menu, texts) for group in menu.option_groups.values()))


def _option_line(group: OptionGroup, menu: Menu, texts: Texts) -> str:
    def priced(name: str, price: int) -> str:
        return texts("menu.value_price", value=name, price=texts.money(price, menu.currency)) if price else name

    name = group.name(texts.language)
    if group.kind == "choice":
        values = ", ".join(priced(value.name(texts.language), value.price) for value in group.values)
        return texts("menu.option_choice", option=name, values=values)
    if group.kind == "count":
        price = texts.money(group.price_each, menu.currency)
        return texts("menu.option_count", option=name, min=group.min, max=group.max, price=price)
    return priced(texts("menu.option_flag", option=name), group.price)


def _print_tables(menu: Menu, texts: Texts) -> None:
    console = Console()
    for category, items in _shelves(menu):
        table = Table(title=category.name(texts.language), title_justify="left", min_width=60)
        table.add_column(texts("menu.item"))
        table.add_column(texts("menu.price"), justify="right")
        table.add_column(texts("menu.notes"))
        for item in items:
            table.add_row(*_row(item, menu, texts), style="dim" if item.sold_out else "")
        console.print(table)
    console.print(texts("menu.options_title"), style="bold")
    for line in _option_lines(menu, texts):
        console.print(f"  {line}", highlight=False)
