"""Checkpoints in less space and, with a key, in cipher."""

from __future__ import annotations

import zlib
from typing import Any

from langgraph.checkpoint.serde.base import CipherProtocol, SerializerProtocol
from langgraph.checkpoint.serde.encrypted import EncryptedSerializer
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from graph.errors import StorageError
from kiosk.privacy import Cipher, WrongKeyError

_COMPRESSED = (".zlib", "+zlib")
_CIPHER = "kiosk-gcm"
_WORTH_IT = 256
_FAST = 1
_SETTING = "KIOSK_ENCRYPTION_KEY"


class CompactSerializer(JsonPlusSerializer):
    """LangGraph's serializer with compression; it also reads what was written without."""

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """Serialize and, above a few hundred bytes, compress."""
        kind, data = super().dumps_typed(obj)
        return (kind + _COMPRESSED[0], zlib.compress(data, _FAST)) if len(data) > _WORTH_IT else (kind, data)

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """Restore a value that this serializer or LangGraph's own one has written.

        Raises:
            StorageError: The value is encrypted.
        """
        kind, content = data
        if kind.endswith(_CIPHER):
            raise StorageError(
                _SETTING, "not set, but conversations are encrypted", "set the key they were written with"
            )
        if kind.endswith(_COMPRESSED):
            kind, content = kind[: -len(_COMPRESSED[0])], zlib.decompress(content)
        return super().loads_typed((kind, content))


def serializer(key: str | None) -> SerializerProtocol:
    """Return the serializer for checkpoints; with a key it encrypts all that it writes, and still reads the rest."""
    compact = CompactSerializer()
    return EncryptedSerializer(_CheckpointCipher(key), compact) if key else compact


class _CheckpointCipher(CipherProtocol):
    """The kiosk's cipher as LangGraph's serializer calls it."""

    def __init__(self, key: str) -> None:
        self._cipher = Cipher(key.encode(), "checkpoints")

    def encrypt(self, plaintext: bytes) -> tuple[str, bytes]:
        return _CIPHER, self._cipher.seal(plaintext)

    def decrypt(self, ciphername: str, ciphertext: bytes) -> bytes:
        if ciphername == "zlib":
            # LangGraph takes everything after a plus sign for a cipher, and so were compressed values once marked.
            return zlib.decompress(ciphertext)
        try:
            return self._cipher.open(ciphertext)
        except WrongKeyError as error:
            raise StorageError(_SETTING, str(error), "or move the database away and start anew") from None
