"""The report as text for a terminal."""

from __future__ import annotations

from kiosk.serving.feedback import DayStatistics, Figures, Group, efficiency
from kiosk.serving.ledger import AlertEntry
from kiosk.serving.report.report import Report
from kiosk.serving.report.words import Words

_SHOWN_ALERTS = 10
_SHOWN_DAYS = 14


def render_text(report: Report, words: Words) -> str:
    """Return the report, one section after the other."""
    figures = report.figures
    sections = [
        ("overall", _overall(figures, words)),
        ("cloud", _group(figures.of("cloud"), words)),
        ("local", _group(figures.of("local"), words)),
        ("efficiency", _efficiency(figures, words)),
        ("fallbacks", _fallbacks(figures, words)),
        ("recommendations", [f"{place}. {text}" for place, text in enumerate(report.advice(words), 1)]),
        ("days", _days(figures, words)),
        ("alerts", _alerts(report)),
        ("summary", [summary(figures, words)]),
    ]
    head = [f"{words('title.report')} ({period(figures, words)})"]
    filled = [(name, lines) for name, lines in sections if lines]
    for number, (name, lines) in enumerate(filled, 1):
        head += ["", f"{number}. {words(f'title.{name}')}", *(f"  {line}" for line in lines)]
    return "\n".join(head)


def period(figures: Figures, words: Words) -> str:
    """Return the time that the report is about."""
    return words("title.since", day=figures.since) if figures.since else words("title.all_time")


def summary(figures: Figures, words: Words) -> str:
    """Return the report in one line."""
    return words(
        "line.summary", turns=figures.turns, cost=f"{figures.cost_usd:.4f}", saved=f"{figures.savings_usd:.4f}"
    )


def money(amount: float, words: Words) -> str:
    """Return US dollars; models cost fractions of a cent."""
    return words("line.money", amount=f"{amount:.6f}")


def _overall(figures: Figures, words: Words) -> list[str]:
    return [
        f"{words('label.turns')}: {figures.turns:,}",
        f"{words('label.cost')}: {money(figures.cost_usd, words)}",
        f"{words('label.savings')}: {money(figures.savings_usd, words)}",
    ]


def _group(group: Group, words: Words) -> list[str]:
    names = ", ".join(f"{entry.endpoint} ({entry.model})" for entry in group.members if entry.requests)
    return [
        *([names] if names else []),
        f"{words('label.requests')}: {group.requests:,}",
        f"{words('label.success_rate')}: {group.success_rate:.1%}",
        f"{words('label.mean_ms')}: {group.mean_ms:.0f} ms",
        f"{words('label.cost')}: {money(group.cost_usd, words)}",
    ]


def _efficiency(figures: Figures, words: Words) -> list[str]:
    lines = []
    for entry in figures.endpoints:
        scores = efficiency(entry)
        lines.append(
            f"{entry.endpoint}: {words('label.score')} {scores.score:.2f}"
            f" ({words('label.cost_score')} {scores.cost:.2f}, {words('label.speed_score')} {scores.speed:.2f},"
            f" {words('label.reliability_score')} {scores.reliability:.2f});"
            f" p50 {entry.p50_ms:,} ms, p95 {entry.p95_ms:,} ms"
        )
    return lines


def _fallbacks(figures: Figures, words: Words) -> list[str]:
    lines = [f"{words('label.fallbacks')}: {figures.fallbacks:,}"]
    if figures.fallback_cause:
        lines.append(f"{words('label.cause')}: {words.of('cause', figures.fallback_cause)}")
    lines.append(f"{words('label.cascades')}: {figures.cascades:,}")
    if figures.hedges:
        lines.append(f"{words('label.hedges')}: {figures.hedges:,}")
    causes = [f"{it.endpoint}: {words.of('cause', it.cause)} {it.failures:,}" for it in figures.causes]
    return lines + causes


def _days(figures: Figures, words: Words) -> list[str]:
    days = sorted({entry.day for entry in figures.days})[-_SHOWN_DAYS:]
    return [_day(entry, words) for entry in figures.days if entry.day in days]


def _day(entry: DayStatistics, words: Words) -> str:
    return (
        f"{entry.day} {entry.provider}: {words('label.requests')} {entry.requests:,},"
        f" {words('label.success_rate')} {entry.success_rate:.1%}, {words('label.mean_ms')} {entry.mean_ms:.0f} ms,"
        f" {words('label.cost')} {money(entry.cost_usd, words)},"
        f" {words('label.savings')} {money(entry.avoided_usd, words)}"
    )


def _alerts(report: Report) -> list[str]:
    return [_alert(entry) for entry in report.alerts[:_SHOWN_ALERTS]]


def _alert(entry: AlertEntry) -> str:
    more = f" (+{entry.suppressed})" if entry.suppressed else ""
    return f"{entry.at:%Y-%m-%d %H:%M:%S}Z {entry.kind}: {entry.text}{more}"
