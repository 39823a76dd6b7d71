"""Who gets what leaves the outbox: a file of JSON lines, or a webhook. A message that is sent twice counts once."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import httpx

from kiosk.till.signing import sign

TIMEOUT_S = 5.0


class NotDeliveredError(RuntimeError):
    """A message has not arrived for sure; the text is a short code for the log, without an address or a message."""


class Receiver(Protocol):
    """Somebody who is told something."""

    def deliver(self, key: str, message: Mapping[str, Any]) -> None:
        """Hand over a message and return when it is taken for sure.

        Raises:
            NotDeliveredError: It may have to be delivered again, with the same key.
        """

    def close(self) -> None:
        """Let go of the connection."""


class FileReceiver:
    """Appends messages to a file, one line of JSON each; several processes may append to one file."""

    def __init__(self, path: Path) -> None:
        """Open nothing yet."""
        self._path = path
        self._read_to = 0
        self._keys: set[str] = set()

    def deliver(self, key: str, message: Mapping[str, Any]) -> None:
        """Append a message that is not in the file yet, and wait for the disk.

        Raises:
            NotDeliveredError: The file cannot be written.
        """
        line = json.dumps({"key": key, **message}, ensure_ascii=False) + "\n"
        try:
            self._append(key, line.encode())
        except OSError as error:
            raise NotDeliveredError(os.strerror(error.errno or 0)) from None

    def close(self) -> None:
        """Nothing is open between two messages."""

    def _append(self, key: str, line: bytes) -> None:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self._catch_up(file)
            if key not in self._keys:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
                self._keys.add(key)
                self._read_to = file.tell()

    def _catch_up(self, file: Any) -> None:
        """Learn which messages are in the file; a line that a dying process left half written is taken off."""
        if os.fstat(file.fileno()).st_size < self._read_to:
            # Somebody has put another file in its place.
            self._read_to, self._keys = 0, set()
        file.seek(self._read_to)
        for line in file:
            if not line.endswith(b"\n"):
                os.ftruncate(file.fileno(), self._read_to)
                break
            self._keys.add(str(json.loads(line)["key"]))
            self._read_to += len(line)


class WebhookReceiver:
    """Posts messages with an `Idempotency-Key`, signed where there is a secret; any 2xx says that one is taken."""

    def __init__(self, url: str, secret: str | None, timeout_s: float = TIMEOUT_S) -> None:
        """Connect when there is something to say."""
        self._url = url
        self._secret = secret
        self._client = httpx.Client(timeout=timeout_s, follow_redirects=False)

    def deliver(self, key: str, message: Mapping[str, Any]) -> None:
        """Post a message.

        Raises:
            NotDeliveredError: Nobody answered, or it was not taken.
        """
        body = json.dumps(message, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        if self._secret is not None:
            headers |= sign(self._secret, key, body)
        try:
            answer = self._client.post(self._url, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise NotDeliveredError(type(error).__name__) from None
        if not answer.is_success:
            raise NotDeliveredError(f"status {answer.status_code}")

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


def receiver(url: str, secret: str | None) -> Receiver:
    """Return who is behind an address: `file:///path`, `http://...` or `https://...`."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return FileReceiver(Path(unquote(parts.path)))
    return WebhookReceiver(url, secret)
