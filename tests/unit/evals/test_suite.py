"""Loading a suite: what is wrong with a bad one is said with file, line and field."""

import json
from pathlib import Path
from typing import Any

import pytest

from evals.suite import SuiteError, find_suite, load_suite
from kiosk.menu import Menu, load_menu

pytestmark = pytest.mark.unit

GOOD: dict[str, Any] = {
    "id": "a",
    "lang": "ko",
    "tags": [],
    "turns": [{"user": "에스프레소", "order": [{"item": "espresso", "quantity": 1}]}],
}


@pytest.fixture(scope="module")
def menu() -> Menu:
    return load_menu()


def write(folder: Path, *lines: str) -> Path:
    path = folder / "suite.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def with_turn(**changes: Any) -> str:
    return json.dumps({**GOOD, "turns": [{**GOOD["turns"][0], **changes}]}, ensure_ascii=False)


@pytest.mark.parametrize("name", ["dev_ko", "dev_en", "house_ko", "house_en"])
def test_the_suites_of_the_project_load_by_name(menu: Menu, name: str) -> None:
    suite = load_suite(find_suite(name), menu)
    assert suite.name == name
    assert suite.turns >= len(suite.conversations) > 0


def test_blank_lines_a_byte_order_mark_and_other_line_separators_are_taken(menu: Menu, tmp_path: Path) -> None:
    line = json.dumps({**GOOD, "turns": [{**GOOD["turns"][0], "user": "하나\u2028둘\x85"}]}, ensure_ascii=False)
    suite = load_suite(write(tmp_path, "\ufeff" + line, "", "  "), menu)
    assert suite.conversations[0].turns[0].user == "하나\u2028둘\x85"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "suite.jsonl:2: not valid JSON at column 2"),
        ("[]", "suite.jsonl:2: line: Input should be a valid dictionary"),
        (json.dumps({**GOOD, "turns": []}), "suite.jsonl:2: turns: Tuple should have at least 1 item"),
        (json.dumps({"id": "b", "lang": "ko"}), "suite.jsonl:2: turns: Field required"),
        (with_turn(status="done"), "suite.jsonl:2: turns.0.status: Input should be 'open'"),
        (with_turn(order=[{"item": "espresso", "quantity": 0}]), "suite.jsonl:2: turns.0.order.0.quantity"),
        (with_turn(order=[{"item": "espresso", "quantity": "1"}]), "suite.jsonl:2: turns.0.order.0.quantity"),
        (
            with_turn(order=[{"item": "cocoa", "quantity": 1}]),
            "suite.jsonl:2: turns.0.order: 'cocoa' is not on the menu",
        ),
        (
            with_turn(order=[{"item": "espresso", "quantity": 1, "options": {"sweetness": "less"}}]),
            "suite.jsonl:2: turns.0.order: espresso has no option 'sweetness'; it has decaf, shots",
        ),
        (json.dumps(GOOD), "suite.jsonl:2: id: 'a' is already at suite.jsonl:1"),
    ],
)
def test_a_bad_line_is_named(menu: Menu, tmp_path: Path, line: str, problem: str) -> None:
    with pytest.raises(SuiteError) as error:
        load_suite(write(tmp_path, json.dumps(GOOD), line), menu)
    assert problem in str(error.value)


def test_every_bad_line_is_named_at_once(menu: Menu, tmp_path: Path) -> None:
    with pytest.raises(SuiteError) as error:
        load_suite(write(tmp_path, "{}", "[]", json.dumps(GOOD)), menu)
    assert {line.partition(": ")[0] for line in str(error.value).splitlines()} == {"suite.jsonl:1", "suite.jsonl:2"}


def test_an_empty_suite_is_an_error(menu: Menu, tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match="suite.jsonl: the suite is empty"):
        load_suite(write(tmp_path, ""), menu)


def test_a_suite_that_is_no_utf8_text_is_an_error(menu: Menu, tmp_path: Path) -> None:
    path = tmp_path / "suite.jsonl"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SuiteError, match="not UTF-8 text"):
        load_suite(path, menu)


def test_a_missing_suite_names_what_there_is() -> None:
    with pytest.raises(SuiteError, match=r"nowhere: no such suite; .*dev_en, dev_ko"):
        find_suite("nowhere")
