"""Standard streams that carry any language wherever the command runs."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator, Sequence
from typing import IO

# A terminal in cooked mode and a sane file have shorter lines; a customer's turn is refused far below this.
_LONGEST_LINE = 1_000_000


def speak_utf8() -> None:
    """Read and write UTF-8 whatever the locale says, and let no byte end the program."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


def as_utf8(arguments: Sequence[str]) -> list[str]:
    """Return command-line arguments as the UTF-8 that was typed, also where the locale took them for something else."""
    return [os.fsencode(argument).decode("utf-8", errors="replace") for argument in arguments]


def lines(source: IO[str]) -> Iterator[str]:
    """Yield the lines of a pipe as they come, without line ends; an endless line comes in pieces."""
    while line := source.readline(_LONGEST_LINE):
        yield line.rstrip("\r\n")


def discard_output() -> None:
    """Send the rest of the output nowhere: whoever read it has left, and flushing at exit would complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
