"""The suites of conversations, with the engine alone: exact carts, and a confidence that can be trusted."""

from functools import lru_cache

import pytest

from evals.score import TurnResult, score_turn
from evals.suite import find_suite, load_suite
from kiosk.ordering import to_state
from tests.unit.understanding.talk import counter

pytestmark = pytest.mark.unit

SURE = 0.8
"""The cascade's threshold: below it another endpoint is asked."""


@lru_cache(maxsize=8)
def scores(name: str) -> tuple[tuple[TurnResult, float], ...]:
    """Return what became of each turn of a suite, with the engine's confidence."""
    scored: list[tuple[TurnResult, float]] = []
    suite = load_suite(find_suite(name), counter().menu)
    for conversation in suite.conversations:
        shop = counter(language=conversation.lang)
        who = shop.greet()
        for position, turn in enumerate(conversation.turns):
            confidence = who.say(turn.user).proposal.confidence
            scored.append(
                (score_turn(conversation, position, to_state(who.order, shop.menu), "", shop.menu), confidence)
            )
    return tuple(scored)


@pytest.mark.parametrize(
    ("suite", "least"),
    [
        ("dev_ko", 0.99),
        ("dev_en", 0.98),
        ("house_ko", 0.96),
        ("house_en", 0.98),
        ("blind_ko", 0.98),
        ("blind_en", 0.97),
        ("wording_ko", 0.95),
        ("wording_en", 0.97),
        ("fresh_ko", 0.97),
        ("fresh_en", 0.97),
        ("tourist_ja", 0.95),
        ("tourist_zh", 0.95),
        ("tourist_ja", 0.98),
        ("tourist_zh", 0.98),
        ("tourist_blind_ja", 0.9),
        ("tourist_blind_zh", 0.9),
    ],
)
def test_carts_are_exact(suite: str, least: float) -> None:
    results = [result for result, _ in scores(suite)]
    wrong = [f"{result.conversation}: {result.user}" for result in results if not result.exact]
    assert 1 - len(wrong) / len(results) >= least, wrong


@pytest.mark.parametrize("suite", ["dev_ko", "dev_en"])
def test_the_engine_is_sure_of_most_turns_and_rightly(suite: str) -> None:
    sure = [result.exact for result, confidence in scores(suite) if confidence >= SURE]
    assert len(sure) / len(scores(suite)) >= 0.85
    assert sum(sure) / len(sure) >= 0.99


@pytest.mark.parametrize(
    "suite", ["house_ko", "house_en", "blind_ko", "blind_en", "wording_en", "fresh_ko", "fresh_en"]
)
def test_the_engine_is_rightly_sure_of_words_it_was_not_made_for(suite: str) -> None:
    sure = [result.exact for result, confidence in scores(suite) if confidence >= SURE]
    assert len(sure) / len(scores(suite)) >= 0.85
    assert sum(sure) / len(sure) >= 0.97
