"""A bad menu file: one line per problem, with file, line, item and field, and what to do."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.menu import MenuError, load_menu

pytestmark = pytest.mark.unit

GOOD = """\
id: corner
names: {ko: 모퉁이, en: Corner}
currency: KRW
categories:
  drink: {names: {en: drink}}
allergens:
  milk: {names: {en: milk}}
option_groups:
  size:
    kind: choice
    default: small
    names: {en: size}
    values:
      - {id: small, names: {en: small}}
      - {id: big, price: 500, names: {en: big}}
  shots: {kind: count, max: 2, names: {en: shot}}
  lid: {kind: flag, default: true, names: {en: lid}}
items:
  - id: tea
    category: drink
    price: 3000
    names: {en: tea}
    options: [size, lid]
  - id: cocoa
    category: drink
    price: 4000
    names: {en: cocoa}
    aliases: [hot chocolate]
    allergens: [milk]
combos:
  - {alias: big tea, item: tea, options: {size: big}}
"""


@pytest.fixture
def problem_of(tmp_path: Path) -> Callable[[str, str], str]:
    """The error of the good menu with one text replaced by another."""

    def load(old: str, new: str) -> str:
        assert GOOD.count(old) >= 1
        path = tmp_path / "corner.yaml"
        path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(MenuError) as error:
            load_menu(path)
        return str(error.value)

    return load


def test_the_good_menu_is_good(tmp_path: Path) -> None:
    path = tmp_path / "corner.yaml"
    path.write_text(GOOD, encoding="utf-8")
    assert [item.id for item in load_menu(path).items] == ["tea", "cocoa"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("price: 3000", "price: -1", "corner.yaml:21: items.tea.price: Input should be greater than or equal to 0"),
        ("price: 3000", "price: 30.5", "corner.yaml:21: items.tea.price: Input should be a valid integer"),
        ("price: 3000", "price: '3000'", "corner.yaml:21: items.tea.price: Input should be a valid integer"),
        ("price: 4000", "price: yes", "corner.yaml:26: items.cocoa.price: Input should be a valid integer"),
        (
            "price: 500",
            "price: 1.5",
            "corner.yaml:15: option_groups.size.values.big.price: Input should be a valid integer",
        ),
        (
            "    category: drink",
            "    category: food",
            "corner.yaml:20: items.tea.category: unknown category 'food'; known: drink",
        ),
        ("id: cocoa", "id: tea", "items: id 'tea' is given twice; ids must be unique"),
        ("id: cocoa", "id: Hot Cocoa", "corner.yaml:24: items.Hot Cocoa.id: String should match pattern"),
        ("[hot chocolate]", "[Tea]", "items.cocoa.aliases: 'Tea' is already a name of tea; keep it at one"),
        ("[hot chocolate]", "[big tea]", "'big tea' is already a name of cocoa; keep it at one"),
        ("[hot chocolate]", "['']", "corner.yaml:28: items.cocoa.aliases.0: must not be empty"),
        (
            "[size, lid]",
            "[size, foam]",
            "corner.yaml:23: items.tea.options: unknown option group 'foam'; known: size, shots, lid",
        ),
        ("[size, lid]", "[size, size]", "items.tea.options: option 'size' is offered twice"),
        (
            "allergens: [milk]",
            "allergens: [nuts]",
            "corner.yaml:29: items.cocoa.allergens: unknown allergen 'nuts'; known: milk",
        ),
        (
            "default: small",
            "default: tiny",
            "corner.yaml:10: option_groups.size: default: 'tiny' is not one of the values small, big",
        ),
        ("default: true, ", "", "option_groups.lid: default: a flag needs true or false"),
        ("max: 2", "max: 2, min: 3", "option_groups.shots: min: 3 is above max 2"),
        ("max: 2", "max: 2, values: [{id: x, names: {en: x}}]", "only a choice has values, this option is a count"),
        ("max: 2", "max: 2, caffeine_free: true", "only a flag can be caffeine free"),
        (
            "kind: count",
            "kind: number",
            "corner.yaml:16: option_groups.shots.kind: Input should be 'choice', 'count' or 'flag'",
        ),
        ("{id: big, price: 500", "{id: small, price: 500", "values: id 'small' is given twice"),
        ("names: {en: big}", "names: {en: Small}", "values: 'small' names two values"),
        ("currency: KRW", "currency: won", "corner.yaml:3: currency: String should match pattern"),
        ("currency: KRW", "currency: KRW\ncolour: red", "corner.yaml:4: colour: Extra inputs are not permitted"),
        ("price: 3000", "prize: 3000", "items.tea.price: Field required"),
        (
            "    options: [size, lid]",
            "    options: [size]\n    only: {size: [huge]}",
            "items.tea.only: 'size: ['huge']' names no value",
        ),
        ("    options: [size, lid]", "    only: {size: [small, big]}", "add 'size' to options"),
        ("item: tea,", "item: coffee,", "combos.big tea.item: unknown item 'coffee'"),
        ("options: {size: big}", "options: {size: huge}", "combos.big tea.options: tea does not offer size='huge'"),
        ("{names: {en: drink}}", "{parent: food, names: {en: drink}}", "drink.parent: unknown category 'food'"),
        ("{names: {en: drink}}", "{parent: drink, names: {en: drink}}", "drink.parent: 'drink' leads back to 'drink'"),
        (
            "max: 2",
            "max: 2, requires: {foam: big}",
            "option_groups.shots.requires: no other option group has foam='big'",
        ),
        (
            "max: 2",
            "max: 2, requires: {size: huge}",
            "option_groups.shots.requires: no other option group has size='huge'",
        ),
        ("max: 2", "max: 2, requires: {shots: 1}", "option_groups.shots.requires: no other option group has shots=1"),
        ("items:", "items: []\nold:", "corner.yaml:18: items: Tuple should have at least 1 item"),
    ],
)
def test_a_problem_is_named_with_its_place(
    problem_of: Callable[[str, str], str], old: str, new: str, expected: str
) -> None:
    assert expected in problem_of(old, new)


def test_options_that_need_each_other_are_refused(problem_of: Callable[[str, str], str]) -> None:
    both = (
        "shots: {kind: count, max: 2, requires: {lid: true}, names: {en: shot}}\n"
        "  lid: {kind: flag, default: true, requires: {shots: 1}, names: {en: lid}}"
    )
    old = GOOD[GOOD.index("shots:") : GOOD.index("items:")].rstrip()
    assert "'lid' needs 'shots' in turn; remove one" in problem_of(old, both)


def test_shelves_in_a_circle_are_refused(problem_of: Callable[[str, str], str]) -> None:
    circle = "drink: {parent: cold, names: {en: drink}}\n  cold: {parent: drink, names: {en: cold}}"
    assert "leads back to" in problem_of("drink: {names: {en: drink}}", circle)


def test_several_problems_are_told_at_once(problem_of: Callable[[str, str], str]) -> None:
    problems = problem_of("price: 3000\n    names: {en: tea}", "price: -1\n    names: {}")
    assert len(problems.splitlines()) == 2


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"id: [", "corner.yaml:1: not valid YAML; check indentation and quotes"),
        (b"- a\n- b", "corner.yaml:1: a menu file is a mapping"),
        (b"", "corner.yaml:1: a menu file is a mapping"),
        (b"id: \xff\xfe", "not UTF-8 text; save the file as UTF-8"),
    ],
)
def test_a_file_that_is_no_menu_is_refused(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "corner.yaml"
    path.write_bytes(content)
    with pytest.raises(MenuError) as error:
        load_menu(path)
    assert expected in str(error.value)


def test_a_missing_file_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(MenuError, match="No such file or directory.*KIOSK_MENU_FILE"):
        load_menu(tmp_path / "nowhere.yaml")


def test_the_menu_in_the_guide_is_a_menu(tmp_path: Path, project_root: Path) -> None:
    guide = (project_root / "docs" / "menu.md").read_text(encoding="utf-8")
    path = tmp_path / "guide.yaml"
    path.write_text(guide.partition("```yaml\n")[2].partition("```")[0], encoding="utf-8")
    assert [item.id for item in load_menu(path).items] == ["milk_tea"]
