"""`kiosk eval-prixfixe` and `kiosk eval-foodordering`: figures, examples of errors, exit codes."""

from pathlib import Path

import pytest

from tests.api.kiosk_command import KioskCommand

pytestmark = pytest.mark.api

DATA = Path(__file__).parents[1] / "unit" / "data"
TEAS, SUITE, BOWLS = str(DATA / "prixfixe"), str(DATA / "prixfixe_suite.yaml"), str(DATA / "foodordering")


def test_a_prixfixe_suite_is_scored_by_steps_and_cases(kiosk: KioskCommand) -> None:
    ended = kiosk("eval-prixfixe", "--menu-dir", TEAS, SUITE, "--json")
    assert ended.code == 0
    (suite,) = ended.json["suites"]
    assert (suite["exact"]["right"], suite["exact"]["total"], suite["cases"]["right"]) == (2, 3, 1)
    assert (suite["repair_cost"], suite["kinds"]) == (1, {"quantities": 1})


def test_a_foodordering_restaurant_is_scored_by_orders(kiosk: KioskCommand) -> None:
    ended = kiosk("eval-foodordering", BOWLS, "--json", "--min", "0.9")
    assert (ended.code, ended.json["passed"]) == (1, False)
    assert "0.5000" in ended.err


def test_people_see_a_table_and_the_wrong_orders(kiosk: KioskCommand) -> None:
    ended = kiosk("eval-foodordering", BOWLS, "--lang", "en")
    for part in ("exact orders", "0.5000", "other quantities", "customer: two rice crackers"):
        assert part in ended.out
    assert "two rice crackers" not in kiosk("eval-foodordering", BOWLS, "--lang", "en", "--failures", "0").out


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("eval-prixfixe", "--menu-dir", "nowhere", SUITE), "nowhere"),
        (("eval-prixfixe", "--menu-dir", TEAS, "nothing.yaml"), "nothing.yaml"),
        (("eval-foodordering", "nowhere"), "nowhere"),
    ],
)
def test_what_cannot_be_read_is_one_clear_line(kiosk: KioskCommand, arguments: tuple[str, ...], named: str) -> None:
    ended = kiosk(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert named in ended.err
    assert ended.err.count("\n") == 1
