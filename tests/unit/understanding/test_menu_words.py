"""What a menu file can say beyond items and options, at a deli that only this test knows."""

from functools import lru_cache
from pathlib import Path

import pytest

from evals.counter import Counter
from kiosk.menu import load_menu
from tests.unit.understanding.talk import Units, cart

pytestmark = pytest.mark.unit


@lru_cache(maxsize=1)
def deli() -> Counter:
    return Counter(load_menu(Path(__file__).parent / "deli.yaml"), "en")


def ordered(*turns: str) -> list[Units]:
    who = deli().greet()
    for turn in turns:
        assert not who.say(turn).outcome.issues
    return cart(who)


def test_amounts_are_graded() -> None:
    assert ordered("a turkey with extra onions and light pickles") == [
        (1, "turkey", {"onions": "extra", "pickles": "less"})
    ]
    assert ordered("a turkey with a whisper of onions") == [(1, "turkey", {"onions": "less"})]


def test_to_decline_is_a_setting_and_to_take_off_is_none() -> None:
    assert ordered("a turkey with no onions") == [(1, "turkey", {"onions": "none"})]
    assert ordered("a turkey with onions", "take off the onions") == [(1, "turkey", {})]


def test_units_count_the_option() -> None:
    assert ordered("a gazpacho with three shakes of pepper and two pinches of salt") == [
        (1, "gazpacho", {"pepper": 3, "salt": 2})
    ]


def test_a_number_before_a_row_of_options_counts_the_item() -> None:
    assert ordered("two small three shake pepper gazpachos") == [(2, "gazpacho", {"size": "small", "pepper": 3})]
    assert ordered("two onions and pickles turkeys") == [(2, "turkey", {"onions": True, "pickles": True})]


def test_options_that_exclude_each_other() -> None:
    assert ordered("a rye wheat turkey") == [(1, "turkey", {"rye": True})]
    assert ordered("a turkey on rye", "make it wheat") == [(1, "turkey", {"wheat": True})]


def test_a_form_that_is_not_sold_waits_for_what_makes_it_sold() -> None:
    assert ordered("a large cold gazpacho") == [(1, "gazpacho", {"size": "large", "served": "cold"})]
    assert ordered("a large gazpacho") == [(1, "gazpacho", {})]


def test_short_words() -> None:
    assert ordered("twin turkeys") == [(2, "turkey", {"rye": True})]
    assert ordered("a seasoned gazpacho") == [(1, "gazpacho", {"pepper": 1, "salt": 1})]


def test_portions_count_what_they_hold() -> None:
    assert ordered("two ladles of gazpacho and a side of hummus") == [(1, "hummus", {}), (2, "gazpacho", {})]


def test_a_word_for_an_item_and_an_option_is_what_its_place_says() -> None:
    assert ordered("a turkey with onions hummus and pickles") == [
        (1, "turkey", {"onions": True, "pickles": True, "hummus_inside": True})
    ]
    assert ordered("a turkey and a hummus") == [(1, "hummus", {}), (1, "turkey", {})]


def test_options_go_to_the_item_that_offers_them() -> None:
    assert ordered("a turkey with onions and pickles large gazpacho served cold") == [
        (1, "gazpacho", {"size": "large", "served": "cold"}),
        (1, "turkey", {"onions": True, "pickles": True}),
    ]


def test_what_only_one_item_can_be_needs_no_name() -> None:
    assert ordered("i'll take two small with onions") == [(2, "turkey", {"size": "small", "onions": True})]
