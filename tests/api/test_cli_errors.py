"""What the command says when it cannot do what it was asked: one clear line, exit code 2, no traceback."""

import json
import signal
import time
from pathlib import Path

import pytest
import yaml

from tests.api.kiosk_command import TIMEOUT_S, Ended, KioskCommand
from tests.loopback import Answer, LoopbackServer
from tests.unit.serving.support import endpoint

pytestmark = pytest.mark.api


def says(ended: Ended, *parts: str) -> None:
    assert ended.code == 2, ended.err
    assert ended.out == ""
    assert ended.err.count("\n") == 1, ended.err
    for part in parts:
        assert part in ended.err


@pytest.mark.parametrize("command", [("chat",), ("eval", "dev_ko"), ("bench", "--quick")])
def test_a_corrupt_menu_file(kiosk: KioskCommand, tmp_path: Path, command: tuple[str, ...]) -> None:
    menu = tmp_path / "menu.yaml"
    menu.write_text("items:\n  - [", encoding="utf-8")
    says(kiosk(*command, KIOSK_MENU_FILE=str(menu)), "menu.yaml", "YAML")


def test_a_menu_file_with_several_problems_names_the_first_and_counts_the_others(
    kiosk: KioskCommand, tmp_path: Path
) -> None:
    menu = tmp_path / "menu.yaml"
    menu.write_text("id: cafe\nname: x\n", encoding="utf-8")
    says(kiosk("menu", KIOSK_MENU_FILE=str(menu)), "menu.yaml:")


def test_a_missing_menu_file(kiosk: KioskCommand) -> None:
    says(kiosk("chat", KIOSK_MENU_FILE="nowhere.yaml"), "nowhere.yaml", "KIOSK_MENU_FILE")


@pytest.mark.parametrize(
    ("name", "value"),
    [("KIOSK_SOFT_CAP", "many"), ("KIOSK_HARD_CAP", "0"), ("KIOSK_MAX_INPUT_CHARS", "-1"), ("KIOSK_LANGUAGE", "fr")],
)
def test_a_bad_setting_is_named(kiosk: KioskCommand, name: str, value: str) -> None:
    says(kiosk("menu", **{name: value}), name)


def test_caps_that_fall(kiosk: KioskCommand) -> None:
    says(kiosk("menu", KIOSK_SOFT_CAP="50", KIOSK_HARD_CAP="10"), "soft_cap, hard_cap, order_cap")


@pytest.mark.parametrize("command", [("chat",), ("ask", "안녕")])
def test_a_corrupt_database(kiosk: KioskCommand, tmp_path: Path, command: tuple[str, ...]) -> None:
    database = tmp_path / "corrupt.db"
    database.write_bytes(b"this is no database " * 300)
    says(kiosk(*command, KIOSK_DATABASE_URL=f"sqlite:///{database}"), "corrupt.db", "KIOSK_DATABASE_URL")
    assert database.read_bytes() == b"this is no database " * 300


def test_a_database_in_a_folder_that_does_not_exist(kiosk: KioskCommand, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'no' / 'such' / 'folder' / 'kiosk.db'}"
    says(kiosk("ask", "안녕", KIOSK_DATABASE_URL=url), "kiosk.db", "KIOSK_DATABASE_URL")


def test_a_database_of_an_unknown_kind(kiosk: KioskCommand) -> None:
    says(kiosk("ask", "안녕", KIOSK_DATABASE_URL="oracle://somewhere"), "oracle://somewhere", "sqlite:///")


def test_a_bad_endpoints_file(kiosk: KioskCommand, tmp_path: Path) -> None:
    endpoints = tmp_path / "endpoints.yaml"
    endpoints.write_text("endpoints: [{id: x}]\n", encoding="utf-8")
    for command in (("ask", "안녕"), ("eval", "dev_ko")):
        says(kiosk(*command, KIOSK_ENDPOINTS_FILE=str(endpoints)), "endpoints.yaml")


def test_a_missing_suite_names_what_there_is(kiosk: KioskCommand) -> None:
    says(kiosk("eval", "nowhere.jsonl"), "nowhere.jsonl", "dev_ko")


def test_a_bad_line_of_a_suite_is_named(kiosk: KioskCommand, tmp_path: Path) -> None:
    suite = tmp_path / "mine.jsonl"
    suite.write_text('{"id": "a"\n', encoding="utf-8")
    says(kiosk("eval", str(suite)), "mine.jsonl:1")


def test_an_unknown_endpoint_names_what_there_is(kiosk: KioskCommand) -> None:
    says(kiosk("eval", "dev_ko", "--endpoint", "nowhere"), "nowhere", "embedded")


@pytest.mark.parametrize(
    "arguments",
    [(), ("nonsense",), ("ask",), ("eval",), ("eval", "dev_ko", "--min", "2"), ("menu", "--lang", "fr")],
)
def test_wrong_usage(kiosk: KioskCommand, arguments: tuple[str, ...]) -> None:
    ended = kiosk(*arguments)
    assert ended.code == 2
    assert "Traceback" not in ended.err


def test_a_problem_is_told_in_the_language_asked_for(kiosk: KioskCommand) -> None:
    assert kiosk("eval", "nowhere", "--lang", "en").err.startswith("error: ")
    assert kiosk("eval", "nowhere", "--lang", "ko").err.startswith("오류: ")


def test_eval_fails_below_its_minimum_and_passes_at_it(kiosk: KioskCommand, tmp_path: Path) -> None:
    turns = [
        {"user": "에스프레소 하나 주세요", "order": [{"item": "espresso", "quantity": quantity}]} for quantity in (1, 9)
    ]
    suite = tmp_path / "half.jsonl"
    suite.write_text(json.dumps({"id": "a", "lang": "ko", "tags": ["add"], "turns": turns}), encoding="utf-8")
    below, at = kiosk("eval", str(suite), "--json", "--min", "0.6"), kiosk("eval", str(suite), "--min", "0.5")
    assert (below.code, at.code) == (1, 0)
    assert below.json["passed"] is False
    report = below.json["suites"][0]
    assert report["exact"] == {"right": 1, "total": 2, "score": 0.5}
    assert report["failures"][0]["expected"] == ["9 x espresso"]
    assert "half" in at.out
    assert "9 x espresso" in at.out


def test_an_interrupted_eval_says_so_with_its_exit_code(kiosk: KioskCommand, tmp_path: Path) -> None:
    with LoopbackServer(Answer(fault="hang")) as server:
        patient = endpoint("patient", "ollama", server.url, timeout_s=60)
        file = tmp_path / "endpoints.yaml"
        file.write_text(yaml.safe_dump({"endpoints": [patient], "routing": {"turn_deadline_s": 60}}), encoding="utf-8")
        process = kiosk.start("eval", "house_ko", "--endpoint", "patient", KIOSK_ENDPOINTS_FILE=str(file))
        until = time.monotonic() + TIMEOUT_S
        while not server.chats and process.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, b"")
    assert b"Traceback" not in err


def test_route_says_where_a_turn_goes_and_why_without_asking_anyone(kiosk: KioskCommand) -> None:
    private = kiosk("route", "제 번호는 010-1234-5678이에요", "--explain", "--json", OPENAI_API_KEY="sk-none").json
    assert private["analysis"]["privacy_sensitivity"] == "high"
    assert private["selection"]["chain"][0] == "embedded"
    assert private["candidates"]
    assert "embedded" in kiosk("route", "라떼 하나").out


def test_eval_privacy_scores_a_suite(kiosk: KioskCommand, tmp_path: Path) -> None:
    good = kiosk("eval-privacy", "dev_privacy", "--json", "--min", "0.9")
    assert (good.code, good.json["passed"]) == (0, True)
    line = {"id": "a", "text": "라떼 하나", "level": "high", "spans": []}
    (tmp_path / "hard.jsonl").write_text(json.dumps(line), encoding="utf-8")
    assert kiosk("eval-privacy", "hard.jsonl").code == 1
    (tmp_path / "bad.jsonl").write_text(json.dumps({**line, "level": "top"}), encoding="utf-8")
    says(kiosk("eval-privacy", "bad.jsonl"), "bad.jsonl:1: level")


def test_bench_measures_and_says_what_it_aimed_at(kiosk: KioskCommand) -> None:
    ended = kiosk("bench", "--quick", "--json")
    assert (ended.code, ended.err) == (0, "")
    figures = ended.json
    assert set(figures["aims"]) <= set(figures)
    assert all(value > 0 for name, value in figures.items() if name != "aims")
    assert figures["ratio"] == pytest.approx(figures["turn_p50_ms"] / figures["idle_p50_ms"], abs=0.02)


def test_menu_prints_for_people_and_for_programs(kiosk: KioskCommand) -> None:
    people = kiosk("menu")
    assert people.code == 0
    assert "아메리카노  4,000원" in people.out
    programs = kiosk("menu", "--json")
    assert {item["id"]: item["price"] for item in programs.json["items"]}["latte"] == 4500


def test_help_and_version_speak_without_the_machine(kiosk: KioskCommand) -> None:
    assert "Score suites" in kiosk("--help", KIOSK_LANGUAGE="en").out
    assert "채점" in kiosk("--help").out
    assert kiosk("--version").out.startswith("kiosk 0.")
