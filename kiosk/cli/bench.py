"""`kiosk bench`: how fast, how frugal and how steady the kiosk is on this machine."""

from __future__ import annotations

import json

import typer
from rich.console import Console
from rich.table import Table

from evals.bench import AIMS, Aim, BenchReport, Plan, ProcessFailedError, run_bench
from evals.suite import Suite, SuiteError, find_suite, load_suite
from kiosk.cli.bench_serving import measure
from kiosk.cli.errors import CliError, ExitCode
from kiosk.cli.machine import clear_errors
from kiosk.cli.parts import load_settings, read_menu
from kiosk.cli.progress import progress_bar
from kiosk.cli.texts import Texts
from kiosk.menu import Menu

_PLAIN_WIDTH = 120


def run(*, texts: Texts, lang: str | None, serving: bool, quick: bool, as_json: bool) -> int:
    """Measure and show the figures beside their aims; a missed aim is no failure of the command."""
    settings = load_settings(texts, lang)
    menu = read_menu(settings)
    plan = Plan.quick() if quick else Plan()
    everyday, steady = _suite(menu, "dev_ko", "dev_en"), _suite(menu, "bench")
    if serving:
        return measure(texts, everyday, quick=quick, as_json=as_json)
    try:
        with clear_errors(), progress_bar(texts("bench.working"), plan.steps) as advance:
            report = run_bench(settings, everyday, steady, plan, advance)
    except ProcessFailedError as error:
        raise CliError(texts("bench.failed", text=error)) from error
    except KeyboardInterrupt:
        typer.echo(texts("bench.interrupted"), err=True)
        return ExitCode.INTERRUPTED
    if as_json:
        typer.echo(json.dumps(report.to_dict()))
    else:
        _print(report, texts)
    return ExitCode.OK


def _suite(menu: Menu, *names: str) -> Suite:
    try:
        suites = [load_suite(find_suite(name), menu) for name in names]
    except SuiteError as error:
        raise CliError(str(error)) from error
    return Suite("+".join(names), tuple(one for suite in suites for one in suite.conversations))


def _print(report: BenchReport, texts: Texts) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _PLAIN_WIDTH
    table = Table()
    table.add_column(texts("bench.measure"))
    table.add_column(texts("bench.value"), justify="right")
    table.add_column(texts("bench.aim"))
    figures = report.to_dict()
    del figures["aims"], figures["threads"]
    for name, value in figures.items():
        label = texts(f"bench.{name}", threads=report.threads)
        table.add_row(label, f"{value:,}", _aim(AIMS[name], value, texts) if name in AIMS else "")
    console.print(table)


def _aim(aim: Aim, value: float, texts: Texts) -> str:
    bound = texts("bench.at_most" if aim.inclusive else "bench.below", number=f"{aim.limit:g}")
    return f"{bound}: {texts('bench.met' if aim.met_by(value) else 'bench.missed')}"
