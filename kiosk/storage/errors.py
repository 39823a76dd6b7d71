"""What can go wrong with stored data, in words for the operator."""

from __future__ import annotations

import re

_PASSWORD = re.compile(r"(://[^:/@]*):[^@]*@")
_REMEDY = "set KIOSK_DATABASE_URL to a place that this process can write, or move the damaged file away"


class StorageError(RuntimeError):
    """Data cannot be stored or read; the text names the place, the problem and the remedy."""

    def __init__(self, url: str, problem: str, remedy: str = _REMEDY) -> None:
        """Build the text; a password in the URL is left out."""
        shown = _PASSWORD.sub(r"\1:***@", url)
        super().__init__(f"{shown}: {problem.strip()}; {remedy}")
