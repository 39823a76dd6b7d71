"""Where the embedded engine errs: the classes of errors of every suite, written into the page about it.

    python -m evals.error_classes docs/understanding.md --prixfixe DIR --foodordering DIR

The suites that others wrote are not in this repository; without their folders only our own are counted.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from evals.counter import Counter
from evals.external import ExternalReport, Judged
from evals.foodordering.run import restaurants, score
from evals.prixfixe.run import Evaluation
from evals.score import Cart, actual_cart, expected_cart
from evals.suite import Conversation, find_suite, load_suite
from kiosk.menu import load_menu
from kiosk.ordering import to_state

OUR_SUITES = (
    *("dev_ko", "dev_en", "house_ko", "house_en", "blind_ko", "blind_en"),
    *("wording_ko", "wording_en", "fresh_ko", "fresh_en", "tourist_ja", "tourist_zh"),
)
PRIXFIXE_SUITES = ("regression", "fuzzerA", "fuzzerB2")
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
_HEAD = """| suite | turns | exact | sure of (exact of those) | p50 / p95 ms | classes of errors |
| --- | ---: | ---: | ---: | ---: | --- |"""


def kind_of_error(got: Cart, wanted: Cart) -> str:
    """Name the first thing that is wrong with a cart: what a developer would look at."""
    if got == wanted:
        return "status"
    have, want = _items(got), _items(wanted)
    if set(have) != set(want):
        missing, extra = set(want) - set(have), set(have) - set(want)
        return "other items" if missing and extra else "items missing" if missing else "items too many"
    return "quantities" if have != want else "options"


def _items(cart: Cart) -> Tally[str]:
    items: Tally[str] = Tally()
    for (item, _), quantity in cart.items():
        items[item] += quantity
    return items


def judge(name: str) -> ExternalReport:
    """Hold the conversations of one of our suites with the engine alone."""
    menu = load_menu()
    suite = load_suite(find_suite(name), menu)
    languages = {conversation.lang for conversation in suite.conversations}
    counters = {language: Counter(menu, language) for language in languages}
    judged: list[Judged] = []
    for conversation in suite.conversations:
        judged += _judge_conversation(counters[conversation.lang], conversation)
    return ExternalReport(name, judged)


def _judge_conversation(counter: Counter, conversation: Conversation) -> Iterator[Judged]:
    """A wrong turn leaves a wrong cart: the turns after it are counted as what they follow."""
    who = counter.greet()
    earlier = ""
    for position, turn in enumerate(conversation.turns, start=1):
        spoken = who.say(turn.user)
        state = to_state(who.order, counter.menu)
        got, wanted = actual_cart(state, counter.menu), expected_cart(turn.order, counter.menu)
        exact = got == wanted and turn.status in (None, state["status"])
        kind = "" if exact else earlier or kind_of_error(got, wanted)
        earlier = "after an error" if not exact else ""
        yield Judged(
            id=f"{conversation.id}.{position}",
            said=turn.user,
            exact=exact,
            expected=str(dict(wanted)),
            got=str(dict(got)),
            kind=kind,
            confidence=spoken.proposal.confidence,
            milliseconds=spoken.milliseconds,
        )


def row(report: ExternalReport) -> str:
    """Return a suite's line of the table."""
    shares, times = report.all_shares(), report.latency_ms()
    kinds = ", ".join(f"{kind.replace('_', ' ')} {count}" for kind, count in report.kinds().items())
    sure = f"{shares['confident'].value:.2f} ({shares['confident_exact'].value:.3f})"
    speed = f"{times['p50']:.1f} / {times['p95']:.1f}"
    return f"| {report.suite} | {len(report.judged)} | {report.exact.value:.3f} | {sure} | {speed} | {kinds or '-'} |"


def reports(prixfixe: Path | None, foodordering: Path | None) -> Iterator[ExternalReport]:
    """Yield the report of every suite that is there."""
    for name in OUR_SUITES:
        yield judge(name)
    if prixfixe is not None:
        evaluation = Evaluation(prixfixe / "menu")
        for name in PRIXFIXE_SUITES:
            yield evaluation.run(prixfixe / f"{name}.yaml")
    if foodordering is not None:
        for folder in restaurants(foodordering):
            yield score(folder)


def write(page: Path, rows: list[str]) -> None:
    """Put the table between the marks of a page.

    Raises:
        ValueError: The page has no marks.
    """
    text = page.read_text(encoding="utf-8")
    before, begun, rest = text.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not begun or not ended:
        raise ValueError(f"{page}: has no place for figures; add the lines {BEGIN} and {END}")
    table = "\n".join([_HEAD, *rows])
    page.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")


def main(
    page: Annotated[Path, typer.Argument(help="The page to write into.")],
    prixfixe: Annotated[Path | None, typer.Option(help="A folder with PrixFixe's menu and suites.")] = None,
    foodordering: Annotated[Path | None, typer.Option(help="The folder of the FoodOrdering restaurants.")] = None,
) -> None:
    """Score every suite with the engine alone and write the table into the page."""
    rows = []
    for report in reports(prixfixe, foodordering):
        rows.append(row(report))
        typer.echo(rows[-1])
    write(page, rows)


if __name__ == "__main__":
    typer.run(main)
