"""`kiosk bench --serving`: the kiosk with models, beside what people build with the libraries as they come."""

from __future__ import annotations

import json

import typer
from rich.console import Console
from rich.table import Table

from evals.bench.serving import ServingPlan, ServingReport, run_serving_bench
from evals.suite import Suite
from kiosk.cli.errors import CliError, ExitCode
from kiosk.cli.machine import clear_errors
from kiosk.cli.progress import progress_bar
from kiosk.cli.texts import Texts

_PLAIN_WIDTH = 120
_COLUMNS = ("turns", "mean_ms", "p95_ms", "calls_per_turn", "tokens_per_turn", "cost_per_1000_turns_usd")


def measure(texts: Texts, everyday: Suite, *, quick: bool, as_json: bool) -> int:
    """Measure and show the figures beside their aims; a missed aim is no failure of the command."""
    plan = ServingPlan.quick() if quick else ServingPlan()
    try:
        with clear_errors(), progress_bar(texts("bench.working"), plan.steps) as advance:
            report = run_serving_bench(everyday, plan, advance)
    except ValueError as error:
        raise CliError(texts("bench.failed", text=error)) from error
    if as_json:
        typer.echo(json.dumps(report.to_dict()))
    else:
        _print(report, texts)
    return ExitCode.OK


def _print(report: ServingReport, texts: Texts) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _PLAIN_WIDTH
    table = Table()
    table.add_column(texts("bench.measure"))
    for column in _COLUMNS:
        table.add_column(texts(f"bench.{column}"), justify="right")
    for figures in report.contenders:
        cells = (f"{getattr(figures, column):,}" for column in _COLUMNS)
        table.add_row(texts(f"bench.{figures.name}"), *cells)
    console.print(table)
    aims = report.to_dict()["aims"]
    for name in ("bare_ms", "overhead_ms", "times_faster", "times_faster_everyday", "most_calls"):
        aim = aims.get(name)
        verdict = f" ({texts('bench.met' if aim['met'] else 'bench.missed')})" if aim else ""
        console.print(f"{texts(f'bench.{name}')}: {getattr(report, name):,}{verdict}")
