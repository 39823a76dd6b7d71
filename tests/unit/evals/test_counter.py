"""The counter serves whoever comes, with menus that the kiosk was not made for."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from evals.counter import Counter
from evals.foodordering.convert import Converted as Restaurant
from evals.foodordering.schema import Restaurant as Schema
from evals.prixfixe.catalog import Catalog
from evals.prixfixe.convert import Converted as Cafe
from kiosk.menu import Menu

pytestmark = pytest.mark.unit

DATA = Path(__file__).parents[1] / "data"
MENUS = {
    "prixfixe": Cafe(Catalog.load(DATA / "prixfixe")).menu,
    "foodordering": Restaurant(Schema.load(DATA / "foodordering")).menu,
}
GLUE = ["a", "two", "and", "with", "without", "no", "extra", "light", "the", "make", "that", "remove", "change", "to"]
GLUE += ["all", "one", "of", "them", "instead", "also", "or", "half"]


def words(menu: Menu) -> list[str]:
    named = [*menu.items, *menu.option_groups.values(), *menu.levels.values(), *menu.categories.values()]
    values = [value for group in menu.option_groups.values() for value in group.values]
    return [word for entry in (*named, *values) for word in entry.words]


def soups(menu: Menu, count: int) -> Iterator[str]:
    chance, known = random.Random(7), words(menu)
    for _ in range(count):
        length = chance.randint(1, 12)
        yield " ".join(chance.choice(known if chance.random() < 0.5 else GLUE) for _ in range(length))


@pytest.mark.parametrize("menu", MENUS.values(), ids=MENUS)
def test_no_soup_of_words_leads_to_an_illegal_order(menu: Menu) -> None:
    counter = Counter(menu)
    customer = counter.greet()
    for number, soup in enumerate(soups(menu, 400)):
        customer = counter.greet() if number % 4 == 0 else customer
        assert customer.say(soup).outcome.issues == (), soup
        for line in customer.order.lines:
            offered = menu.options_of(line.item)
            assert all(offered[option].accepts(setting) for option, setting in line.options.items()), soup
            assert not menu.is_excluded(line.item, line.options), soup


def test_the_talk_goes_on_from_turn_to_turn() -> None:
    customer = Counter(MENUS["prixfixe"]).greet()
    customer.say("a green tea")
    customer.say("make that giant")
    assert [(line.item, line.quantity, dict(line.options)) for line in customer.order.lines] == [
        ("green_tea", 1, {"pot": "giant"})
    ]
