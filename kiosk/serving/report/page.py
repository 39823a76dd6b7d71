"""The report as one HTML file with charts, for a browser without a network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from html import escape

from kiosk.serving.feedback import DayStatistics, Figures, efficiency
from kiosk.serving.report.charts import Series, grouped_bars, rows, stacked_bars
from kiosk.serving.report.report import Report
from kiosk.serving.report.text import money, period, summary
from kiosk.serving.report.words import Words

_STYLE = """
:root { --ink: #1d2733; --paper: #fff; --quiet: #64748b; --line: #d9e0e8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #12181f; --quiet: #93a1b3; --line: #2c3743; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  margin: 0 auto; padding: 1.5rem; max-width: 60rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p.when { color: var(--quiet); margin: 0 0 1rem; }
dl { display: flex; flex-wrap: wrap; gap: .75rem; margin: 0; }
dl div { border: 1px solid var(--line); border-radius: .5rem; padding: .5rem .9rem; min-width: 8rem; }
dt { color: var(--quiet); font-size: .85rem; } dd { margin: 0; font-size: 1.25rem; }
figure { margin: 1rem 0; } figcaption { font-weight: 600; margin-bottom: .25rem; }
svg { width: 100%; height: auto; } svg text { font-size: 12px; fill: var(--quiet); } .grid { stroke: var(--line); }
.c0 { fill: #2f7ed8; } .c1 { fill: #e08a2e; } .c2 { fill: #3a9d6a; }
.c3 { fill: #a463b0; } .c4 { fill: #c9524f; } .c5 { fill: #7d8a99; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem; text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; } td.words { text-align: left; white-space: normal; }
"""


def render_page(report: Report, words: Words) -> str:
    """Return the whole file."""
    figures = report.figures
    made = words("title.made", moment=f"{report.made_at:%Y-%m-%d %H:%M %Z}".strip())
    parts = [
        f"<h1>{escape(words('title.report'))}</h1>",
        f'<p class="when">{escape(period(figures, words))} · {escape(made)}</p>',
        _numbers(figures, words),
        _section(words("title.recommendations"), _items(report.advice(words))),
        *_charts(figures, words),
        _section(words("title.endpoints"), _endpoints(figures, words)),
        _section(words("title.days"), _days(figures.days, words)),
        _section(words("title.alerts"), _alerts(report, words)),
        f"<p>{escape(summary(figures, words))}</p>",
    ]
    head = (
        f'<!DOCTYPE html><html lang="{words.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(words('title.report'))}</title><style>{_STYLE}</style></head>"
    )
    return f"{head}<body>{''.join(parts)}</body></html>\n"


def _numbers(figures: Figures, words: Words) -> str:
    shown = {
        "turns": f"{figures.turns:,}",
        "cost": money(figures.cost_usd, words),
        "savings": money(figures.savings_usd, words),
        "fallbacks": f"{figures.fallbacks:,}",
        "cause": words.of("cause", figures.fallback_cause) or "-",
        "cascades": f"{figures.cascades:,}",
        "hedges": f"{figures.hedges:,}",
    }
    cells = (
        f"<div><dt>{escape(words(f'label.{name}'))}</dt><dd>{escape(text)}</dd></div>" for name, text in shown.items()
    )
    return f"<dl>{''.join(cells)}</dl>"


def _charts(figures: Figures, words: Words) -> list[str]:
    if not figures.endpoints:
        return [f"<p>{escape(words('chart.none'))}</p>"]
    days = sorted({entry.day for entry in figures.days})
    names = [f"{day:%m-%d}" for day in days]
    providers = sorted({entry.provider for entry in figures.days})
    requests = [Series(name, _per_day(figures, days, "requests", name)) for name in providers]
    spent = [
        Series(words("label.cost"), _per_day(figures, days, "cost_usd")),
        Series(words("label.savings"), _per_day(figures, days, "avoided_usd")),
    ]
    endpoints = [entry.endpoint for entry in figures.endpoints]
    latencies = [
        Series("p50", [it.p50_ms for it in figures.endpoints]),
        Series("p95", [it.p95_ms for it in figures.endpoints]),
    ]
    charts = {
        "requests": stacked_bars(words("chart.requests"), names, requests),
        "money": grouped_bars(words("chart.money"), names, spent, digits=4),
        "latency": grouped_bars(words("chart.latency"), endpoints, latencies),
    }
    if figures.causes:
        failures = {f"{it.endpoint}: {words.of('cause', it.cause)}": float(it.failures) for it in figures.causes}
        charts["failures"] = rows(words("chart.failures"), failures)
    return [
        f"<figure><figcaption>{escape(words(f'chart.{name}'))}</figcaption>{chart}</figure>"
        for name, chart in charts.items()
    ]


def _per_day(figures: Figures, days: Sequence[date], column: str, provider: str | None = None) -> list[float]:
    sums = dict.fromkeys(days, 0.0)
    for entry in figures.days:
        if provider in (None, entry.provider):
            sums[entry.day] += getattr(entry, column)
    return list(sums.values())


def _endpoints(figures: Figures, words: Words) -> str:
    names = (
        "requests",
        "answered",
        "success_rate",
        "mean_ms",
        "p50_ms",
        "p95_ms",
        "tokens",
        "cost",
        "savings",
        "score",
    )
    lines = []
    for entry in figures.endpoints:
        tokens = entry.input_tokens + entry.output_tokens
        cells = [f"{entry.requests:,}", f"{entry.answered:,}", f"{entry.success_rate:.1%}", f"{entry.mean_ms:.0f}"]
        cells += [f"{entry.p50_ms:,}", f"{entry.p95_ms:,}", f"{tokens:,}", money(entry.cost_usd, words)]
        cells += [money(entry.avoided_usd, words), f"{efficiency(entry).score:.2f}"]
        lines.append([f"{entry.endpoint} ({entry.model})", *cells])
    return _table([words("label.endpoint"), *(words(f"label.{name}") for name in names)], lines)


def _days(days: Iterable[DayStatistics], words: Words) -> str:
    names = ("provider", "requests", "success_rate", "mean_ms", "tokens", "cost", "savings")
    lines = [
        [
            str(entry.day),
            entry.provider,
            f"{entry.requests:,}",
            f"{entry.success_rate:.1%}",
            f"{entry.mean_ms:.0f}",
            f"{entry.input_tokens + entry.output_tokens:,}",
            money(entry.cost_usd, words),
            money(entry.avoided_usd, words),
        ]
        for entry in days
    ]
    return _table([words("label.day"), *(words(f"label.{name}") for name in names)], lines)


def _alerts(report: Report, words: Words) -> str:
    lines = [[f"{it.at:%Y-%m-%d %H:%M:%S}Z", f"{it.kind}: {it.text}", it.delivered] for it in report.alerts]
    return _table([words("label.moment"), words("label.alert"), words("label.delivered")], lines, wordy=True)


def _section(title: str, content: str) -> str:
    return f"<h2>{escape(title)}</h2>{content}" if content else ""


def _items(texts: Iterable[str]) -> str:
    return f"<ol>{''.join(f'<li>{escape(text)}</li>' for text in texts)}</ol>"


def _table(head: Sequence[str], lines: Sequence[Sequence[str]], *, wordy: bool = False) -> str:
    if not lines:
        return ""
    cell = '<td class="words">' if wordy else "<td>"
    columns = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    body = "".join(f"<tr>{''.join(f'{cell}{escape(text)}</td>' for text in line)}</tr>" for line in lines)
    return f'<div class="scroll"><table><thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table></div>'
