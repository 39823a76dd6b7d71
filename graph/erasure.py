"""Erasing conversations wherever the kiosk keeps them, and looking whether they are gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any, Protocol, cast

from graph.persistence import close_checkpoints, open_checkpoints
from kiosk.privacy import Vault, open_vault
from kiosk.settings import Settings


class Erasable(Protocol):
    """A checkpoint saver that can find, erase and look for conversations."""

    def silent_since(self, moment: datetime) -> list[str]:
        """Return the conversations without a word since a moment."""

    def erase(self, thread_ids: Sequence[str]) -> int:
        """Delete conversations; return how many there were."""

    def traces_of(self, thread_ids: Sequence[str]) -> int:
        """Return how many can still be found."""


@dataclass(frozen=True)
class Erased:
    """How much was erased, and how many of the ids a search of the storage found afterwards."""

    conversations: int
    vault_rows: int
    records: int
    found_after: int


def purge(settings: Settings, thread_ids: Sequence[str] = (), older_than: timedelta | None = None) -> Erased:
    """Erase conversations by id, and those that have been silent for so long, and look whether they are gone.

    Raises:
        StorageError: The conversations or the ledger cannot be reached.
        VaultError: The vault cannot be reached.
    """
    vault = open_vault(settings.vault, settings.key, timedelta(minutes=settings.session_idle_minutes))
    saver = open_checkpoints(settings.database_url, settings.key)
    try:
        return _purge(settings.database_url, cast(Erasable, saver), vault, list(thread_ids), older_than)
    finally:
        close_checkpoints(saver)
        vault.close()


def _purge(
    url: str, checkpoints: Erasable, vault: Vault, thread_ids: list[str], older_than: timedelta | None
) -> Erased:
    # Loaded late, because it needs SQLAlchemy. The tables share the file with the checkpoints, whose erasure rewrites
    # it, so they go first.
    tables: Any = import_module("kiosk.storage.erasure")
    if older_than is not None:
        before = datetime.now(UTC) - older_than
        # A customer who began and never had a turn has left no checkpoint.
        silent = [*checkpoints.silent_since(before), *tables.sessions_silent_since(url, before)]
        thread_ids = [*dict.fromkeys([*thread_ids, *silent])]
        tables.forget_messages(url, before)
    rows = tables.erase_conversations(url, thread_ids)
    conversations = checkpoints.erase(thread_ids)
    vault_rows = vault.forget(thread_ids)
    if older_than is not None:
        # A conversation that was lost before its first checkpoint has left no id but this row.
        vault_rows += vault.forget_unused(older_than)
    found = checkpoints.traces_of(thread_ids) + vault.traces_of(thread_ids) + tables.rows_of(url, thread_ids)
    return Erased(conversations, vault_rows, rows, found)
