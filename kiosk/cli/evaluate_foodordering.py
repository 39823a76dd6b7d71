"""`kiosk eval-foodordering`: the embedded engine on restaurants of FoodOrdering."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from evals.foodordering.run import restaurants, score
from evals.suite import SuiteError
from kiosk.cli.errors import CliError
from kiosk.cli.external import report
from kiosk.cli.texts import Texts


def run(
    *,
    texts: Texts,
    lang: str | None,
    folders: list[Path],
    minimum: float | None,
    failures: int,
    as_json: bool,
) -> int:
    """Score each restaurant by itself; a folder of restaurants stands for all of them."""
    try:
        found = [restaurant for folder in folders for restaurant in restaurants(folder)]
    except SuiteError as error:
        raise CliError(str(error)) from error
    scorings = [(folder.resolve().name, partial(score, folder)) for folder in found]
    return report(scorings, texts=texts, minimum=minimum, failures=failures, as_json=as_json)
