"""Encryption of what is kept: one key of the operator, one derived key for each purpose."""

from __future__ import annotations

import hmac
import os
from functools import cached_property
from hashlib import sha256
from importlib import import_module
from typing import Any

SHORTEST_KEY = 16
_NONCE_BYTES = 12
_INFO = b"kiosk-agent/"


class WrongKeyError(ValueError):
    """Data was encrypted with another key, or was changed; the text names the setting, never the data."""

    def __init__(self, what: str) -> None:
        """Say what cannot be read and what to do."""
        super().__init__(
            f"{what}: not readable with this KIOSK_ENCRYPTION_KEY; set the key that it was written with, or erase it"
        )


class Cipher:
    """AES-256-GCM under a key for one purpose; a changed byte, another key or another context is an error."""

    def __init__(self, secret: bytes, purpose: str) -> None:
        """Derive the key; nothing is imported yet, because most turns need no cipher."""
        self._key = _derived(secret, purpose)
        self._purpose = purpose

    def seal(self, clear: bytes, context: bytes = b"") -> bytes:
        """Encrypt; `context` is not hidden but bound to the result."""
        nonce = os.urandom(_NONCE_BYTES)
        return bytes(nonce + self._aes.encrypt(nonce, clear, context))

    def open(self, sealed: bytes, context: bytes = b"") -> bytes:
        """Decrypt.

        Raises:
            WrongKeyError: Another key or context, or the data was changed.
        """
        try:
            return bytes(self._aes.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context))
        except (ValueError, import_module("cryptography.exceptions").InvalidTag):
            raise WrongKeyError(self._purpose) from None

    @cached_property
    def _aes(self) -> Any:
        return import_module("cryptography.hazmat.primitives.ciphers.aead").AESGCM(self._key)


class Digest:
    """Names that stand for others and cannot be led back without the key: for thread ids in files and traces."""

    def __init__(self, secret: bytes, purpose: str) -> None:
        """Derive the key."""
        self._key = _derived(secret, purpose)

    def of(self, name: str) -> str:
        """Return the same 32 hexadecimal digits for the same name."""
        return hmac.new(self._key, name.encode("utf-8", "surrogatepass"), sha256).hexdigest()[:32]


def _derived(secret: bytes, purpose: str) -> bytes:
    """Derive 32 bytes as HKDF (RFC 5869) does it with SHA-256, without salt, for one block."""
    pseudo_random = hmac.new(bytes(32), secret, sha256).digest()
    return hmac.new(pseudo_random, _INFO + purpose.encode() + b"\x01", sha256).digest()
