"""What can go wrong with stored data, in words for the operator."""

from __future__ import annotations

import re

_PASSWORD = re.compile(r"(://[^:/@]*):[^@]*@")
_REMEDY = "set KIOSK_DATABASE_URL to a place that this process can write"
_REMEDIES = (
    (r"is full|no space left|disk i/o error|disk full", "free space on its disk; the kiosk goes on by itself"),
    (
        r"read-?only",
        "let this process write there (the file, its folder, the database), or set KIOSK_DATABASE_URL anew",
    ),
    (
        r"locked|lock timeout|statement timeout",
        "end the program that holds it for so long; the kiosk goes on by itself",
    ),
    (
        r"malformed|not a database|damaged|corrupt",
        "stop the kiosk, move the damaged file away and restore a backup (kiosk restore), or set KIOSK_DATABASE_URL "
        "to another place",
    ),
)


class StorageError(RuntimeError):
    """Data cannot be stored or read; the text names the place, the problem and the remedy, in one line."""

    def __init__(self, url: str, problem: str, remedy: str | None = None, otherwise: str = _REMEDY) -> None:
        """Build the text; a password in the URL is left out.

        Args:
            url: The place.
            problem: What the driver says; its first line counts.
            remedy: What to do; None: what usually helps against such a problem.
            otherwise: What to do where nothing is known to help.
        """
        shown = _PASSWORD.sub(r"\1:***@", url)
        first = (problem.strip() or "unknown problem").splitlines()[0]
        super().__init__(f"{shown}: {first}; {remedy or _usual(first) or otherwise}")


def _usual(problem: str) -> str | None:
    found = (remedy for pattern, remedy in _REMEDIES if re.search(pattern, problem, re.IGNORECASE))
    return next(found, None)
