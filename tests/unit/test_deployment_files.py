"""What stands in deploy/ and docs/ fits the program: settings, commands, files and each other."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from kiosk.cli.app import app
from kiosk.settings import Settings
from kiosk.web.server import FINISH_S
from tests.unit.test_project_files import NOT_SETTINGS

pytestmark = pytest.mark.unit

SETTINGS = {f"KIOSK_{field.upper()}" for field in Settings.model_fields}
HARDENED = {"NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes"}


@pytest.fixture
def deploy(project_root: Path) -> Path:
    return project_root / "deploy"


@pytest.fixture
def compose(deploy: Path) -> Any:
    return yaml.safe_load((deploy / "compose.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def unit(deploy: Path) -> dict[str, list[str]]:
    """The unit's directives; a name may come more than once."""
    directives: dict[str, list[str]] = {}
    for line in (deploy / "kiosk.service").read_text(encoding="utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            directives.setdefault(name, []).append(value)
    return directives


def dockerfile(deploy: Path) -> list[list[str]]:
    """Return the instructions, each as its words."""
    text = re.sub(r"\\\n", " ", (deploy / "Dockerfile").read_text(encoding="utf-8"))
    return [line.split(maxsplit=1) for line in text.splitlines() if line.strip() and not line.startswith("#")]


def check_command(arguments: list[str]) -> dict[str, Any]:
    """Have the real command read its arguments; what it does not know it refuses."""
    program, name, *options = arguments
    assert program.rpartition("/")[2] == "kiosk"
    command = typer.main.get_command(app).commands[name]  # type: ignore[attr-defined]
    found: dict[str, Any] = command.make_context(name, options).params
    return found


def test_every_setting_that_is_named_exists(project_root: Path) -> None:
    files = [*project_root.glob("deploy/*"), *project_root.glob("docs/**/*.md"), *project_root.glob("*.md")]
    texts = {file: file.read_text(encoding="utf-8") for file in files if file.is_file()}
    named = {(file.name, name) for file, text in texts.items() for name in re.findall(r"KIOSK_[A-Z_]*[A-Z]\b", text)}
    assert {(file, name) for file, name in named if name not in SETTINGS | NOT_SETTINGS} == set()


def test_the_image_is_built_from_what_is_there_and_starts_the_server(project_root: Path, deploy: Path) -> None:
    instructions = dockerfile(deploy)
    sources = [
        source
        for name, value in instructions
        if name == "COPY" and not value.startswith("--from")
        for source in value.split()[:-1]
    ]
    assert {"graph", "nodes", "state", "kiosk", "evals", "pyproject.toml", "LICENSE"} <= set(sources)
    assert [source for source in sources if not (project_root / source).exists()] == []
    (command,) = [yaml.safe_load(value) for name, value in instructions if name == "CMD"]
    exposed = [int(value) for name, value in instructions if name == "EXPOSE"]
    assert [check_command(command)["port"]] == exposed
    assert "kiosk" in [value for name, value in instructions if name == "USER"]


def test_the_services_know_each_other(compose: Any, deploy: Path) -> None:
    services = compose["services"]
    workers = {name for name, service in services.items() if service.get("image") == "kiosk"}
    assert len(workers) == 2
    for service in services.values():
        assert set(service.get("depends_on", ())) <= set(services)
    proxied = re.findall(r"^\s+server (\S+):(\d+);", (deploy / "nginx.conf").read_text(encoding="utf-8"), re.MULTILINE)
    (port,) = [value for name, value in dockerfile(deploy) if name == "EXPOSE"]
    assert {name for name, _ in proxied} == workers
    assert {found for _, found in proxied} == {port}


def test_the_workers_have_one_database_one_key_and_settings_that_are_valid(
    compose: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    environments = [service["environment"] for service in compose["services"].values() if service["image"] == "kiosk"]
    assert all(environment == environments[0] for environment in environments)
    assert {"KIOSK_DATABASE_URL", "KIOSK_ENCRYPTION_KEY"} <= set(environments[0]) <= SETTINGS
    for name, value in environments[0].items():
        monkeypatch.setenv(name, re.sub(r"\$\{[A-Z_]+(:[-?]([^}]*))?\}", _filled, value))
    settings = Settings()
    assert settings.database_url.startswith("postgresql://")
    assert settings.vault == settings.database_url


def _filled(match: re.Match[str]) -> str:
    given: str = match[2] if match[1].startswith(":-") else "a-secret-of-some-length"
    return given


def test_files_that_are_mounted_are_there(compose: Any, deploy: Path) -> None:
    mounted = [volume.partition(":")[0] for volume in compose["services"]["proxy"]["volumes"]]
    assert "./nginx.conf" in mounted
    # The certificate is the shop's own.
    assert [name for name in mounted if name != "./tls" and not (deploy / name).is_file()] == []
    build = compose["services"]["worker-1"]["build"]
    assert (deploy / build["context"] / build["dockerfile"]).is_file()


def test_a_turn_in_flight_has_time_to_end(compose: Any, unit: dict[str, list[str]]) -> None:
    graces = [
        service["stop_grace_period"] for service in compose["services"].values() if "stop_grace_period" in service
    ]
    assert all(float(grace.removesuffix("s")) > FINISH_S for grace in graces)
    assert float(unit["TimeoutStopSec"][0]) > FINISH_S


def test_the_unit_starts_the_server_locked_in(unit: dict[str, list[str]]) -> None:
    assert check_command(shlex.split(unit["ExecStart"][0]))["host"] == "127.0.0.1"
    assert {name: unit[name][0] for name in HARDENED} == HARDENED
    pairs = [pair for line in unit["Environment"] for pair in shlex.split(line)]
    environment = dict(pair.split("=", 1) for pair in pairs)
    folder = f"/var/lib/{unit['StateDirectory'][0]}"
    assert unit["WorkingDirectory"] == [folder]
    assert environment["KIOSK_DATABASE_URL"].startswith(f"sqlite:///{folder}/")


def test_systemd_where_it_is_installed_understands_the_unit(deploy: Path, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    text = (deploy / "kiosk.service").read_text(encoding="utf-8")
    assert text.startswith("#")
    if analyze is None:
        return
    copy = tmp_path / "kiosk.service"
    copy.write_text(text.replace("/opt/kiosk/bin/kiosk", "/bin/true"), encoding="utf-8")
    ended = subprocess.run([analyze, "verify", str(copy)], capture_output=True, text=True, timeout=60, check=False)
    assert not re.search(r"kiosk\.service:\d+:", ended.stderr), ended.stderr
