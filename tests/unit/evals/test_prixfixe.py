"""PrixFixe catalogs become menus, carts are compared as PrixFixe does, and a suite is scored with the real engine."""

from pathlib import Path

import pytest

from evals.prixfixe.carts import Measures, Unit
from evals.prixfixe.catalog import Catalog
from evals.prixfixe.convert import Converted
from evals.prixfixe.phrases import expand, expand_all, inflected
from evals.prixfixe.run import Evaluation
from evals.prixfixe.suite import load_cases
from evals.suite import SuiteError
from kiosk.menu import OptionSetting

pytestmark = pytest.mark.unit

DATA = Path(__file__).parents[1] / "data"
TEAS = DATA / "prixfixe"
SUITE = DATA / "prixfixe_suite.yaml"


@pytest.fixture(scope="module")
def tea_house() -> Converted:
    return Converted(Catalog.load(TEAS))


@pytest.fixture(scope="module")
def measures(tea_house: Converted) -> Measures:
    return Measures(tea_house.catalog)


@pytest.mark.parametrize(
    ("pattern", "phrases"),
    [
        ("green tea", ["green tea"]),
        ("green [tea]", ["green", "green tea"]),
        ("(cut, sliced) [in two]", ["cut", "cut in two", "sliced", "sliced in two"]),
        ("exact: [a,the] (pot)", ["pot", "a pot", "the pot"]),
    ],
)
def test_a_generator_expression_stands_for_all_its_phrases(pattern: str, phrases: list[str]) -> None:
    assert list(expand(pattern)) == phrases


def test_phrases_of_several_patterns_come_once() -> None:
    assert expand_all(["[a] pot", "pot"]) == ("pot", "a pot")


@pytest.mark.parametrize(
    ("word", "forms"),
    [
        ("warmed", ["warmed", "warme", "warm"]),
        ("ice", ["ice", "iced"]),
        ("whip", ["whip", "whiped", "whipped"]),
        ("wild honey", ["wild honey"]),
    ],
)
def test_words_come_with_the_forms_of_their_stem(word: str, forms: list[str]) -> None:
    assert list(inflected([word])) == forms


def test_dimensions_become_choices_with_the_items_own_default(tea_house: Converted) -> None:
    options = tea_house.menu.options_of("green_tea")
    assert (options["warmth"].default, options["pot"].default) == ("warm", "usual")
    assert options["pot"].by_id["little"].words == ("little", "little pot", "mini", "mini pot")


def test_options_become_counts_with_the_levels_that_the_catalog_grades_them_by(tea_house: Converted) -> None:
    options = tea_house.menu.options_of("barley_tea")
    assert [options["honey"].accepts(setting) for setting in (3, "none", "less", "extra", "plain", True)] == [
        True,
        True,
        True,
        True,
        False,
        False,
    ]
    assert not options["for_here"].accepts("extra")
    assert "mountains of" in tea_house.menu.levels["extra"].words


def test_units_come_from_the_catalog_and_the_lexicon(tea_house: Converted) -> None:
    assert tea_house.menu.options_of("green_tea")["honey"].units == ("spoon", "ladle", "ladle of")


def test_excluded_forms_and_exclusive_sets_are_kept(tea_house: Converted) -> None:
    menu = tea_house.menu
    assert menu.is_excluded("green_tea", {"warmth": "chilled", "pot": "giant"})
    assert not menu.is_excluded("green_tea", {"pot": "giant"})
    assert {menu.options_of("green_tea")[option].exclusive for option in ("for_here", "to_take")} == {"cups"}


def test_options_are_offered_where_a_rule_says_so(tea_house: Converted) -> None:
    assert not tea_house.menu.options_of("sesame_bun")


def test_the_last_word_of_names_means_the_first_item_that_has_it(tea_house: Converted) -> None:
    assert "bun" in tea_house.menu.by_id["sesame_bun"].words
    assert "bun" not in tea_house.menu.by_id["walnut_bun"].words


def test_recipes_become_combos(tea_house: Converted) -> None:
    winter = next(combo for combo in tea_house.menu.combos if combo.alias == "winter special")
    assert (winter.item, winter.quantity, winter.options) == ("barley_tea", 2, {"pot": "giant", "ginger": "extra"})
    both = tea_house.menu.option_combos[0]
    assert (both.alias, both.options) == ("sweet and hot", {"honey": 2, "ginger": 1})


def test_order_lines_get_the_catalogs_names(tea_house: Converted) -> None:
    options: dict[str, OptionSetting] = {
        "warmth": "chilled",
        "pot": "little",
        "honey": 3,
        "ginger": "none",
        "to_take": 1,
    }
    assert tea_house.product_name("green_tea", options) == "chilled little green tea"
    assert list(tea_house.option_units(options)) == [(3, "honey"), (1, "no ginger"), (1, "to take")]


def test_the_order_of_a_carts_contents_does_not_matter(measures: Measures) -> None:
    tea = Unit("giant green tea", 1, (Unit("honey", 2), Unit("no ginger")))
    turned = Unit("green giant tea", 1, (Unit("no ginger"), Unit("honey", 2)))
    assert measures.complete((tea, Unit("sesame bun")), (Unit("sesame bun"), turned))


def test_units_of_one_kind_may_stand_on_one_line_or_on_two(measures: Measures) -> None:
    assert measures.complete((Unit("sesame bun", 2),), (Unit("sesame bun"), Unit("sesame bun")))
    assert not measures.complete((Unit("sesame bun", 2),), (Unit("sesame bun"),))


EXPECTED = (Unit("little green tea", 1, (Unit("no ginger"), Unit("honey", 2))), Unit("sesame bun"))


@pytest.mark.parametrize(
    ("tea", "edits"),
    [
        (Unit("little green tea", 1, (Unit("honey", 2), Unit("no ginger"))), 0),
        (Unit("little green tea", 5, (Unit("no ginger"), Unit("honey", 2))), 1),
        (Unit("chilled usual green tea", 1, (Unit("no ginger"), Unit("honey", 2))), 2),
        (Unit("little green tea", 1, (Unit("extra ginger"), Unit("honey", 2))), 1),
        (Unit("little green tea", 1, (Unit("no ginger"), Unit("honey", 5))), 1),
        (Unit("little green tea", 1, (Unit("no ginger"), Unit("to take"))), 3),
        (Unit("little barley tea", 1, (Unit("no ginger"), Unit("honey", 2))), 7),
    ],
    ids=["same", "quantity", "attributes", "level", "option_quantity", "other_option", "other_product"],
)
def test_the_repair_cost_counts_the_edits_that_complete_a_cart(measures: Measures, tea: Unit, edits: int) -> None:
    assert measures.repair_cost((Unit("sesame bun"), tea), EXPECTED) == edits


def test_repair_pairs_items_at_the_least_cost(measures: Measures) -> None:
    got = (Unit("giant green tea"), Unit("little green tea", 3))
    assert measures.repair_cost(got, (Unit("little green tea", 2), Unit("giant green tea"))) == 1


def test_a_suite_is_read_with_its_nested_groups() -> None:
    assert [(case.id, len(case.steps)) for case in load_cases(SUITE)] == [("1", 2), ("2", 1)]


def test_the_engine_serves_a_suite_and_the_report_says_what_is_wrong() -> None:
    report = Evaluation(TEAS).run(SUITE)
    assert (report.exact.right, report.exact.total) == (2, 3)
    assert report.shares["cases"].right == 1
    assert report.figures["repair_cost"] == 1
    assert [(one.id, one.kind) for one in report.wrong] == [("2.0", "quantities")]


@pytest.mark.parametrize("content", ["tests: []", "tests: [{id: 1, steps: [{turns: []}]}]", "a: [", "5"])
def test_what_is_no_suite_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SuiteError, match=r"broken\.yaml"):
        load_cases(path)


def test_a_folder_without_a_catalog_is_named(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match="catalog"):
        Catalog.load(tmp_path)
