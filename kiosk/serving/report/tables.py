"""The report as tables for other programs. The names of columns are a promise: new ones come last, none goes away."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from typing import Any, Literal

from kiosk.serving.report.report import Report

TableName = Literal["days", "periods", "endpoints", "paths", "handovers", "failures", "alerts"]

_SUMS = ("requests", "successes", "latency_ms", "input_tokens", "output_tokens", "cost_usd")
_TABLES: dict[TableName, tuple[Callable[[Report], Iterable[Any]], tuple[str, ...]]] = {
    "days": (lambda it: it.figures.days, ("day", "provider", *_SUMS)),
    "periods": (lambda it: it.figures.periods, ("start", "turns", *_SUMS, "avoided_usd")),
    "endpoints": (
        lambda it: it.figures.endpoints,
        (
            "endpoint",
            "provider",
            "model",
            "serving_type",
            "answered",
            "skipped",
            "p50_ms",
            "p95_ms",
            *_SUMS,
            "avoided_usd",
        ),
    ),
    "paths": (lambda it: it.figures.paths, ("path", "turns")),
    "handovers": (lambda it: it.figures.handovers, ("from_endpoint", "to_endpoint", "reason", "times")),
    "failures": (lambda it: it.figures.causes, ("endpoint", "cause", "failures")),
    "alerts": (
        lambda it: it.alerts,
        ("at", "kind", "endpoint", "text", "value", "bound", "suppressed", "delivered"),
    ),
}


def render_csv(report: Report, name: TableName) -> str:
    """Return a table of the report, with a line of column names."""
    rows, columns = _TABLES[name]
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(columns)
    writer.writerows([_plain(getattr(row, column)) for column in columns] for row in rows(report))
    return table.getvalue()


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
