"""`kiosk generate`: print a suite of conversations made from a menu, which `kiosk eval` can score."""

from __future__ import annotations

from pathlib import Path

import typer

from evals.generator import generate
from kiosk.cli.errors import CliError, ExitCode
from kiosk.cli.parts import load_settings, read_menu
from kiosk.cli.texts import Texts
from kiosk.menu import MenuError, load_menu


def run(*, texts: Texts, lang: str | None, menu_file: Path | None, seed: int, count: int, spoken: str) -> int:
    """Print one conversation a line."""
    try:
        menu = load_menu(menu_file) if menu_file is not None else read_menu(load_settings(texts, lang))
    except MenuError as error:
        raise CliError(str(error)) from error
    for conversation in generate(menu, seed, count, spoken):
        typer.echo(conversation.model_dump_json(exclude_defaults=True))
    return ExitCode.OK
