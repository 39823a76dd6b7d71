"""Any text at all: no crash, no illegal proposal, and an answer before the customer notices."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.ordering import Order
from tests.clock import processor_seconds
from tests.unit.data.menus import menus
from tests.unit.understanding.talk import counter

pytestmark = pytest.mark.unit

LONGEST = 2000
BAR = 0.5
"""Seconds of processor time, several times what such a turn takes."""


@st.composite
def speech(draw: st.DrawFn, menu: str) -> str:
    """Words that the engine knows, in any order, with all sorts of other text between them."""
    known = st.sampled_from(sorted(counter(menu)._engine.scanner.lexicon.entries))
    words = draw(st.lists(st.one_of(known, known, known, st.text(max_size=8)), max_size=14))
    return draw(st.sampled_from([" ", " ", "", ", ", ". "])).join(words)


@pytest.mark.parametrize("menu", sorted(menus()))
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_talk_leads_to_an_illegal_proposal(menu: str, data: st.DataObject) -> None:
    who = counter(menu).greet()
    for _ in range(3):
        text = data.draw(speech(menu))
        assert not who.say(text).outcome.issues, text


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_a_turn(text: str) -> None:
    proposal = counter()._engine.understand(text, Order("o"))
    assert 0 <= proposal.confidence <= 1


@pytest.mark.parametrize(
    "unit",
    [
        "가",
        "가나 ",
        "뷁",
        "latte ",
        "latte",
        "x",
        "xyz ",
        "1 ",
        "하나 ",
        "아메리카노",
        "아매리카누 ",
        "아이스 ",
        "샷 ",
        ", ",
        "? ",
    ],
)
def test_the_longest_turn_is_answered_at_once(unit: str) -> None:
    text = (unit * LONGEST)[:LONGEST]
    engine = counter()._engine
    seconds, _ = processor_seconds(lambda: engine.understand(text, Order("o")))
    assert seconds < BAR


def test_time_grows_with_length_and_not_faster() -> None:
    engine = counter()._engine

    def seconds(units: int) -> float:
        text = "아이스 아메리카노 두 잔 블라블라 " * units
        return min(processor_seconds(lambda: engine.understand(text, Order("o")))[0] for _ in range(5))

    assert seconds(80) < 8 * 3 * seconds(10)
