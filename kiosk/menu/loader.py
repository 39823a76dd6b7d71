"""Read a menu file and say exactly what is wrong with a bad one."""

from __future__ import annotations

from pathlib import Path

from kiosk.menu.model import Menu
from kiosk.yaml_errors import YamlFile


class MenuError(ValueError):
    """A menu file cannot be used; the text names file, line, field and problem."""


_FILE = YamlFile(
    package="kiosk.menu",
    default="haru_cafe.yaml",
    variable="KIOSK_MENU_FILE",
    shape="a menu file is a mapping with id, currency, categories, option_groups and items",
    error=MenuError,
)


def load_menu(path: Path | str | None = None) -> Menu:
    """Load and check a menu file (YAML, or JSON, which is YAML as well).

    Args:
        path: The file, or None for the menu that comes with the package.

    Raises:
        MenuError: The file is missing, unreadable, not YAML or breaks a rule; one line per problem.
    """
    return _FILE.load(Menu, path)
