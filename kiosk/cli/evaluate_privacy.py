"""`kiosk eval-privacy`: score the detection of personal data on a suite."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import typer
from pydantic import BaseModel, ConfigDict, ValidationError
from rich.console import Console
from rich.table import Table

from evals.privacy import PrivacyReport, score
from evals.suite import SuiteError, find_suite, json_lines
from kiosk.cli.errors import CliError, ExitCode
from kiosk.cli.parts import load_settings, read_menu
from kiosk.cli.texts import Texts
from nodes.vocabulary import menu_words


class _Span(BaseModel):
    type: str
    text: str


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore")

    id: str
    lang: str | None = None
    text: str
    level: Literal["low", "medium", "high"]
    spans: list[_Span] = []


def run(*, texts: Texts, lang: str | None, suite: str, minimum: float | None, as_json: bool) -> int:
    """Score the suite; exit code 1 below --min (private lines found) or, without it, where a bound is missed."""
    menu = read_menu(load_settings(texts, lang))
    try:
        path = find_suite(suite)
        lines = [line.model_dump() for line in _checked(path)]
    except SuiteError as error:
        raise CliError(str(error)) from error
    report = score(lines, menu_words=menu_words(menu))
    passed = report.passed if minimum is None else report.high_found >= minimum
    if as_json:
        entry = {"suite": path.stem, **report.as_dict(), "minimum": minimum, "passed": passed}
        typer.echo(json.dumps(entry, ensure_ascii=False))
    else:
        _print(path.stem, report, texts)
    return ExitCode.OK if passed else ExitCode.BELOW


def _checked(path: Path) -> Iterator[_Line]:
    for where, entry in json_lines(path):
        try:
            line = _Line.model_validate(entry)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            raise SuiteError(f"{where}: {field or 'line'}: {first['msg']}") from error
        for span in line.spans:
            if span.text not in line.text:
                raise SuiteError(f"{where}: spans: '{span.text}' does not stand in the text")
        yield line


def _print(name: str, report: PrivacyReport, texts: Texts) -> None:
    console = Console(highlight=False)
    table = Table(title=texts("privacy.title", suite=name), title_justify="left")
    table.add_column(texts("eval.measure"))
    table.add_column(texts("eval.score"), justify="right")
    for key, value in report.as_dict().items():
        if isinstance(value, float):
            table.add_row(texts(f"privacy.{key}"), f"{value:.4f}")
    console.print(table)
    for key in ("missed", "false_alarms", "unmasked"):
        ids = getattr(report, key)
        if ids:
            typer.echo(f"{texts(f'privacy.{key}')}: {', '.join(ids)}")
