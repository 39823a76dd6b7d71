"""Interface texts are data: complete in both languages, and nothing heavy is loaded to show them."""

import string
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

from kiosk.cli.app import build
from kiosk.cli.texts import LANGUAGES, Language, interface_language, language_argument, load_texts

pytestmark = pytest.mark.unit

HEAVY = ("langgraph", "langchain_core", "pydantic", "rapidfuzz", "rich.table", "kiosk.menu")


def entries(data: Any, path: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from entries(value, f"{path}.{key}".strip("."))
    else:
        yield path, data


def interface(language: str) -> dict[str, object]:
    source = files("kiosk.cli") / "interface" / f"{language}.yaml"
    return dict(entries(yaml.safe_load(source.read_text(encoding="utf-8"))))


def places(text: object) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(str(text))} - {None}


def test_both_languages_have_the_same_texts_with_the_same_places() -> None:
    korean, english = interface("ko"), interface("en")
    assert korean.keys() == english.keys()
    assert {key for key in korean if places(korean[key]) != places(english[key])} == set()


def test_no_text_is_left_over(project_root: Path) -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (project_root / "kiosk" / "cli").glob("*.py"))
    looked_up_by_name = ("money", "status", "help", "bench", "prompts", "privacy", "route", "eval", "external")
    unused = [key for key in interface("en") if f'"{key}"' not in code and not key.startswith(looked_up_by_name)]
    assert unused == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_and_option_has_a_help_text(language: Language) -> None:
    command = build(load_texts(language))
    for subcommand in (command, *command.commands.values()):
        assert subcommand.help
        assert all(parameter.help for parameter in subcommand.params)


@pytest.mark.parametrize(
    ("chosen", "environment", "language"),
    [
        ("en", {"KIOSK_LANGUAGE": "ko"}, "en"),
        (None, {"KIOSK_LANGUAGE": "en", "LANG": "ko_KR.UTF-8"}, "en"),
        (None, {"LANG": "en_US.UTF-8"}, "en"),
        (None, {"LC_ALL": "ko_KR.UTF-8", "LANG": "en_US.UTF-8"}, "ko"),
        (None, {"LANG": "C"}, "ko"),
        (None, {"KIOSK_LANGUAGE": "fr", "LANG": "fr_FR"}, "ko"),
        (None, {}, "ko"),
    ],
)
def test_the_language_is_the_chosen_one_then_the_settings_then_the_locales(
    chosen: str | None, environment: dict[str, str], language: str
) -> None:
    assert interface_language(chosen, environment) == language


@pytest.mark.parametrize(
    ("arguments", "language"),
    [(["menu", "--lang", "en"], "en"), (["--help", "--lang=ko"], "ko"), (["--lang"], None), (["ask", "라떼"], None)],
)
def test_the_language_of_the_help_is_read_before_the_arguments_are(arguments: list[str], language: str | None) -> None:
    assert language_argument(arguments) == language


@pytest.mark.parametrize(
    ("language", "amount", "currency", "text"),
    [
        ("ko", 20400, "KRW", "20,400원"),
        ("en", 20400, "KRW", "₩20,400"),
        ("en", 450, "USD", "$4.50"),
        ("ko", 123456, "CHF", "1,234.56 CHF"),
    ],
)
def test_amounts_are_written_as_their_currency_is(language: Language, amount: int, currency: str, text: str) -> None:
    assert load_texts(language).money(amount, currency) == text


def test_the_command_line_is_known_without_loading_the_machine() -> None:
    code = f"import sys, kiosk.cli; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
