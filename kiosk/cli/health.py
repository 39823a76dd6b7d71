"""`kiosk health`: whether orders can be taken, and which models are there."""

from __future__ import annotations

import json
from typing import Any

import typer

from kiosk.cli.errors import ExitCode
from kiosk.cli.machine import clear_errors
from kiosk.cli.parts import load_settings, read_menu
from kiosk.cli.texts import Texts
from kiosk.serving.probes import EndpointHealth, Probes, Status
from kiosk.serving.registry import Registry
from kiosk.settings import Settings
from kiosk.storage.database import check
from kiosk.storage.errors import StorageError
from kiosk.understanding import Engine


def run(*, texts: Texts, lang: str | None, strict: bool, as_json: bool) -> int:
    """Probe everything at once; the code is 1 where orders cannot be taken, with --strict also where a model is not."""
    settings = load_settings(texts, lang)
    with clear_errors():
        registry = Registry(settings, Engine(read_menu(settings)))
    problem = _database_problem(settings)
    found = list(Probes(registry).run().values())
    down = [health.endpoint_id for health in found if health.status == "down"]
    failing = problem is not None or (strict and bool(down))
    if as_json:
        typer.echo(json.dumps(_values(found, problem, failing), ensure_ascii=False))
    else:
        typer.echo("\n".join(_lines(found, problem, registry, texts)))
    return ExitCode.BELOW if failing else ExitCode.OK


def _database_problem(settings: Settings) -> str | None:
    try:
        check(settings.database_url)
    except StorageError as error:
        return str(error)
    return None


def _values(found: list[EndpointHealth], problem: str | None, failing: bool) -> dict[str, Any]:
    return {
        "status": "failing" if failing else "ok",
        "database": problem or "ok",
        "endpoints": [health.model_dump(mode="json") for health in found],
    }


def _lines(found: list[EndpointHealth], problem: str | None, registry: Registry, texts: Texts) -> list[str]:
    width = max(len("database"), *(len(health.endpoint_id) for health in found))
    state = problem or texts(_STATES["ok"])
    lines = [f"{'database':{width}}  {state}"]
    for health in found:
        lines.append(f"{health.endpoint_id:{width}}  {_line(health, registry, texts)}")
    return lines


_STATES: dict[Status, str] = {"ok": "health.ok", "down": "health.down", "not_set_up": "health.not_set_up"}


def _line(health: EndpointHealth, registry: Registry, texts: Texts) -> str:
    state = texts(_STATES[health.status])
    if health.is_healthy:
        return f"{state} ({registry.endpoints[health.endpoint_id].model}, {health.response_time_ms} ms)"
    remedy = f" -> {health.remedy}" if health.remedy else ""
    return f"{state}: {health.error_message}{remedy}"
