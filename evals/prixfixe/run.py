"""Serve the customers of a PrixFixe suite with the embedded engine and compare the carts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from evals.counter import Counter, Customer
from evals.external import ExternalReport, Judged
from evals.prixfixe.carts import Cart, Measures, Unit
from evals.prixfixe.catalog import Catalog
from evals.prixfixe.convert import Converted
from evals.prixfixe.suite import Case, load_cases
from evals.score import Share
from kiosk.ordering import Order


class Evaluation:
    """One catalog, ready for any of its suites."""

    def __init__(self, folder: Path) -> None:
        """Read and convert the catalog of a folder.

        Raises:
            SuiteError: The folder has no catalog that can be read.
        """
        self.converted = Converted(Catalog.load(folder))
        self._measures = Measures(self.converted.catalog)
        self._counter = Counter(self.converted.menu)

    def run(self, suite: Path, on_case: Callable[[], None] = lambda: None) -> ExternalReport:
        """Score a suite step by step; a wrong step does not excuse the next one."""
        judged: list[Judged] = []
        cases: list[bool] = []
        cost = 0
        for case in load_cases(suite):
            steps, repair = self._case(case)
            judged += steps
            cases.append(all(step.exact for step in steps))
            cost += repair
            on_case()
        mean = round(cost / len(judged), 4) if judged else 0.0
        figures = {"repair_cost": cost, "repair_cost_per_step": mean}
        return ExternalReport(suite.stem, judged, {"cases": Share.of(cases)}, figures)

    def _case(self, case: Case) -> tuple[list[Judged], int]:
        customer = self._counter.greet()
        judged: list[Judged] = []
        cost = 0
        for position, step in enumerate(case.steps):
            before = self._cart(customer.order)
            confidence, milliseconds = _say(customer, step.utterances)
            got = self._cart(customer.order)
            exact = self._measures.complete(got, step.cart)
            cost += self._measures.repair_cost(got, step.cart)
            judged.append(
                Judged(
                    id=f"{case.id}.{position}",
                    said=" / ".join(step.utterances),
                    exact=exact,
                    expected=_text(step.cart),
                    got=_text(got),
                    kind="" if exact else self._measures.kind_of_error(before, got, step.cart),
                    confidence=confidence,
                    milliseconds=milliseconds,
                )
            )
        return judged, cost

    def _cart(self, order: Order) -> Cart:
        return tuple(
            Unit(
                self.converted.product_name(line.item, line.options),
                line.quantity,
                tuple(Unit(name, quantity) for quantity, name in self.converted.option_units(line.options)),
            )
            for line in order.lines
        )


def _say(customer: Customer, utterances: tuple[str, ...]) -> tuple[float, float]:
    """Return the least confidence and the time of the utterances of a step."""
    spoken = [customer.say(text) for text in utterances]
    return min((each.proposal.confidence for each in spoken), default=1.0), sum(each.milliseconds for each in spoken)


def _text(cart: Cart) -> str:
    return "; ".join(unit.text() for unit in cart) or "-"
