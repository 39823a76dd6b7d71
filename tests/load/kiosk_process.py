"""`kiosk serve` as a process of its own that can be killed at any moment and started again on the same port."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.api.kiosk_command import KioskCommand

START_S = 90.0
STOP_S = 40.0
TERMINAL_SECRET = "terminal-secret-0123"
OPERATOR_TOKEN = "operator-token-0123"


class KioskProcess:
    """One server after the other on one port and one database; what they log goes to one file."""

    def __init__(self, folder: Path, database_url: str, **environment: str) -> None:
        """Start nothing yet.

        Args:
            folder: Where it runs and what it keeps beside the database.
            database_url: Where orders and conversations are.
            environment: Further settings.
        """
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "server.log"
        self._environment = {
            **KioskCommand(folder).environment,
            "KIOSK_DATABASE_URL": database_url,
            "KIOSK_VAULT_URL": f"sqlite:///{folder / 'vault.db'}",
            "KIOSK_PAYMENT_TERMINAL": "external",
            "KIOSK_TERMINAL_SECRET": TERMINAL_SECRET,
            "KIOSK_OPERATOR_TOKEN": OPERATOR_TOKEN,
            "KIOSK_REQUESTS_PER_MINUTE": "10000000",
            "KIOSK_PROBE_SECONDS": "0",
            **environment,
        }
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process that serves."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start, and do not wait."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "kiosk.cli", "serve", "--port", str(self.port)],
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def wait_until_ready(self) -> float:
        """Wait until it takes turns; return how long that took."""
        began = time.monotonic()
        while time.monotonic() < began + START_S:
            assert self._process is not None
            assert self._process.poll() is None, self.log.read_text(encoding="utf-8")[-2000:]
            try:
                if httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200:
                    return time.monotonic() - began
            except httpx.HTTPError:
                pass
            time.sleep(0.02)
        raise AssertionError("the server did not start")

    def kill(self) -> None:
        """Kill it where it stands."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def end(self) -> None:
        """Kill it where it still runs."""
        if self.is_running():
            self.kill()

    def stop(self) -> int:
        """Stop it in good order; return its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(STOP_S)

    def is_running(self) -> bool:
        """Tell whether it lives."""
        return self._process is not None and self._process.poll() is None


@contextmanager
def database_for(request: pytest.FixtureRequest, folder: Path, kind: str) -> Iterator[str]:
    """The URL of an empty database; in PostgreSQL a schema of its own, so that nobody else delivers from its outbox."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'kiosk.db'}"
        return
    url, name = str(request.getfixturevalue("postgres_url")), f"load_{uuid.uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}".encode())
        try:
            yield f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{name}"
        finally:
            connection.execute(f"DROP SCHEMA {name} CASCADE".encode())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
