"""`kiosk purge`: erase conversations with everything that belongs to them, and prove it."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta

import typer

from graph.erasure import purge
from kiosk.cli.errors import ExitCode
from kiosk.cli.machine import clear_errors
from kiosk.cli.parts import load_settings
from kiosk.cli.texts import Texts


def run(*, texts: Texts, lang: str | None, threads: list[str], older_than: int | None, as_json: bool) -> int:
    """Erase the named conversations or the old ones; exit code 1 where a search still finds one of them."""
    settings = load_settings(texts, lang)
    if older_than is None and not threads:
        older_than = settings.retention_days
    with clear_errors():
        erased = purge(settings, threads, None if older_than is None else timedelta(days=older_than))
    if as_json:
        typer.echo(json.dumps(asdict(erased)))
    else:
        typer.echo(texts("purge.erased", **asdict(erased)))
        typer.echo(texts("purge.proven" if erased.found_after == 0 else "purge.found", count=erased.found_after))
    return ExitCode.BELOW if erased.found_after else ExitCode.OK
