"""Files that a person reads or a tool installs from say the same as the code."""

import re
from pathlib import Path

import pytest

from kiosk.settings import Settings

pytestmark = pytest.mark.unit

NOT_SETTINGS = {"KIOSK_DEBUG", "KIOSK_TEST_POSTGRES_URL", "KIOSK_TEST_CHROMIUM", "KIOSK_TEST_IMAGES"}


def test_the_environment_example_names_every_setting(project_root: Path) -> None:
    example = (project_root / ".env.example").read_text(encoding="utf-8")
    named = set(re.findall(r"^(?:# )?(KIOSK_[A-Z_]+)=", example, re.MULTILINE)) - NOT_SETTINGS
    assert named == {f"KIOSK_{field.upper()}" for field in Settings.model_fields}


def test_the_environment_example_switches_tracing_off_and_strict_checkpoints_on(project_root: Path) -> None:
    lines = (project_root / ".env.example").read_text(encoding="utf-8").splitlines()
    assert {"LANGSMITH_TRACING=false", "LANGGRAPH_STRICT_MSGPACK=true"} <= set(lines)


def test_the_constraints_name_versions_and_no_place_to_get_them_from(project_root: Path) -> None:
    lines = (project_root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert [pin for pin in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+]+", pin)] == []
    assert not any(pin.startswith(("kiosk", "pip==", "setuptools==")) for pin in pins)
