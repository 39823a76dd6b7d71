"""`kiosk generate`: what it prints is a suite that `kiosk eval` can score."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.suite import load_suite
from tests.api.kiosk_command import KioskCommand
from tests.unit.data.menus import SNACK_BAR, menus

pytestmark = pytest.mark.api


def test_it_prints_a_suite_that_can_be_scored(kiosk: KioskCommand, tmp_path: Path) -> None:
    made = kiosk("generate", "--seed", "3", "--count", "4", "--lang", "en")
    (tmp_path / "made.jsonl").write_text(made.out, encoding="utf-8")
    assert made.code == 0
    assert kiosk("eval", str(tmp_path / "made.jsonl"), "--min", "0.9").code == 0


def test_it_takes_any_menu(kiosk: KioskCommand, tmp_path: Path) -> None:
    made = kiosk("generate", "--menu", str(SNACK_BAR), "--count", "3")
    (tmp_path / "made.jsonl").write_text(made.out, encoding="utf-8")
    assert len(load_suite(tmp_path / "made.jsonl", menus()["snack_bar"]).conversations) == 3


def test_a_language_without_templates_is_a_wrong_use(kiosk: KioskCommand) -> None:
    assert kiosk("generate", "--lang", "fr").code == 2
