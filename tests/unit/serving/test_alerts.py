"""Alerts reach the operator, seldom enough to be read; the servers at the far end are real ones on the loopback."""

import logging
import subprocess
import sys
import threading

import pytest

from kiosk.serving.alerts import Alert, Alerts, Channel, ChannelError
from kiosk.serving.channels import LogChannel, MailChannel, WebhookChannel
from kiosk.serving.ledger import AlertEntry
from tests.http_server import Got, HttpServer, Said
from tests.smtp_server import SmtpServer

pytestmark = pytest.mark.unit

SLOW = Alert("slow", "cloud: answered after 12.0 s (more than 10 s)", "cloud", 12.0, 10.0)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_slack_gets_its_format() -> None:
    with HttpServer(lambda got: Said("ok")) as server:
        WebhookChannel(f"{server.url}/services/T/B/x", "slack").send("cost > $1 & rising")
    (got,) = server.got
    assert (got.method, got.path, got.headers["content-type"]) == ("POST", "/services/T/B/x", "application/json")
    assert got.json == {"text": "cost &gt; $1 &amp; rising"}


def test_discord_gets_its_format_and_nobody_is_mentioned() -> None:
    with HttpServer(lambda got: Said(b"", 204)) as server:
        WebhookChannel(server.url, "discord").send("@everyone " + "x" * 3000)
    content = server.got[0].json
    assert content["content"].startswith("@everyone")
    assert len(content["content"]) == 2000
    assert content["allowed_mentions"] == {"parse": []}


@pytest.mark.parametrize(
    ("url", "name"),
    [("https://hooks.slack.com/services/x", "slack"), ("https://discord.com/api/webhooks/x", "discord")],
)
def test_the_format_is_told_from_the_address(url: str, name: str) -> None:
    assert WebhookChannel(url).name == name


@pytest.mark.parametrize("url", ["hooks.slack.com/x", "ftp://host/x", "https://"])
def test_an_address_that_is_none_is_told_at_the_start(url: str) -> None:
    with pytest.raises(ValueError, match="alert_webhook_url: not an address; use https"):
        WebhookChannel(url)


def test_a_busy_webhook_is_asked_again() -> None:
    answers = iter([Said("", 429, {"Retry-After": "0.05"}), Said("", 503, {"Retry-After": "0"}), Said("ok")])
    with HttpServer(lambda got: next(answers)) as server:
        WebhookChannel(server.url).send("text")
    assert len(server.got) == 3


def test_a_webhook_that_is_gone_is_not_asked_again_and_its_address_stays_secret() -> None:
    with HttpServer(lambda got: Said("", 404)) as server, pytest.raises(ChannelError) as raised:
        WebhookChannel(f"{server.url}/secret").send("text")
    assert (len(server.got), str(raised.value)) == (1, "HTTP 404")


def test_a_webhook_does_not_follow_to_another_host() -> None:
    def script(got: Got) -> Said:
        return Said("", 302, {"Location": "http://127.0.0.1:1/elsewhere"})

    with HttpServer(script) as server, pytest.raises(ChannelError, match="HTTP 302"):
        WebhookChannel(server.url).send("text")


def test_a_mail_arrives() -> None:
    with SmtpServer() as server:
        MailChannel(server.url, "kiosk@localhost", "owner@example.com").send("cloud: failed of 시간 초과")
    (mail,) = server.mails
    assert "Subject: kiosk alert" in mail
    assert "To: owner@example.com" in mail


def test_a_mail_that_is_refused_is_an_error_without_addresses() -> None:
    channel = None
    with SmtpServer(refuses=True) as server, pytest.raises(ChannelError) as raised:
        channel = MailChannel(server.url, "kiosk@localhost", "owner@example.com")
        channel.send("text")
    assert "owner" not in str(raised.value)


def test_the_log_gets_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    LogChannel().send("text")
    assert caplog.record_tuples == [("kiosk.alerts", logging.WARNING, "text")]


def test_one_channel_that_fails_does_not_keep_the_others(caplog: pytest.LogCaptureFixture) -> None:
    recorded: list[AlertEntry] = []
    with SmtpServer() as mail, HttpServer(lambda got: Said("", 404)) as hook:
        channels: list[Channel] = [
            WebhookChannel(hook.url),
            MailChannel(mail.url, "a@localhost", "b@localhost"),
            LogChannel(),
        ]
        alerts = Alerts(channels, record=recorded.append)
        assert alerts.notify(SLOW)
        alerts.close()
    (entry,) = alerts.history
    assert entry.delivered == "email,log"
    assert recorded == [entry]
    assert (entry.kind, entry.endpoint, entry.value, entry.bound) == ("slow", "cloud", 12.0, 10.0)
    assert "alert not delivered by slack: HTTP 404" in caplog.text


def test_alerts_of_a_kind_are_held_back_counted_and_told_later() -> None:
    clock = Clock()
    with HttpServer(lambda got: Said("ok")) as server:
        alerts = Alerts([WebhookChannel(server.url)], every_s=300, clock=clock)
        assert [alerts.notify(SLOW) for _ in range(4)] == [True, False, False, False]
        assert alerts.notify(Alert("slow", "other: slow", "other"))
        assert alerts.notify(Alert("error", "cloud: failed of timeout", "cloud"))
        clock.now = 301
        assert alerts.notify(SLOW)
        alerts.close()
    texts = [got.json["text"] for got in server.got]
    assert len(texts) == 4
    assert texts[-1].endswith("(+3)")
    assert [entry.suppressed for entry in alerts.history] == [0, 0, 0, 3]


def test_whoever_raises_an_alert_does_not_wait_for_its_delivery() -> None:
    notified, delivered = threading.Event(), threading.Event()

    def late(got: Got) -> Said:
        assert notified.wait(10)
        delivered.set()
        return Said("ok")

    with HttpServer(late) as server:
        alerts = Alerts([WebhookChannel(server.url)])
        alerts.notify(SLOW)
        assert not delivered.is_set()
        notified.set()
        alerts.close()
        assert delivered.is_set()


def test_an_alert_just_before_the_end_of_the_process_goes_out() -> None:
    code = (
        "import sys; from kiosk.serving.alerts import *; from kiosk.serving.channels import *;"
        "Alerts([WebhookChannel(sys.argv[1])]).notify(Alert('error', 'the end'))"
    )
    with HttpServer(lambda got: Said("ok")) as server:
        subprocess.run([sys.executable, "-c", code, server.url], check=True, timeout=60)
    assert server.got[0].json["text"].endswith("error: the end")
