"""`kiosk eval-prixfixe`: the embedded engine on a PrixFixe catalog and its suites."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from evals.prixfixe.run import Evaluation
from evals.suite import SuiteError
from kiosk.cli.errors import CliError
from kiosk.cli.external import report
from kiosk.cli.texts import Texts


def run(
    *,
    texts: Texts,
    lang: str | None,
    menu_dir: Path,
    suites: list[Path],
    minimum: float | None,
    failures: int,
    as_json: bool,
) -> int:
    """Score each suite by itself; the catalog is read once."""
    try:
        evaluation = Evaluation(menu_dir)
    except SuiteError as error:
        raise CliError(str(error)) from error
    scorings = [(suite.stem, partial(evaluation.run, suite)) for suite in suites]
    return report(scorings, texts=texts, minimum=minimum, failures=failures, as_json=as_json)
