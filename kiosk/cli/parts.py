"""Settings and menu for a command; what is wrong with them is one clear line."""

from __future__ import annotations

from pydantic import ValidationError
from pydantic_settings import SettingsError

from kiosk.cli.errors import CliError
from kiosk.cli.texts import Texts
from kiosk.menu import Menu, MenuError, load_menu
from kiosk.settings import Settings


def load_settings(texts: Texts, lang: str | None) -> Settings:
    """Return the settings; a language named on the command line is also the kiosk's first language."""
    try:
        return Settings() if lang is None else Settings.model_validate({"language": lang})
    except ValidationError as error:
        problems = [_problem(texts, problem["loc"], problem["msg"]) for problem in error.errors()]
        raise CliError("\n".join(problems)) from error
    except (SettingsError, UnicodeDecodeError, OSError) as error:
        raise CliError(texts("error.setting", name=".env", problem=type(error).__name__)) from error


def _problem(texts: Texts, location: tuple[str | int, ...], message: str) -> str:
    name = f"KIOSK_{str(location[0]).upper()}" if location else "KIOSK_*"
    return texts("error.setting", name=name, problem=message.removeprefix("Value error, "))


def read_menu(settings: Settings) -> Menu:
    """Return the menu that the settings name."""
    try:
        return load_menu(settings.menu_file)
    except MenuError as error:
        raise CliError(str(error)) from error
