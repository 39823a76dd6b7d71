"""Ways to reach the operator: the log, a webhook in Slack's or Discord's format, e-mail."""

from __future__ import annotations

import json
import logging
import smtplib
import ssl
import time
from email.message import EmailMessage
from http.client import HTTPException
from typing import Any, Literal
from urllib.error import HTTPError
from urllib.parse import unquote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from kiosk.serving.alerts import ChannelError

_LOG = logging.getLogger("kiosk.alerts")
_TIMEOUT_S = 5.0
_TRIES = 3
_PAUSE_S = 0.5
_LONGEST_WAIT_S = 2.0
_SUBJECT = "kiosk alert"

WebhookFormat = Literal["slack", "discord"]


class LogChannel:
    """Writes alerts to the log `kiosk.alerts`."""

    name = "log"

    def send(self, text: str) -> None:
        """Log at the level of a warning."""
        _LOG.warning("%s", text)


class _NoRedirects(HTTPRedirectHandler):
    """A webhook's address is a secret; it is not shown to another host."""

    def redirect_request(self, *_: Any) -> None:
        return None


class WebhookChannel:
    """Posts alerts to an incoming webhook; a busy or failing one is asked three times."""

    def __init__(self, url: str, style: WebhookFormat | None = None, timeout_s: float = _TIMEOUT_S) -> None:
        """Take the address.

        Args:
            url: The webhook's address, which is a secret.
            style: Whose format it takes; None tells it from the address.
            timeout_s: For one try.

        Raises:
            ValueError: The address is not one of HTTP.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("alert_webhook_url: not an address; use https://...")
        is_discord = parts.hostname.removeprefix("www.").startswith("discord")
        self.name: str = style or ("discord" if is_discord else "slack")
        self._url = url
        self._timeout_s = timeout_s
        self._opener = build_opener(_NoRedirects)

    def send(self, text: str) -> None:
        """Post the text.

        Raises:
            ChannelError: It was refused, or nobody answered.
        """
        body = json.dumps(_BODIES[self.name](text)).encode()
        for left in reversed(range(_TRIES)):
            request = Request(self._url, body, {"Content-Type": "application/json", "User-Agent": "kiosk-agent"})
            try:
                self._opener.open(request, timeout=self._timeout_s).close()
                return
            except HTTPError as error:
                error.close()
                if not left or (error.code != 429 and error.code < 500):
                    raise ChannelError(f"HTTP {error.code}") from None
                time.sleep(_wait_s(error.headers.get("Retry-After")))
            except (OSError, HTTPException) as error:
                if not left:
                    raise ChannelError(type(getattr(error, "reason", None) or error).__name__) from None
                time.sleep(_wait_s(None))


def _wait_s(asked: str | None) -> float:
    try:
        return min(_LONGEST_WAIT_S, max(0.0, float(asked or _PAUSE_S)))
    except ValueError:
        return _LONGEST_WAIT_S


def _slack(text: str) -> dict[str, Any]:
    return {"text": text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")}


def _discord(text: str) -> dict[str, Any]:
    return {"content": text[:2000], "allowed_mentions": {"parse": []}}


_BODIES = {"slack": _slack, "discord": _discord}


class MailChannel:
    """Sends alerts by e-mail."""

    name = "email"

    def __init__(self, url: str, sender: str, recipient: str, timeout_s: float = _TIMEOUT_S) -> None:
        """Take the mail server.

        Args:
            url: `smtp://user:password@host:587` (encrypted where the server can) or `smtps://host:465`.
            sender: Address that the mail comes from.
            recipient: Address that it goes to.
            timeout_s: For each step.

        Raises:
            ValueError: The address is not one of SMTP.
        """
        self._server = urlsplit(url)
        if self._server.scheme not in ("smtp", "smtps") or not self._server.hostname:
            raise ValueError("alert_smtp_url: not a mail server; use smtp://user:password@host:587")
        self._sender, self._recipient = sender, recipient
        self._timeout_s = timeout_s

    def send(self, text: str) -> None:
        """Send the text.

        Raises:
            ChannelError: The server refused, or nobody answered.
        """
        message = EmailMessage()
        message["Subject"], message["From"], message["To"] = _SUBJECT, self._sender, self._recipient
        message.set_content(text)
        try:
            with self._connected() as server:
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            # The server's words may repeat addresses.
            raise ChannelError(type(error).__name__) from None

    def _connected(self) -> smtplib.SMTP:
        host, secure = self._server.hostname or "", ssl.create_default_context()
        if self._server.scheme == "smtps":
            port = self._server.port or smtplib.SMTP_SSL_PORT
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=self._timeout_s, context=secure)
        else:
            server = smtplib.SMTP(host, self._server.port or 25, timeout=self._timeout_s)
        try:
            server.ehlo_or_helo_if_needed()
            if self._server.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=secure)
            if self._server.username:
                server.login(unquote(self._server.username), unquote(self._server.password or ""))
        except BaseException:
            server.close()
            raise
        return server
