"""The endpoints file: what comes with the package, and what a bad one is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from kiosk.serving import EndpointsError, Registry, load_endpoints
from kiosk.settings import Settings
from tests.unit.serving.support import ENGINE, endpoint, registry

pytestmark = pytest.mark.unit


def test_the_default_file_works_without_any_key() -> None:
    known = Registry(Settings(), ENGINE)

    assert list(known.endpoints)[0] == "embedded"
    assert {entry.provider for entry in known.endpoints.values()} == {
        "embedded",
        "ollama",
        "openai",
        "google_genai",
        "anthropic",
        "openrouter",
    }
    assert "embedded" not in known.unavailable
    assert known.unavailable["cloud-openai"] == "no key: set the environment variable OPENAI_API_KEY"


def test_a_key_in_the_environment_makes_an_endpoint_available(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")

    assert "cloud-openai" not in Registry(Settings(), ENGINE).unavailable


def test_an_empty_key_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "")

    assert "cloud-openai" in Registry(Settings(), ENGINE).unavailable


def test_a_package_that_is_not_installed_is_named_with_the_way_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.serving.providers.find_spec", lambda name: None)

    known = registry(tmp_path, endpoint("claude", "anthropic", "http://127.0.0.1:1"))

    assert known.unavailable["claude"] == (
        "package langchain_anthropic is not installed: pip install 'kiosk-agent[anthropic]'"
    )


def test_the_embedded_engine_is_there_even_when_the_file_does_not_list_it(tmp_path: Path) -> None:
    assert list(registry(tmp_path, endpoint("it", "ollama", "http://127.0.0.1:1")).endpoints) == ["embedded", "it"]


def test_a_model_that_cannot_be_used_is_refused_by_name(tmp_path: Path) -> None:
    known = registry(tmp_path, endpoint("it", "openai", api_key_env="OPENAI_API_KEY"))

    with pytest.raises(LookupError, match="it: no key"):
        known.chat_model("it")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"timeout_s": 0}, "endpoints.it.timeout_s"),
        ({"timeout_s": "soon"}, "endpoints.it.timeout_s"),
        ({"provider": "acme"}, "endpoints.it.provider"),
        ({"max_context_length": -1}, "endpoints.it.max_context_length"),
        ({"price_per_1k": {"input": -1}}, "endpoints.it.price_per_1k.input"),
        ({"base_url": "localhost:8000"}, "endpoints.it.base_url"),
        ({"api_key": "sk-secret"}, "endpoints.it.api_key"),
        ({"privacy_level": "local"}, "privacy_level: a cloud model is never 'local'"),
        (
            {"serving_type": "local", "privacy_level": "local", "base_url": None},
            "base_url: without one openai is in the",
        ),
        ({"base_url": None}, "api_key_env: name the environment variable"),
        ({"supports_tools": False, "structured_output": "tools"}, "structured_output: 'tools' needs supports_tools"),
        ({"id": "embedded"}, "'embedded' is the embedded engine's id"),
    ],
)
def test_a_bad_entry_is_named_with_file_line_and_field(changes: dict[str, Any], expected: str, tmp_path: Path) -> None:
    entry = {**endpoint("it", "openai", "http://127.0.0.1:1"), **changes}

    message = error_for(tmp_path, {"endpoints": [entry]})

    assert message.startswith("endpoints.yaml:")
    assert int(message.split(":")[1]) >= 1
    assert expected in message


def test_two_entries_with_one_id_are_refused(tmp_path: Path) -> None:
    entry = endpoint("it", "ollama", "http://127.0.0.1:1")

    assert "'it' is given twice" in error_for(tmp_path, {"endpoints": [entry, entry]})


def test_the_line_of_a_bad_field_is_the_line_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "endpoints.yaml"
    path.write_text("# mine\nrouting:\n  strategy: rules\n  turn_deadline_s: never\n", encoding="utf-8")

    with pytest.raises(EndpointsError, match=r"^endpoints\.yaml:4: routing\.turn_deadline_s: "):
        load_endpoints(path)


def test_a_file_that_is_not_there_is_named_with_the_setting(tmp_path: Path) -> None:
    with pytest.raises(EndpointsError, match="KIOSK_ENDPOINTS_FILE"):
        load_endpoints(tmp_path / "missing.yaml")


PROGRAM = """
import asyncio, sys
from kiosk.serving import Registry, attempt
from kiosk.settings import Settings
from tests.unit.serving.support import ENGINE, turn
known = Registry(Settings(), ENGINE)
print(asyncio.run(attempt(known, sys.argv[1], turn(), 2))[1]["cause"])
print([name for name in ("openai", "ollama", "google.genai", "anthropic") if name in sys.modules])
"""


@pytest.mark.parametrize(("name", "cause"), [("embedded", "None"), ("near", "connection"), ("cloud", "auth")])
def test_what_is_not_there_costs_no_client_library(name: str, cause: str, tmp_path: Path, project_root: Path) -> None:
    near = endpoint("near", "ollama", "http://127.0.0.1:9")
    cloud = endpoint("cloud", "openai", api_key_env="OPENAI_API_KEY")
    registry(tmp_path, near, cloud)
    environment = {**os.environ, "KIOSK_ENDPOINTS_FILE": str(tmp_path / "endpoints.yaml")}

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, name],
        capture_output=True,
        text=True,
        env=environment,
        cwd=project_root,
        check=False,
    )

    assert done.stdout.split("\n")[:2] == [cause, "[]"], done.stderr


def error_for(folder: Path, content: dict[str, Any]) -> str:
    path = folder / "endpoints.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(EndpointsError) as caught:
        load_endpoints(path)
    return str(caught.value)
