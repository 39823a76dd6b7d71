"""What a row of the ledger says about an attempt: its place in the turn, and no words of the customer."""

from dataclasses import asdict, replace

import pytest

from kiosk.serving.ledger import ServedTurn, Stage, digest, entries_of
from state import Attempt, Fallback
from tests.unit.storage.rows import ANALYSIS, CLOUD, ENDPOINTS, attempt

pytestmark = pytest.mark.unit

EVERYWHERE = {**ENDPOINTS, "other": CLOUD.model_copy(update={"id": "other"})}


def step(source: str, target: str, reason: str) -> Fallback:
    return {"from_endpoint": source, "to_endpoint": target, "reason": reason}


def turn(*attempts: Attempt, fallbacks: tuple[Fallback, ...] = (), answered: bool = True) -> ServedTurn:
    return ServedTurn("thread-1", attempts, fallbacks, ANALYSIS, answered, avoided_usd=0.001)


def stages(served: ServedTurn) -> list[tuple[str, Stage, str | None, str | None, str | None]]:
    rows = entries_of(served, EVERYWHERE)
    return [(row.endpoint, row.stage, row.fallback_from, row.fallback_to, row.fallback_reason) for row in rows]


def test_one_attempt_that_answers() -> None:
    (row,) = entries_of(turn(attempt()), EVERYWHERE)
    assert (row.stage, row.answered, row.asked, row.cause) == ("first", True, True, None)
    assert (row.fallback_from, row.fallback_to, row.avoided_usd) == (None, None, 0.001)


def test_the_embedded_engine_hands_on_what_it_is_not_sure_of() -> None:
    steps = (step("embedded", "cloud", "low_confidence"),)
    assert stages(turn(attempt(), attempt("cloud"), fallbacks=steps)) == [
        ("embedded", "first", None, "cloud", "low_confidence"),
        ("cloud", "cascade", "embedded", None, None),
    ]


def test_a_retry_and_a_fallback_after_it() -> None:
    steps = (step("embedded", "cloud", "low_confidence"), step("cloud", "other", "server_error"))
    failed = attempt("cloud", cause="server_error")
    assert stages(turn(attempt(), failed, failed, attempt("other"), fallbacks=steps)) == [
        ("embedded", "first", None, "cloud", "low_confidence"),
        ("cloud", "cascade", "embedded", None, None),
        ("cloud", "retry", None, "other", "server_error"),
        ("other", "fallback", "cloud", None, None),
    ]


def test_with_nobody_left_the_embedded_engine_is_the_last_resort() -> None:
    steps = (step("embedded", "cloud", "low_confidence"),)
    assert stages(turn(attempt(), attempt("cloud", cause="timeout"), attempt(), fallbacks=steps)) == [
        ("embedded", "first", None, "cloud", "low_confidence"),
        ("cloud", "cascade", "embedded", "embedded", "timeout"),
        ("embedded", "last_resort", "cloud", None, None),
    ]


def test_the_engine_may_have_its_turn_in_the_chain_and_be_the_last_resort_as_well() -> None:
    steps = (step("cloud", "embedded", "bad_output"), step("embedded", "other", "low_confidence"))
    wrong = attempt("cloud", cause="bad_output")
    served = turn(wrong, attempt(), attempt("other", cause="server_error"), attempt(), fallbacks=steps)
    assert stages(served) == [
        ("cloud", "first", None, "embedded", "bad_output"),
        ("embedded", "fallback", "cloud", "other", "low_confidence"),
        ("other", "cascade", "embedded", "embedded", "server_error"),
        ("embedded", "last_resort", "other", None, None),
    ]
    assert stages(turn(wrong, attempt(), fallbacks=steps[:1]))[1] == ("embedded", "fallback", "cloud", None, None)


def test_the_second_of_two_that_were_asked_at_once_wins() -> None:
    steps = (step("embedded", "cloud", "low_confidence"), step("cloud", "other", "hedged"))
    slow = attempt("cloud", cause="timeout")
    assert stages(turn(attempt(), slow, attempt("other"), fallbacks=steps)) == [
        ("embedded", "first", None, "cloud", "low_confidence"),
        ("cloud", "cascade", "embedded", "other", "hedged"),
        ("other", "hedge", "cloud", None, None),
    ]


def test_the_first_of_two_that_were_asked_at_once_wins() -> None:
    steps = (step("embedded", "cloud", "low_confidence"),)
    late = attempt("other", cause="cancelled")
    assert stages(turn(attempt(), late, attempt("cloud"), fallbacks=steps)) == [
        ("embedded", "first", None, "cloud", "low_confidence"),
        ("other", "hedge", None, None, None),
        ("cloud", "cascade", "embedded", None, None),
    ]


def test_what_was_never_sent_says_so() -> None:
    (row,) = entries_of(turn(attempt("cloud", cause="timeout", detail="not asked: breaker_open")), EVERYWHERE)
    assert not row.asked


def test_a_turn_that_nobody_answered_saved_nothing() -> None:
    (row,) = entries_of(turn(attempt(cause="bad_output"), answered=False), EVERYWHERE)
    assert (row.answered, row.avoided_usd) == (False, 0.0)


def test_a_row_holds_no_words_of_the_customer_and_not_the_callers_id() -> None:
    served = turn(attempt(cause="bad_output", detail="reply: says 010-1234-5678"))
    served = replace(served, thread_id="Kim 010-9999-8888")
    text = str([asdict(row) for row in entries_of(served, EVERYWHERE)])
    assert "010" not in text.replace(digest(served.thread_id), "")
    assert "Kim" not in text
