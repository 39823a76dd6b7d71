"""`kiosk report`: what the models cost, how well they served, and what to change."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import typer

from kiosk.cli.errors import CliError, ExitCode
from kiosk.cli.machine import clear_errors
from kiosk.cli.parts import load_settings
from kiosk.cli.texts import Texts
from kiosk.serving.ledger import today
from kiosk.serving.report import Report, load_words, render_page, render_text
from kiosk.settings import Settings
from kiosk.storage.database import database
from kiosk.storage.statistics import read_alerts, read_figures


def run(*, texts: Texts, lang: str | None, days: int | None, html: Path | None, as_json: bool) -> int:
    """Read the ledger and print the report; with --html also write it as one file with charts."""
    report, words = _read(load_settings(texts, lang), days), load_words(texts.language)
    if html is not None:
        try:
            html.write_text(render_page(report, words), encoding="utf-8")
        except OSError as error:
            raise CliError(texts("error.file", path=html, problem=error.strerror)) from error
    if as_json:
        typer.echo(json.dumps(report.to_dict(words), ensure_ascii=False))
    else:
        typer.echo(render_text(report, words))
        if html is not None:
            typer.echo("\n" + texts("report.written", path=html))
    return ExitCode.OK


def _read(settings: Settings, days: int | None) -> Report:
    since = today() - timedelta(days=days - 1) if days else None
    with clear_errors(), database(settings.database_url) as engine:
        return Report(read_figures(engine, since), read_alerts(engine), datetime.now().astimezone())
