"""The two menus that every law is held against: the one that comes with the package, and a quite different one."""

from functools import lru_cache
from pathlib import Path

from kiosk.menu import Menu, load_menu

SNACK_BAR = Path(__file__).parent / "snack_bar.yaml"


@lru_cache(maxsize=1)
def menus() -> dict[str, Menu]:
    return {"haru_cafe": load_menu(), "snack_bar": load_menu(SNACK_BAR)}
