"""The `kiosk` command as a program outside this repository sees it: bytes in, bytes out, an exit code."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TIMEOUT_S = 60


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def json_lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def blocks(self) -> list[str]:
        return self.out.removesuffix("\n\n").split("\n\n")


class KioskCommand:
    """Runs the command in a folder of its own, with a database of its own, in the poorest of locales."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LC_ALL": "C",
            "PYTHONUTF8": "0",
            "PYTHONCOERCECLOCALE": "0",
            "KIOSK_LANGUAGE": "ko",
            "KIOSK_DATABASE_URL": f"sqlite:///{folder / 'kiosk.db'}",
            "LANGGRAPH_STRICT_MSGPACK": "true",
            "LANGSMITH_TRACING": "false",
        }

    def __call__(
        self, *arguments: str, stdin: str | bytes = b"", under: Sequence[str] = (), **environment: str
    ) -> Ended:
        process = self.start(*arguments, under=under, **environment)
        try:
            out, err = process.communicate(stdin.encode() if isinstance(stdin, str) else stdin, timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        return Ended(process.returncode, out.decode(), err.decode())

    def start(self, *arguments: str, under: Sequence[str] = (), **environment: str) -> "subprocess.Popen[bytes]":
        """Start the command, where wanted under another one that limits what it may do."""
        return subprocess.Popen(
            [*under, sys.executable, "-m", "kiosk.cli", *(os.fsencode(argument) for argument in arguments)],
            cwd=self.folder,
            env={**self.environment, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=_heed_interrupts,
        )


def _heed_interrupts() -> None:
    """A shell that starts tests in the background has them ignore SIGINT, and children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
