"""A trace may say facts in a closed vocabulary, and nothing else gets through, wherever it hides."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.privacy.facts import Facts, tags_of

pytestmark = pytest.mark.unit

SECRET = "홍길동 010-2345-6789"
FACTS = Facts(b"s" * 32, ["latte", "size", "large", "cloud-one", "gpt-test"])
ANALYSIS = {"privacy_sensitivity": "high", "complexity": "simple", "reasoning": SECRET}


def deep(value: Any, depth: int) -> Any:
    for _ in range(depth):
        value = {"order": [value]}
    return value


def test_what_is_useful_is_kept() -> None:
    line = {"line_id": "1", "item": "latte", "quantity": 3, "options": {"size": "large"}, "line_total": 20400}
    attempt = {"endpoint_id": "cloud-one", "cause": "timeout", "latency_ms": 812, "detail": SECRET}
    facts = FACTS.of({"order": {"lines": [line]}, "attempts": [attempt], "analysis": ANALYSIS, "verdict": "retry"})
    assert facts["order"] == {"lines": [line]}
    assert facts["attempts"] == [{"endpoint_id": "cloud-one", "cause": "timeout", "latency_ms": 812, "hidden": 1}]
    assert tags_of(facts) == ["privacy:high", "endpoint:cloud-one", "outcome:retry"]


@pytest.mark.parametrize(
    "value",
    [
        {"messages": [{"content": SECRET}]},
        {SECRET: 1},
        {"item": SECRET},
        {"order": {"options": {SECRET: "large"}}},
        {"thread_id": SECRET},
        {"quantity": 1023456789},
        {"line_id": "6789"},
        SECRET,
        [SECRET],
        deep(SECRET, 30),
        deep(SECRET, 60),
        object(),
    ],
)
def test_nothing_else_gets_through_at_any_depth(value: Any) -> None:
    shown = json.dumps(FACTS.of(value), ensure_ascii=False)
    for part in ("홍길동", "6789", "2345", "1023456789"):
        assert part not in shown


JSON = st.recursive(
    st.none() | st.booleans() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=20,
)


@given(JSON, st.text(min_size=5, alphabet=st.characters(categories=["Lo"]), max_size=20))
def test_no_foreign_word_survives_in_any_shape(value: Any, word: str) -> None:
    planted = {"order": [value, {"item": word, word: [word]}], "analysis": word}
    assert word not in json.dumps(FACTS.of(planted), ensure_ascii=False)


def test_the_same_thread_has_the_same_digest_and_nobody_can_lead_it_back() -> None:
    one, again = FACTS.of({"thread_id": "kiosk-1"}), FACTS.of({"thread_id": "kiosk-1"})
    assert one == again
    assert "kiosk-1" not in str(one)
    assert one != Facts(b"t" * 32).of({"thread_id": "kiosk-1"})


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (f"ValueError('{SECRET}')Traceback (most recent call last): {SECRET}", "ValueError"),
        (f"openai.APITimeoutError: {SECRET}", "APITimeoutError"),
        (f"GraphInterrupt((Interrupt(value={SECRET}),))", "GraphInterrupt"),
        (SECRET, "Error"),
        (f"Minsu{SECRET}", "Error"),
        (None, None),
    ],
)
def test_of_an_error_its_class_is_told(error: str | None, shown: str | None) -> None:
    assert FACTS.error(error) == shown


def test_names_and_tags_are_ours_or_none() -> None:
    assert FACTS.name("validate") == "validate"
    assert FACTS.name(SECRET) == "run"
    assert FACTS.name(SECRET, is_root=True) == "kiosk"
    tags = ["endpoint:cloud-one", f"endpoint:{SECRET}", SECRET, "seq:step:2", "nostream", "privacy:high", 3]
    assert FACTS.tags(tags) == ["endpoint:cloud-one", "seq:step:2", "nostream", "privacy:high"]
