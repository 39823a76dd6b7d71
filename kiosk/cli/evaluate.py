"""`kiosk eval`: score suites of conversations."""

from __future__ import annotations

import json

import typer
from rich.console import Console
from rich.table import Table

from evals.runner import Runner
from evals.score import Report, Share, TurnResult
from evals.suite import Suite, SuiteError, find_suite, load_suite
from kiosk.cli.errors import CliError, ExitCode
from kiosk.cli.machine import clear_errors
from kiosk.cli.parts import load_settings, read_menu
from kiosk.cli.progress import progress_bar
from kiosk.cli.texts import Texts
from kiosk.menu import Menu
from kiosk.serving import Registry
from kiosk.settings import Settings
from kiosk.understanding import Engine

_PLAIN_WIDTH = 100


def run(
    *,
    texts: Texts,
    lang: str | None,
    suites: list[str],
    endpoint: str | None,
    minimum: float | None,
    failures: int,
    as_json: bool,
) -> int:
    """Score each suite by itself; the worst of them decides about --min."""
    settings = load_settings(texts, lang)
    menu = read_menu(settings)
    try:
        loaded = [load_suite(find_suite(name), menu) for name in suites]
    except SuiteError as error:
        raise CliError(str(error)) from error
    runner = _runner(settings, menu, endpoint, texts)
    try:
        reports = [_scored(runner, suite, texts) for suite in loaded]
    except KeyboardInterrupt:
        typer.echo(texts("eval.interrupted"), err=True)
        return ExitCode.INTERRUPTED
    below = [report for report in reports if minimum is not None and report.exact.value < minimum]
    if as_json:
        entries = [report.to_dict() for report in reports]
        typer.echo(json.dumps({"suites": entries, "minimum": minimum, "passed": not below}, ensure_ascii=False))
    else:
        for report in reports:
            _print(report, failures, texts)
    for report in below:
        text = texts("eval.below", suite=report.suite, score=report.exact.value, minimum=minimum)
        typer.echo(text, err=True)
    return ExitCode.BELOW if below else ExitCode.OK


def _runner(settings: Settings, menu: Menu, endpoint: str | None, texts: Texts) -> Runner:
    with clear_errors():
        if endpoint is not None:
            _check_endpoint(Registry(settings, Engine(menu)), endpoint, texts)
        return Runner(settings, menu, endpoint)


def _check_endpoint(registry: Registry, endpoint: str, texts: Texts) -> None:
    """Refuse an endpoint that cannot answer: the score would be that of whoever stands in for it."""
    if endpoint not in registry.endpoints:
        raise CliError(texts("error.unknown_endpoint", endpoint=endpoint, known=", ".join(registry.endpoints)))
    if endpoint in registry.unavailable:
        raise CliError(texts("error.endpoint", endpoint=endpoint, problem=registry.unavailable[endpoint]))


def _scored(runner: Runner, suite: Suite, texts: Texts) -> Report:
    with progress_bar(texts("eval.working", suite=suite.name), suite.turns) as advance:
        return runner.run(suite, lambda _: advance())


def _print(report: Report, failures: int, texts: Texts) -> None:
    console = Console(highlight=False, soft_wrap=True)
    if not console.is_terminal:
        console.width = _PLAIN_WIDTH
    console.print(_table(report, texts))
    served = ", ".join(f"{endpoint} {count}" for endpoint, count in report.served_by().items())
    typer.echo(texts("eval.latency", **report.latency_ms(), served=served))
    wrong = report.failures()
    if not wrong or not failures:
        return
    typer.echo(texts("eval.failures", shown=min(failures, len(wrong)), total=len(wrong)))
    for turn in wrong[:failures]:
        typer.echo("\n".join(_explained(turn, texts)))


def _table(report: Report, texts: Texts) -> Table:
    table = Table(title=texts("eval.title", suite=report.suite), title_justify="left")
    table.add_column(texts("eval.measure"))
    for heading in ("right", "total", "score"):
        table.add_column(texts(f"eval.{heading}"), justify="right")
    measures = {
        "exact": report.exact,
        "exact_incl_replies": report.exact_with_replies,
        "replies": report.replies,
        "dialogues": report.conversations,
    }
    for name, share in measures.items():
        table.add_row(texts(f"eval.{name}"), *_cells(share))
    table.add_section()
    for tag, share in report.by_tag().items():
        table.add_row(texts("eval.tag", tag=tag), *_cells(share))
    return table


def _cells(share: Share) -> tuple[str, str, str]:
    return str(share.right), str(share.total), f"{share.value:.4f}"


def _explained(turn: TurnResult, texts: Texts) -> list[str]:
    lines = [f"{turn.conversation} #{turn.turn}  {texts('eval.said', text=turn.user)}"]
    lines += [f"  {texts('eval.expected', text=text)}" for text in turn.expected]
    lines += [f"  {texts('eval.got', text=text)}" for text in turn.got]
    if turn.reply_right is False and not turn.error:
        lines.append(f"  {texts('eval.wrong_reply')}")
    lines.append(f"  {texts('eval.error', text=turn.error) if turn.error else texts('eval.reply', text=turn.reply)}")
    return lines
