"""The report in words and as a page."""

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from kiosk.serving.feedback import CauseCount, DayStatistics, Figures, HandoverCount
from kiosk.serving.ledger import AlertEntry
from kiosk.serving.report import LANGUAGES, Report, Words, load_words, render_page, render_text
from tests.unit.serving.test_feedback import endpoint

pytestmark = pytest.mark.unit

NOW = datetime(2026, 3, 5, 12, 30, tzinfo=UTC)


def day(number: int, provider: str) -> DayStatistics:
    return DayStatistics(5, 4, 500, 300, 40, 0.002, 0.001, date(2026, 3, number), provider)


REPORT = Report(
    Figures(
        None,
        30,
        (endpoint("embedded", latency_ms=20, avoided_usd=0.01), endpoint(successes=7, cost_usd=0.0017)),
        (day(4, "embedded"), day(4, "openai"), day(5, "embedded")),
        (CauseCount("cloud", "timeout", 3),),
        (HandoverCount("cloud", "embedded", "timeout", 3), HandoverCount("embedded", "cloud", "low_confidence", 6)),
    ),
    [AlertEntry(NOW, "error", "cloud", "cloud: failed of timeout", None, None, 2, "log,slack")],
    NOW,
)
EMPTY = Report(Figures(date(2026, 3, 1), 0), [], NOW)


@pytest.fixture(params=LANGUAGES)
def words(request: pytest.FixtureRequest) -> Words:
    return load_words(request.param)


def test_the_languages_say_the_same_things() -> None:
    def keys(words: Words) -> set[str]:
        return {f"{group}.{name}" for group, entries in words._entries.items() for name in entries}

    def places(words: Words) -> dict[str, set[str]]:
        return {
            f"{group}.{name}": set(re.findall(r"\{(\w+)\}", text))
            for group, entries in words._entries.items()
            for name, text in entries.items()
        }

    korean, english = load_words("ko"), load_words("en")
    assert keys(korean) == keys(english)
    assert places(korean) == places(english)


def test_the_text_has_the_sections_of_the_tutorial() -> None:
    text = render_text(REPORT, load_words("en"))
    titles = re.findall(r"^\d+\. (.+)$", text, re.MULTILINE)
    assert titles == [
        *("Overall", "Cloud services", "Local services", "Efficiency", "Fallbacks"),
        *("Recommendations", "Days", "Alerts", "Summary"),
    ]
    assert "success rate: 70.0%" in text
    assert "cloud: score 0.82 (cost 1.00, speed 0.80, reliability 0.70); p50 100 ms, p95 200 ms" in text
    assert "fallbacks: 3\n  most common cause: timeout" in text
    assert "cloud: failed of timeout (+2)" in text


def test_an_empty_ledger_has_a_report_as_well(words: Words) -> None:
    assert words("recommendation.no_data") in render_text(EMPTY, words)
    assert words("chart.none") in render_page(EMPTY, words)


def test_programs_get_the_figures_under_the_names_of_the_tutorial(words: Words) -> None:
    values: dict[str, Any] = json.loads(json.dumps(REPORT.to_dict(words)))
    assert {"cloud", "local", "total_cost", "cost_savings"} <= set(values)
    assert values["cloud"] == {"requests": 10, "success_rate": 0.7, "avg_latency_ms": 100.0, "total_cost": 0.0017}
    assert values["fallbacks"] == {"count": 3, "most_common_reason": "timeout"}
    scores = values["endpoints"][1]["efficiency"]
    assert set(scores) == {"score", "cost_efficiency", "speed_score", "reliability_score"}
    assert values["days"][0]["day"] == "2026-03-04"
    assert values["recommendations"][0]["text"]


def test_the_page_needs_nothing_from_elsewhere(words: Words) -> None:
    page = render_page(REPORT, words)
    assert page.count("<svg") == 4
    assert re.findall(r"(?:src|href|url\(|@import|<script)", page) == []
    assert page.count("<figure>") == page.count("</figure>") == 4


def test_every_chart_says_its_numbers_without_eyes(words: Words) -> None:
    page = render_page(REPORT, words)
    assert page.count('role="img" aria-label=') == 4
    assert "<title>03-04, openai: 5</title>" in page
    assert "<table>" in page


def test_names_from_a_file_cannot_break_the_page(words: Words) -> None:
    bad = replace(REPORT.figures.endpoints[0], model="<script>alert(1)</script>", endpoint='"><b>')
    page = render_page(replace(REPORT, figures=replace(REPORT.figures, endpoints=(bad,))), words)
    assert "<script>" not in page
    assert '"><b>' not in page
