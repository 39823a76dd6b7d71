"""FoodOrdering schemas become menus, orders become trees, and a restaurant is scored with the real engine."""

from pathlib import Path

import pytest

from evals.foodordering.convert import Converted
from evals.foodordering.run import kind_of_error, restaurants, score
from evals.foodordering.schema import Restaurant, Value
from evals.foodordering.trees import parse, same
from evals.foodordering.words import with_derived_words
from evals.suite import SuiteError
from kiosk.ordering import Line

pytestmark = pytest.mark.unit

BOWLS = Path(__file__).parents[1] / "data" / "foodordering"


@pytest.fixture(scope="module")
def restaurant() -> Restaurant:
    return Restaurant.load(BOWLS)


@pytest.fixture(scope="module")
def bowls(restaurant: Restaurant) -> Converted:
    return Converted(restaurant)


def test_trees_are_the_same_in_any_order_of_trees_and_slots() -> None:
    first = parse("(A (N 1 ) (NOT (T x ) ) ) (B (N 2 ) )")
    assert same(first, parse("(B (N 2 ) ) (A (NOT (T X ) ) (N 1 ) )"))


@pytest.mark.parametrize(
    "other",
    ["(A (N 1 ) )", "(A (N 1 ) (T x ) )", "(A (N 2 ) (NOT (T x ) ) )", "(A (N 1 ) (NOT (T x ) ) (NOT (T x ) ) )", ""],
)
def test_trees_that_hold_something_else_differ(other: str) -> None:
    assert not same(parse("(A (N 1 ) (NOT (T x ) ) )"), parse(other))


@pytest.mark.parametrize("text", ["(A (N 1 )", "A", "(", "(A ) )"])
def test_broken_parentheses_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        parse(text)


def test_an_intent_is_one_item_or_one_for_each_of_its_types(bowls: Converted) -> None:
    assert [item.id for item in bowls.menu.items] == ["bowl_order", "snack_order_rice_crackers", "snack_order_plum_dip"]
    assert bowls.menu.by_id["bowl_order"].words == ("bowl", "bowls")


def test_slots_become_choices_flags_with_levels_and_counts(bowls: Converted) -> None:
    options = bowls.menu.options_of("bowl_order")
    assert [*options["width"].by_id] == ["narrow", "wide", "extra_wide"]
    assert sorted(options["topping_radishes"].levels) == ["extra", "less", "no_extra", "no_less", "none"]
    assert (options["shot_vinegar"].kind, sorted(options["shot_vinegar"].levels)) == ("count", ["extra", "less"])
    assert {"spare me the", "spare me"} <= set(bowls.menu.levels["none"].words)
    assert "spare me the light" in bowls.menu.levels["no_less"].words


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("SHOT(2)", ("SHOT", 2)),
        ("SHOT 3", ("SHOT", 3)),
        ("SHOT(number(4))", ("SHOT", 4)),
        ("SHOT", ("SHOT", 1)),
        ("Or(a,b)", None),
        ("7.5 oz", None),
        ("cabbage", None),
    ],
)
def test_values_that_count_are_known_by_their_form(text: str, units: tuple[str, int] | None) -> None:
    assert Value(text, ()).units() == units


def test_words_that_say_a_number_of_a_counted_value_become_short_words_for_it(bowls: Converted) -> None:
    assert {combo.alias: combo.options for combo in bowls.menu.option_combos} == {"double vinegar": {"shot_vinegar": 2}}
    assert bowls.menu.options_of("bowl_order")["shot_vinegar"].aliases == ("vinegar shot", "vinegar shots", "vinegar")


def test_other_types_can_be_had_beside_the_one_that_names_the_intent(bowls: Converted) -> None:
    assert [*bowls.menu.options_of("snack_order_rice_crackers")] == ["snack_type_plum_dip"]


def test_an_order_line_becomes_a_tree(bowls: Converted) -> None:
    line = Line(
        "1",
        "bowl_order",
        2,
        {
            "width": "extra_wide",
            "topping_red_cabbage": True,
            "topping_or_red_cabbage_green_cabbage": "none",
            "topping_radishes": "extra",
            "topping_pumpkin_seeds": "no_less",
            "shot_vinegar": 2,
        },
    )
    expected = (
        "(BOWL_ORDER (NUMBER 2 ) (WIDTH extra_wide ) (TOPPING red_cabbage )"
        " (NOT (TOPPING (OR red_cabbage green_cabbage ) ) )"
        " (COMPLEX (QUANTITY extra ) (TOPPING radishes ) ) (SHOT (VINEGAR 2 ) )"
        " (NOT (COMPLEX (QUANTITY light ) (TOPPING pumpkin_seeds ) ) ) )"
    )
    assert same(bowls.trees([line]), parse(expected))
    dips = Line("2", "snack_order_rice_crackers", 1, {"snack_type_plum_dip": True})
    both = "(SNACK_ORDER (NUMBER 1 ) (SNACK_TYPE rice_crackers ) (SNACK_TYPE plum_dip ) )"
    assert same(bowls.trees([dips]), parse(both))


def test_what_stands_around_a_type_counts_portions_and_tells_the_thing_from_what_comes_beside_another(
    bowls: Converted,
) -> None:
    shelf = bowls.menu.categories["snack_order"]
    assert (shelf.portions, shelf.words) == (
        ("plate of", "snack order of", "snack orders of"),
        ("snack order",),
    )
    assert "plate of plum dip" in bowls.menu.by_id["snack_order_plum_dip"].words


def test_words_that_the_schema_lets_stand_around_a_value_are_known(bowls: Converted) -> None:
    assert bowls.menu.options_of("bowl_order")["width"].by_id["wide"].words == ("wide", "wide brimmed")


def words(restaurant: Restaurant, text: str) -> tuple[str, ...]:
    values = (value for intent in restaurant.intents for slot in intent.slots for value in slot.values)
    return next(value.words for value in values if value.text == text)


def test_words_follow_from_the_catalogues(restaurant: Restaurant) -> None:
    grown = with_derived_words(restaurant)
    assert words(grown, "radishes") == ("radishes", "radish")
    assert words(grown, "red_cabbage") == ("red cabbage", "red")
    assert "roasted pumpkin seeds" in words(grown, "pumpkin_seeds")
    assert "slow roasted pumpkin seed" in words(grown, "pumpkin_seeds")


def test_no_word_is_derived_that_means_something_already(restaurant: Restaurant) -> None:
    grown = with_derived_words(restaurant)
    said = [
        word
        for intent in grown.intents
        for slot in intent.slots
        if slot.name not in ("NUMBER", "QUANTITY", "NOT")
        for value in slot.values
        for word in value.words
    ]
    assert len(said) == len(set(said))


@pytest.mark.parametrize(
    ("got", "kind"),
    [
        ("", "nothing_done"),
        ("(A (NUMBER 1 ) (T x ) )", "items_missing"),
        ("(A (NUMBER 2 ) (T x ) ) (B (NUMBER 1 ) )", "quantities"),
        ("(A (NUMBER 1 ) (NOT (T x ) ) ) (B (NUMBER 1 ) )", "graded_or_declined"),
        ("(A (NUMBER 1 ) ) (B (NUMBER 1 ) )", "parts_missing"),
        ("(A (NUMBER 1 ) ) (B (NUMBER 1 ) (T x ) )", "parts_of_other_items"),
    ],
)
def test_errors_are_told_apart(got: str, kind: str) -> None:
    assert kind_of_error(parse(got), parse("(A (NUMBER 1 ) (T x ) ) (B (NUMBER 1 ) )")) == kind


def test_the_engine_serves_a_restaurant() -> None:
    report = score(BOWLS)
    assert (report.exact.right, report.exact.total) == (1, 2)
    assert report.kinds() == {"quantities": 1}


def test_a_folder_of_restaurants_stands_for_all_of_them() -> None:
    assert restaurants(BOWLS) == [BOWLS]
    assert restaurants(BOWLS.parent) == [BOWLS]


def test_a_folder_without_a_schema_is_named(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match=r"schema\.json"):
        restaurants(tmp_path)


def test_a_catalogue_that_is_missing_is_named(tmp_path: Path) -> None:
    (tmp_path / "schema.json").write_text((BOWLS / "schema.json").read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(SuiteError, match=r"width\.txt"):
        Restaurant.load(tmp_path)


@pytest.mark.parametrize("line", ["{", '{"SRC": "a bowl"}', '{"SRC": "a bowl", "EXR": "(BOWL_ORDER"}'])
def test_a_line_that_is_no_order_is_named(tmp_path: Path, line: str) -> None:
    for path in (BOWLS / "schema.json", *sorted((BOWLS / "alias").iterdir())):
        target = tmp_path / path.relative_to(BOWLS)
        target.parent.mkdir(exist_ok=True)
        target.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "dev.json").write_text(line, encoding="utf-8")
    with pytest.raises(SuiteError, match=r"dev\.json:1"):
        score(tmp_path)
