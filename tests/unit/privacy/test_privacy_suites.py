"""The suites in evals/suites, held to the bounds the project promises."""

import json
from pathlib import Path
from typing import Any

import pytest

from evals.privacy import is_masked, locate, score
from kiosk.privacy import Detection, Span, detect, mask

pytestmark = pytest.mark.unit


SUITES = ["dev_privacy", "privacy_extra"]


def read(project_root: Path, name: str) -> list[dict[str, Any]]:
    lines = (project_root / "evals" / "suites" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("name", SUITES)
def test_a_suite_meets_the_bounds(name: str, project_root: Path) -> None:
    report = score(read(project_root, name))
    assert report.high_found >= 0.97, report.missed
    assert report.low_called_high <= 0.03, report.false_alarms
    assert report.spans_masked >= 0.95, report.unmasked
    assert report.p95_ms < 5


@pytest.mark.parametrize("name", SUITES)
def test_nothing_is_found_in_what_was_masked(name: str, project_root: Path) -> None:
    masked = [mask(line["text"], detect(line["text"])).text for line in read(project_root, name)]
    assert [text for text in masked if detect(text).level == "high"] == []


def test_a_report_counts_what_was_missed_and_what_was_a_false_alarm() -> None:
    lines: list[dict[str, Any]] = [
        {"id": "a", "text": "번호 010-0000-1111", "level": "low", "spans": []},
        {"id": "b", "text": "라떼 한 잔", "level": "high", "spans": [{"type": "NAME", "text": "라떼"}]},
    ]
    report = score(lines)
    assert (report.high_found, report.low_called_high, report.spans_masked) == (0.0, 1.0, 0.0)
    assert (report.missed, report.false_alarms, report.unmasked) == (["b"], ["a"], ["b"])
    assert not report.passed


def test_a_span_half_masked_is_not_masked() -> None:
    text = "번호 010-0000-1111"
    spans = [{"type": "PHONE", "text": "010-0000-1111"}]
    half = Detection("high", (Span(3, 11, "PHONE", 1.0),), ())
    assert not is_masked(text, spans, 0, half)
    assert is_masked(text, spans, 0, detect(text))


def test_a_digit_group_that_survives_elsewhere_counts_as_readable() -> None:
    text = "끝번호 4444 그러니까 4444"
    only_first = Detection("high", (Span(4, 8, "PHONE", 1.0),), ())
    assert not is_masked(text, [{"type": "PHONE", "text": "4444"}], 0, only_first)


def test_equal_spans_stand_for_successive_places() -> None:
    spans = [{"type": "CARD", "text": "12"}, {"type": "CARD", "text": "12"}]
    assert [locate("12 and 12", spans, index) for index in (0, 1)] == [(0, 2), (7, 9)]
