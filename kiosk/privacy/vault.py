"""The vault: what placeholders stand for, per conversation, encrypted, for a limited time, apart from all else.

A row holds the originals of one conversation under a keyed digest of its id. When a conversation has been silent for
the lifetime, its originals are erased and only the numbers of its placeholders stay, so that an old `<PHONE_1>` never
comes to stand for another value; `forget` erases those too.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Protocol

from kiosk.privacy.cipher import Cipher, Digest, WrongKeyError
from kiosk.privacy.masking import Numbering, mask, unmask
from kiosk.privacy.spans import SPAN_TYPES, Span

_LOG = logging.getLogger(__name__)
_NUMBERS = 1_000_000


class VaultError(RuntimeError):
    """The vault cannot be used; the text names the place and the remedy, never a value."""


class Row(Protocol):
    """The row of one conversation inside a transaction."""

    def read(self) -> tuple[bytes, float] | None:
        """Return the sealed originals and when they were last used."""

    def write(self, sealed: bytes, used_at: float, *, is_empty: bool) -> None:
        """Replace them; an empty row has no originals any more."""

    def erase(self) -> None:
        """Delete the row."""


class Rows(Protocol):
    """Where sealed originals are kept. Opening may wait until the first use; every method may raise `VaultError`."""

    @property
    def secret(self) -> bytes:
        """The secret that keys are derived from."""

    def row(self, name: str) -> AbstractContextManager[Row]:
        """Hold the row `name` in a transaction."""

    def used_before(self, moment: float, *, with_originals: bool) -> list[str]:
        """Return the names of the rows last used before a moment: all of them, or those that are not empty."""

    def delete(self, names: Iterable[str]) -> int:
        """Erase rows, also from the pages of the file; return how many there were."""

    def traces_of(self, names: Iterable[str]) -> int:
        """Return how many of the names can still be found where rows are kept."""

    def close(self) -> None:
        """Let go of what is open."""


class Vault:
    """Masks texts and gives originals back to the customer's own screen and the till; safe in any thread."""

    def __init__(self, rows: Rows, lifetime: timedelta, clock: Callable[[], float] = time.time) -> None:
        """Open nothing yet.

        Args:
            rows: Where originals are kept.
            lifetime: How long after its last private turn a conversation's originals stay.
            clock: Seconds since the epoch.
        """
        self._rows = rows
        self._lifetime_s = lifetime.total_seconds()
        self._clock = clock
        self._keys: tuple[Cipher, Digest] | None = None
        self._next_sweep = 0.0

    def mask(self, thread_id: str, text: str, spans: Iterable[Span], *, keep: bool = False) -> str:
        """Replace spans by the placeholders of this conversation and keep the originals.

        A vault that cannot be written loses the originals, never the conversation and never privacy.

        Args:
            thread_id: The conversation; without one nobody can ever ask for the originals, so none are kept.
            text: The text that was given to `detect`.
            spans: What was found.
            keep: The text has been masked before, so the placeholders in it stay.
        """
        spans = tuple(spans)
        if not thread_id:
            return mask(text, spans, keep=keep).text
        try:
            return self._mask(thread_id, text, spans, keep)
        except VaultError as error:
            _LOG.error("vault unusable, personal data of this turn is dropped: %s", error)
            return mask(text, spans, _lost(), keep=keep).text

    def numbering(self, thread_id: str) -> Numbering:
        """Return which placeholders this conversation has and what they stand for; empty where none are left.

        Raises:
            VaultError: The vault cannot be read.
        """
        cipher, digest = self._derived()
        name = digest.of(thread_id)
        with self._rows.row(name) as row:
            return self._current(row, cipher, name)

    def unmask(self, thread_id: str, text: str) -> str:
        """Put originals back, for the customer's own screen or the till; a lost one stays a placeholder."""
        if "<" not in text:
            return text
        try:
            return unmask(text, self.numbering(thread_id))
        except VaultError as error:
            _LOG.error("vault unusable: %s", error)
            return text

    def holds(self, thread_id: str) -> bool:
        """Tell whether this conversation has said anything private; a vault that cannot tell says yes."""
        try:
            return bool(self.numbering(thread_id).originals)
        except VaultError:
            return True

    def forget(self, thread_ids: Iterable[str]) -> int:
        """Erase conversations with all traces of them; return how many were there.

        Raises:
            VaultError: The vault cannot be written.
        """
        _, digest = self._derived()
        return self._rows.delete([digest.of(thread_id) for thread_id in thread_ids])

    def forget_unused(self, older_than: timedelta) -> int:
        """Erase conversations that have been silent for so long; return how many.

        Raises:
            VaultError: The vault cannot be written.
        """
        return self._rows.delete(
            self._rows.used_before(self._clock() - older_than.total_seconds(), with_originals=False)
        )

    def traces_of(self, thread_ids: Iterable[str]) -> int:
        """Return how many of these conversations can still be found where the vault is kept.

        Raises:
            VaultError: The vault cannot be read.
        """
        _, digest = self._derived()
        return self._rows.traces_of([digest.of(thread_id) for thread_id in thread_ids])

    def close(self) -> None:
        """Let go of what is open."""
        self._rows.close()

    def _mask(self, thread_id: str, text: str, spans: tuple[Span, ...], keep: bool) -> str:
        cipher, digest = self._derived()
        name = digest.of(thread_id)
        self._sweep(cipher)
        with self._rows.row(name) as row:
            masked = mask(text, spans, self._current(row, cipher, name), keep=keep)
            row.write(_sealed(masked.numbering, cipher, name), self._clock(), is_empty=False)
        return masked.text

    def _current(self, row: Row, cipher: Cipher, name: str) -> Numbering:
        found = row.read()
        if found is None:
            return Numbering()
        sealed, used_at = found
        try:
            numbering = Numbering(json.loads(cipher.open(sealed, name.encode())))
        except WrongKeyError as error:
            raise VaultError(str(error)) from None
        return numbering if used_at > self._clock() - self._lifetime_s else numbering.without_originals()

    def _sweep(self, cipher: Cipher) -> None:
        """Erase the originals of silent conversations, at most ten times in a lifetime."""
        now = self._clock()
        if now < self._next_sweep:
            return
        self._next_sweep = now + self._lifetime_s / 10
        for name in self._rows.used_before(now - self._lifetime_s, with_originals=True):
            with self._rows.row(name) as row:
                self._empty(row, cipher, name)

    def _empty(self, row: Row, cipher: Cipher, name: str) -> None:
        found = row.read()
        if found is None or found[1] > self._clock() - self._lifetime_s:
            return
        try:
            row.write(_sealed(self._current(row, cipher, name), cipher, name), found[1], is_empty=True)
        except VaultError:
            # Written with a key that is gone: nobody can read it, so nothing needs its numbers.
            row.erase()

    def _derived(self) -> tuple[Cipher, Digest]:
        if self._keys is None:
            secret = self._rows.secret
            self._keys = Cipher(secret, "vault"), Digest(secret, "vault names")
        return self._keys


def _sealed(numbering: Numbering, cipher: Cipher, name: str) -> bytes:
    return cipher.seal(json.dumps(dict(numbering.originals), ensure_ascii=False).encode(), name.encode())


def _lost() -> Numbering:
    """Return a numbering whose next numbers nobody has given out before, as far as chance allows."""
    start = secrets.randbelow(_NUMBERS // 2) + _NUMBERS // 4
    return Numbering({f"<{type_}_{start}>": "" for type_ in SPAN_TYPES})
