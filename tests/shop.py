"""A shop for tests of faults: `kiosk serve` as a process, its kitchen, its payment terminal, its customers."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Callable
from typing import IO, Any

import httpx

from kiosk.till.signing import sign
from tests.api.kiosk_command import KioskCommand
from tests.receiver import Kitchen
from tests.web_server import Customer, Event

SECRET = "terminal-secret-0123"
_ENDS_IN_S = 30


def shop_settings(kitchen: Kitchen) -> dict[str, Any]:
    """Return the settings of a shop with a terminal and a kitchen."""
    return {"payment_terminal": "external", "terminal_secret": SECRET, "kitchen_url": kitchen.url}


class Front:
    """What customers, the terminal and the operator ask of a running server."""

    def __init__(self, client: httpx.Client, kitchen: Kitchen) -> None:
        """Talk to a server whose paid orders go to this kitchen."""
        self.client = client
        self.kitchen = kitchen

    def customer(self) -> Customer:
        """Return a new customer."""
        return Customer(self.client, uuid.uuid4().hex)

    def asked(self, guest: Customer, words: str = "쿠키 두 개요") -> dict[str, Any]:
        """Return the payment that is asked for after an order."""
        guest.view(words)
        payment: dict[str, Any] = guest.view("결제할게요")["payment"]
        return payment

    def decided(self, payment: dict[str, Any], webhook_id: str, payment_id: str = "p-1") -> httpx.Response:
        """Have the terminal say that it has taken the money."""
        said = {"decision": "approve", "revision": payment["revision"], "amount": payment["amount"]}
        body = json.dumps({**said, "payment_id": payment_id}).encode()
        path = f"/api/payments/{payment['order_id']}"
        return self.client.post(path, content=body, headers=sign(SECRET, webhook_id, body))

    def sold(self, words: str = "쿠키 두 개요") -> dict[str, Any]:
        """Sell an order: the payment, with the number of the order."""
        payment = self.asked(self.customer(), words)
        answer = self.decided(payment, uuid.uuid4().hex, uuid.uuid4().hex)
        assert answer.json()["outcome"] == "paid", answer.text
        return {**payment, "number": answer.json()["number"]}

    def healthy(self) -> bool:
        """Tell whether the health check finds everything in order."""
        answer = self.client.get("/healthz")
        assert (answer.status_code, answer.json()["status"]) in {(200, "ok"), (503, "failing")}
        return answer.status_code == 200

    def metric(self, name: str) -> float:
        """Return a figure of the metrics page."""
        lines = self.client.get("/metrics").text.splitlines()
        (found,) = [line for line in lines if line.startswith(f"{name} ")]
        return float(found.rpartition(" ")[2])

    def errors(self) -> float:
        """Return how often the storage has failed by the metrics page."""
        lines = self.client.get("/metrics").text.splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith("kiosk_storage_errors_total{"))


class Shop(Front):
    """A server that can be stopped, killed and started again on the same database."""

    def __init__(self, command: KioskCommand, kitchen: Kitchen, **environment: str) -> None:
        """Start nothing yet.

        Args:
            command: Runs the command.
            kitchen: Who gets paid orders.
            environment: Settings beside those of a shop with a terminal.
        """
        super().__init__(httpx.Client(), kitchen)
        self.command = command
        settings = {f"KIOSK_{name.upper()}": value for name, value in shop_settings(kitchen).items()}
        self._environment = {**settings, **environment}
        self._log: list[str] = []
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and wait until it serves."""
        self.process = self.command.start("serve", "--port", "0", **self._environment)
        threading.Thread(target=self._read, args=(self.process.stderr,), daemon=True).start()
        assert self.process.stdout is not None
        line = self.process.stdout.readline().decode()
        assert "http://" in line, f"the server did not start: {self.log()}"
        self.client.close()
        self.client = httpx.Client(base_url=f"http://{line.partition('http://')[2].partition('/kiosk')[0]}", timeout=40)
        until(lambda: self.client.get("/readyz").status_code == 200)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the server, in good order or not."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(_ENDS_IN_S)
            assert self.process.stdin is not None
            assert self.process.stdout is not None
            self.process.stdin.close()
            self.process.stdout.close()
            self.process = None

    def close(self) -> None:
        """End whatever is left."""
        self.stop(signal.SIGKILL)
        self.client.close()

    def log(self) -> str:
        """Return what the operator has read so far."""
        return "".join(self._log)

    def _read(self, errors: IO[bytes]) -> None:
        with errors:
            self._log.extend(line.decode() for line in errors)


def until(is_so: Callable[[], bool], timeout_s: float = 20.0) -> None:
    """Wait for something; what cannot be asked yet is not so."""
    end = time.monotonic() + timeout_s
    while True:
        try:
            if is_so():
                return
        except httpx.HTTPError:
            pass
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


def is_told(heard: list[Event]) -> bool:
    """Tell whether a customer was told that orders cannot be saved, and when to come back."""
    last = heard[-1]
    return (last.name, last.data.get("reason"), last.data.get("retry_after_s")) == ("error", "storage", 5)
