"""Orders made from any menu, text and cart from one object: exact carts, nothing illegal, bounded time."""

from __future__ import annotations

from functools import lru_cache, partial

import pytest

from evals.counter import Counter
from evals.generator import generate
from evals.score import score_turn
from evals.suite import Conversation
from kiosk.ordering import Order, to_state
from tests.clock import processor_seconds
from tests.unit.data.menus import menus

pytestmark = pytest.mark.unit

CONVERSATIONS, SEED, FRESH_SEED = 80, 1, 20
LONGEST, BAR = 2000, 0.5
"""Characters of the longest turn, and seconds of processor time that it may take."""

KINDS = [("haru_cafe", "ko"), ("haru_cafe", "en"), ("snack_bar", "ko"), ("snack_bar", "en")]
TOURISTS = [("haru_cafe", "ja"), ("haru_cafe", "zh")]


@lru_cache(maxsize=2)
def shop(menu: str, language: str) -> Counter:
    return Counter(menus()[menu], language)


def play(counter: Counter, conversation: Conversation) -> list[bool]:
    """Return which turns were exact, up to the first that was not: what comes after it has no right cart."""
    who = counter.greet()
    exact: list[bool] = []
    for position, turn in enumerate(conversation.turns):
        assert not who.say(turn.user).outcome.issues, turn.user
        exact.append(score_turn(conversation, position, to_state(who.order, counter.menu), "", counter.menu).exact)
        if not exact[-1]:
            break
    return exact


@pytest.mark.parametrize("seed", [SEED, FRESH_SEED])
@pytest.mark.parametrize(("menu", "language"), [*KINDS, *TOURISTS])
def test_generated_orders_give_their_carts(menu: str, language: str, seed: int) -> None:
    counter = shop(menu, language)
    talks = list(generate(counter.menu, seed, CONVERSATIONS, language))
    exact = [right for talk in talks for right in play(counter, talk)]
    assert sum(exact) / len(exact) >= 0.99


@pytest.mark.parametrize(("menu", "language"), KINDS)
def test_the_same_seed_says_the_same(menu: str, language: str) -> None:
    first, again, other = (list(generate(menus()[menu], seed, 5, language)) for seed in (7, 7, 8))
    assert first == again
    assert [talk.turns for talk in first] != [talk.turns for talk in other]


@pytest.mark.parametrize(("menu", "language"), [*KINDS, *TOURISTS])
def test_the_longest_order_is_understood_at_once(menu: str, language: str) -> None:
    counter = shop(menu, language)
    said = [turn.user for talk in generate(counter.menu, SEED, 60, language) for turn in talk.turns]
    for joint in (" ", ", ", ""):
        text = (joint.join(said) * 2)[:LONGEST]
        assert len(text) == LONGEST
        seconds, proposal = processor_seconds(partial(counter._engine.understand, text, Order("o")))
        assert seconds < BAR
        assert 0 <= proposal.confidence <= 1
