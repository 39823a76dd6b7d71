"""Conversations with the engine alone, and what they leave on the order."""

from __future__ import annotations

from functools import lru_cache

from evals.counter import Counter, Customer
from kiosk.menu import OptionSetting
from tests.unit.data.menus import menus

Units = tuple[int, str, dict[str, OptionSetting]]


@lru_cache(maxsize=8)
def counter(menu: str = "haru_cafe", language: str = "ko") -> Counter:
    return Counter(menus()[menu], language)


def customer(*turns: str, menu: str = "haru_cafe", language: str = "ko") -> Customer:
    """Return a customer who has said these turns; every proposal on the way was legal."""
    who = counter(menu, language).greet()
    for turn in turns:
        assert not who.say(turn).outcome.issues
    return who


def cart(who: Customer) -> list[Units]:
    """Return the order in an order of its own, because that of the lines does not matter."""
    return sorted(((line.quantity, line.item, dict(line.options)) for line in who.order.lines), key=str)


def ordered(*turns: str, menu: str = "haru_cafe", language: str = "ko") -> list[Units]:
    """Return what these turns leave on the order."""
    return cart(customer(*turns, menu=menu, language=language))
