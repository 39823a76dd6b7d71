"""Files that a person reads or a tool installs from say the same as the code."""

import hashlib
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


def test_software_of_others_is_unchanged_and_named_with_its_version_and_licence(project_root: Path) -> None:
    vendor = project_root / "kiosk" / "web" / "static" / "vendor"
    notice = (vendor / "NOTICE").read_text(encoding="utf-8")
    scripts = [path for path in vendor.rglob("*") if path.suffix in (".js", ".css")]
    assert scripts
    for path in scripts:
        assert str(path.relative_to(vendor)) in notice
        assert hashlib.sha256(path.read_bytes()).hexdigest() in notice
        assert re.search(rf"{path.parent.name}/LICENSE", notice)
    named = set(re.findall(r"\w+/LICENSE[\w-]*", notice))
    assert named == {str(path.relative_to(vendor)) for path in vendor.rglob("LICENSE*")}
