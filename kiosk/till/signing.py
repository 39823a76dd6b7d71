"""Signatures of what kiosk, terminal and kitchen tell one another: https://www.standardwebhooks.com.

A message has the headers `webhook-id` (the same for every try), `webhook-timestamp` (seconds) and `webhook-signature`
(an HMAC-SHA256 over both and the body). What is more than five minutes old is not taken: it may be a replay.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

_PREFIX = "whsec_"
"""Marks a secret that is base64, as the specification has it; any other one is taken as it is."""


class SignatureError(ValueError):
    """A message is not from whom it says, or not from now."""


def sign(secret: str, webhook_id: str, body: bytes, at: datetime | None = None) -> dict[str, str]:
    """Return the headers of a message.

    Args:
        secret: What both sides know.
        webhook_id: The same for every try to deliver the same message.
        body: The message as it is sent, JSON in UTF-8.
        at: When it is sent, in UTC; None: now.
    """
    moment = at or datetime.now(UTC)
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": _webhook(secret).sign(webhook_id, moment, body.decode()),
    }


def verify(secret: str, headers: Mapping[str, str], body: bytes) -> str:
    """Return the id of a message that is what it says.

    Raises:
        SignatureError: It is not.
    """
    try:
        _webhook(secret).verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError) as error:
        # Headers that are no signature at all are ValueErrors of the library.
        problem = str(error) if isinstance(error, WebhookVerificationError) else "not a signature"
        raise SignatureError(f"webhook-signature: {problem}; see docs/till.md") from None
    return headers["webhook-id"]


def _webhook(secret: str) -> Webhook:
    return Webhook(secret if secret.startswith(_PREFIX) else secret.encode())
