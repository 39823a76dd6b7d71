"""What `kiosk eval-prixfixe` and `kiosk eval-foodordering` have in common: running, printing and the exit code."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence

import typer
from rich.console import Console
from rich.table import Table

from evals.external import ExternalReport, Judged
from evals.suite import SuiteError
from kiosk.cli.errors import CliError, ExitCode
from kiosk.cli.progress import progress_bar
from kiosk.cli.texts import Texts

_PLAIN_WIDTH = 100


def report(
    scorings: Iterable[tuple[str, Callable[[Callable[[], None]], ExternalReport]]],
    *,
    texts: Texts,
    minimum: float | None,
    failures: int,
    as_json: bool,
) -> int:
    """Score suites one by one and print them; the worst of them decides about --min.

    Args:
        scorings: The name of each suite with what scores it; that gets a call to make after each case.
        texts: The interface texts.
        minimum: The least share of exact orders.
        failures: How many wrong orders to show of each suite.
        as_json: Whether to print one JSON object for programs.
    """
    try:
        reports = [_scored(name, score, texts) for name, score in scorings]
    except SuiteError as error:
        raise CliError(str(error)) from error
    except KeyboardInterrupt:
        typer.echo(texts("eval.interrupted"), err=True)
        return ExitCode.INTERRUPTED
    below = [each for each in reports if minimum is not None and each.exact.value < minimum]
    if as_json:
        entries = [each.to_dict() for each in reports]
        typer.echo(json.dumps({"suites": entries, "minimum": minimum, "passed": not below}, ensure_ascii=False))
    else:
        for each in reports:
            _print(each, failures, texts)
    for each in below:
        typer.echo(texts("eval.below", suite=each.suite, score=each.exact.value, minimum=minimum), err=True)
    return ExitCode.BELOW if below else ExitCode.OK


def _scored(name: str, score: Callable[[Callable[[], None]], ExternalReport], texts: Texts) -> ExternalReport:
    with progress_bar(texts("eval.working", suite=name), None) as advance:
        return score(advance)


def _print(scored: ExternalReport, failures: int, texts: Texts) -> None:
    console = Console(highlight=False, soft_wrap=True)
    if not console.is_terminal:
        console.width = _PLAIN_WIDTH
    table = Table(title=texts("eval.title", suite=scored.suite), title_justify="left")
    table.add_column(texts("eval.measure"))
    for heading in ("right", "total", "score"):
        table.add_column(texts(f"eval.{heading}"), justify="right")
    for name, share in scored.all_shares().items():
        table.add_row(texts(f"external.{name}"), str(share.right), str(share.total), f"{share.value:.4f}")
    for name, figure in scored.figures.items():
        table.add_row(texts(f"external.{name}"), "", "", f"{figure:g}")
    if kinds := scored.kinds():
        table.add_section()
        for kind, count in kinds.items():
            table.add_row(texts(f"external.kinds.{kind}"), "", str(count), "")
    console.print(table)
    typer.echo(texts("external.latency", **scored.latency_ms()))
    _print_wrong(scored.wrong, failures, texts)


def _print_wrong(wrong: Sequence[Judged], failures: int, texts: Texts) -> None:
    if not wrong or not failures:
        return
    typer.echo(texts("external.failures", shown=min(failures, len(wrong)), total=len(wrong)))
    for one in wrong[:failures]:
        typer.echo(f"{one.id}  [{texts(f'external.kinds.{one.kind}')}] {texts('eval.said', text=one.said)}")
        typer.echo(f"  {texts('eval.expected', text=one.expected)}")
        typer.echo(f"  {texts('eval.got', text=one.got)}")
