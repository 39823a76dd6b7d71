"""The menu as validated data."""

from kiosk.menu.loader import MenuError, load_menu
from kiosk.menu.model import (
    Category,
    Combo,
    Item,
    Level,
    Menu,
    OptionCombo,
    OptionGroup,
    OptionSetting,
    OptionValue,
)

__all__ = [
    "Category",
    "Combo",
    "Item",
    "Level",
    "Menu",
    "MenuError",
    "OptionCombo",
    "OptionGroup",
    "OptionSetting",
    "OptionValue",
    "load_menu",
]
