"""What a kiosk's settings make of its observers."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from kiosk.serving.callbacks import SLOW_LOG, KeywordFilter
from kiosk.serving.ledger import ServedTurn
from kiosk.serving.observers import Observers
from kiosk.settings import Settings
from tests.http_server import HttpServer, Said
from tests.smtp_server import SmtpServer
from tests.unit.storage.rows import ANALYSIS, ENDPOINTS, attempt

pytestmark = pytest.mark.unit


@pytest.fixture
def observers() -> Iterator[Any]:
    """Builds observers and closes them."""
    built: list[Observers] = []

    def build(**settings: Any) -> Observers:
        built.append(Observers(Settings(**settings), ENDPOINTS))
        return built[-1]

    yield build
    for one in built:
        one.close()


def served(*attempts: Any) -> ServedTurn:
    return ServedTurn("t1", attempts, [], ANALYSIS, answered=True)


def test_alerts_go_to_every_channel_that_is_set(observers: Any) -> None:
    with HttpServer(lambda got: Said("ok")) as hook, SmtpServer() as mail:
        watching = observers(alert_webhook_url=hook.url, alert_smtp_url=mail.url, alert_email_to="owner@example.com")
        watching.served(served(attempt("cloud", cause="bad_output"), attempt()))
        watching.alerts.close()
        assert "error: cloud: failed of bad_output" in hook.got[0].json["text"]
        assert "error: cloud: failed of bad_output" in mail.mails[0]
    assert watching.alerts.history[0].delivered == "log,slack,email"


@pytest.mark.parametrize("cause", ["server_error", "rate_limited", "cancelled"])
def test_what_the_callbacks_have_told_or_what_is_no_failure_is_not_told_again(observers: Any, cause: str) -> None:
    watching = observers()
    watching.served(served(attempt("cloud", cause=cause), attempt()))
    watching.served(served(attempt("cloud", cause="timeout", detail="not asked: breaker_open"), attempt()))
    watching.alerts.close()
    assert watching.alerts.history == ()


def test_a_timeout_is_told_although_no_callback_hears_of_it(observers: Any) -> None:
    watching = observers()
    watching.served(served(attempt("cloud", cause="timeout"), attempt()))
    watching.alerts.close()
    assert [entry.text for entry in watching.alerts.history] == ["cloud: failed of timeout"]


def test_the_day_may_cost_what_the_settings_say(observers: Any) -> None:
    watching = observers(alert_cost_usd=0.5)
    for _ in range(3):
        watching.served(served(attempt("cloud", cost=0.2)))
    watching.alerts.close()
    assert [(entry.kind, entry.bound) for entry in watching.alerts.history] == [("cost", 0.5)]


def test_slow_models_are_written_to_the_file_that_is_set(observers: Any, tmp_path: Path) -> None:
    path = tmp_path / "slow.jsonl"
    watching = observers(slow_log_file=path)
    SLOW_LOG.warning("%s", json.dumps({"endpoint": "cloud"}))
    watching.close()
    SLOW_LOG.warning("after the end")
    assert [json.loads(line)["endpoint"] for line in path.read_text(encoding="utf-8").splitlines()] == ["cloud"]


def test_words_are_filtered_only_where_some_are_set(observers: Any) -> None:
    def has_filter(watching: Observers) -> bool:
        return any(isinstance(it, KeywordFilter) for it in watching.callbacks)

    assert not has_filter(observers())
    assert has_filter(observers(blocked_words=["바보"]))


def test_a_fault_of_the_bookkeeping_is_logged_and_goes_no_further(
    observers: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        observers().served(served(attempt("no-such-endpoint")))
    assert "attempts not recorded: KeyError" in caplog.text


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("alert_webhook_url", "hooks.example.com/secret", "begins with https:// or http://"),
        ("alert_smtp_url", "mail.example.com:25", "begins with smtp:// or smtps://"),
        ("alert_cost_usd", 0, "greater than 0"),
    ],
)
def test_a_setting_that_cannot_be_used_is_told_by_name_without_its_value(field: str, value: Any, words: str) -> None:
    with pytest.raises(ValidationError) as raised:
        Settings(**{field: value})
    problem = raised.value.errors(include_input=False)[0]
    assert problem["loc"] == (field,)
    assert words in problem["msg"]
    assert "secret" not in problem["msg"]


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_BLOCKED_WORDS", '["바보", "fool"]')
    monkeypatch.setenv("KIOSK_ALERT_WEBHOOK_URL", "")
    settings = Settings()
    assert settings.blocked_words == ("바보", "fool")
    assert settings.alert_webhook_url is None
