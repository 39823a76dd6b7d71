"""What a customer has told for the till, as the till can use it."""

from __future__ import annotations

from collections.abc import Mapping

from kiosk.privacy.masking import placeholders, type_of
from kiosk.privacy.vault import Vault
from kiosk.privacy.written import written


def contact_values(vault: Vault, thread_id: str, told: Mapping[str, str]) -> dict[str, str]:
    """Return the values behind placeholders; what the vault has erased meanwhile is left out.

    Args:
        vault: Who knows them.
        thread_id: The conversation.
        told: The placeholder for each use; numbers that were said come back as digits.
    """
    named = {use: written(type_of(it), vault.unmask(thread_id, it)) for use, it in told.items()}
    return {use: value for use, value in named.items() if not placeholders(value)}
