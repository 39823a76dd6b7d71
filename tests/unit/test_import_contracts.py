"""Every part of the domain stands under the import contracts, also the part that somebody adds tomorrow."""

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.unit

INTERFACES = {"kiosk.cli", "kiosk.web"}


@pytest.fixture(scope="module")
def contracts(project_root: Path) -> dict[str, dict[str, Any]]:
    project = tomllib.loads((project_root / "pyproject.toml").read_text(encoding="utf-8"))
    return {contract["type"]: contract for contract in project["tool"]["importlinter"]["contracts"]}


@pytest.fixture(scope="module")
def domain(project_root: Path) -> set[str]:
    children = (path for path in (project_root / "kiosk").iterdir() if path.suffix == ".py" or any(path.glob("*.py")))
    return {f"kiosk.{path.stem}" for path in children if not path.stem.startswith("_")} - INTERFACES


def test_every_domain_package_has_a_layer(contracts: dict[str, dict[str, Any]], domain: set[str]) -> None:
    layered = {
        name.strip(" ()") for layer in contracts["layers"]["layers"] for name in layer.replace("|", ":").split(":")
    }
    assert domain - layered == set(), "name them in the layers contract of pyproject.toml"


def test_no_domain_package_may_import_langgraph(contracts: dict[str, dict[str, Any]], domain: set[str]) -> None:
    assert contracts["forbidden"]["forbidden_modules"] == ["langgraph"]
    assert domain - set(contracts["forbidden"]["source_modules"]) == set(), "name them in the forbidden contract"


def test_the_domain_is_importable_without_langgraph(domain: set[str]) -> None:
    code = f"import sys; sys.modules['langgraph'] = None; import {', '.join(sorted(domain))}"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stderr
