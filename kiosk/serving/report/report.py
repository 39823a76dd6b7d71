"""The report as values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from kiosk.serving.feedback import Figures, Group, efficiency, recommendations
from kiosk.serving.ledger import AlertEntry
from kiosk.serving.report.words import Words


@dataclass(frozen=True)
class Report:
    """What the ledger says about a time, and when it was asked."""

    figures: Figures
    alerts: Sequence[AlertEntry]
    made_at: datetime

    def advice(self, words: Words) -> list[str]:
        """Return the recommendations in words."""
        return [worded(words, it.kind, it.values) for it in recommendations(self.figures)]

    def to_dict(self, words: Words) -> dict[str, Any]:
        """Return plain values for programs."""
        figures = self.figures
        return {
            "made_at": self.made_at.isoformat(),
            "since": figures.since.isoformat() if figures.since else None,
            "turns": figures.turns,
            "total_cost": figures.cost_usd,
            "cost_savings": figures.savings_usd,
            "cloud": _group(figures.of("cloud")),
            "local": _group(figures.of("local")),
            "endpoints": [
                {**_plain(entry), "success_rate": entry.success_rate, "avg_latency_ms": entry.mean_ms, **_scores(entry)}
                for entry in figures.endpoints
            ],
            "days": [
                {**_plain(entry), "success_rate": entry.success_rate, "avg_latency_ms": entry.mean_ms}
                for entry in figures.days
            ],
            "failures": [asdict(entry) for entry in figures.causes],
            "handovers": [asdict(entry) for entry in figures.handovers],
            "paths": [asdict(entry) for entry in figures.paths],
            "periods": [_plain(entry) for entry in figures.periods],
            "fallbacks": {"count": figures.fallbacks, "most_common_reason": figures.fallback_cause},
            "cascades": figures.cascades,
            "hedges": figures.hedges,
            "recommendations": [
                {"kind": it.kind, "values": it.values, "text": text}
                for it, text in zip(recommendations(figures), self.advice(words), strict=True)
            ],
            "alerts": [_plain(entry) for entry in self.alerts],
        }


def worded(words: Words, kind: str, values: dict[str, str]) -> str:
    """Return a recommendation in words."""
    if "cause" in values:
        values = {**values, "cause": words.of("cause", values["cause"])}
    return words(f"recommendation.{kind}", **values)


def _group(group: Group) -> dict[str, Any]:
    return {
        "requests": group.requests,
        "success_rate": group.success_rate,
        "avg_latency_ms": group.mean_ms,
        "total_cost": group.cost_usd,
    }


def _scores(entry: Any) -> dict[str, Any]:
    scores = efficiency(entry)
    return {
        "efficiency": {
            "score": scores.score,
            "cost_efficiency": scores.cost,
            "speed_score": scores.speed,
            "reliability_score": scores.reliability,
        }
    }


def _plain(entry: Any) -> dict[str, Any]:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in asdict(entry).items()}
