"""Pictures of the menu: a few drawings, coloured by data; an item that nobody has drawn looks like its shelf."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from string import Template
from typing import Any

import yaml


def picture(item_id: str, category: str) -> str:
    """Return the picture of an item as SVG.

    Args:
        item_id: The item.
        category: Its shelf; both may be unknown to the drawings.
    """
    known = _pictures()
    look = known["default"] | known["categories"].get(category, {}) | known["items"].get(item_id, {})
    top = Template(known["tops"].get(look["top"], "")).substitute(look)
    return Template(_drawing(look["shape"])).substitute(look | {"top": top})


@cache
def _pictures() -> dict[str, Any]:
    pictures: dict[str, Any] = yaml.safe_load(_text("pictures.yaml"))
    return pictures


@cache
def _drawing(shape: str) -> str:
    return _text(f"{shape}.svg")


def _text(name: str) -> str:
    return (files("kiosk.web") / "drawings" / name).read_text(encoding="utf-8")
