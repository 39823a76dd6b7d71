"""What the command says and returns when it cannot do what it was asked."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of the `kiosk` command."""

    OK = 0
    BELOW = 1
    BAD_INPUT = 2
    INTERNAL = 70
    INTERRUPTED = 130


class CliError(Exception):
    """Wrong usage, input or settings: the text says what is wrong and what to do, the exit code is 2."""
