"""A database that is full, locked, read-only, gone or damaged: who is told what, and what was paid stays paid.

`make faults` runs the long form: the database is gone for ten seconds, three times.
"""

import os
import resource
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import psycopg
import pytest

from graph import open_graph
from kiosk.settings import Settings
from tests.api.kiosk_command import KioskCommand
from tests.graph.turns import say
from tests.postgres import own_database
from tests.receiver import Kitchen
from tests.shop import Front, Shop, is_told, shop_settings, until
from tests.tcp_proxy import TcpProxy
from tests.web_server import Customer, Event, WebServer, events

pytestmark = pytest.mark.api

GONE_S = float(os.environ.get("KIOSK_TEST_GONE_S", "5"))
TIMES = int(os.environ.get("KIOSK_TEST_FAULT_TIMES", "1"))
LOCK = "-c lock_timeout=2s"
ORDINARY = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
"""Root may write whatever the permissions say, unless it gives that right up."""

SHOP_URL = "KIOSK_DATABASE_URL"


@dataclass(frozen=True)
class Running:
    """A shop that runs, and its database."""

    shop: Shop
    url: str
    wire: TcpProxy | None = None


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A shop with a file; each test leaves it in order."""
    command = KioskCommand(tmp_path_factory.mktemp("shop"))
    with running(command) as shop:
        yield Running(shop, command.environment[SHOP_URL])


@pytest.fixture(scope="module")
def on_postgres(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> Iterator[Running]:
    """A shop with PostgreSQL at the end of a wire; each test leaves it in order."""
    with own_database(postgres_url) as url:
        parts = urlsplit(url)
        with TcpProxy(parts.hostname or "127.0.0.1", parts.port or 5432) as wire:
            user = parts.netloc.rpartition("@")[0]
            wired = parts._replace(netloc=f"{user}@127.0.0.1:{wire.port}", query=f"options={quote(LOCK)}").geturl()
            command = KioskCommand(tmp_path_factory.mktemp("shop"))
            with running(command, KIOSK_DATABASE_URL=wired, KIOSK_ENCRYPTION_KEY="0123456789abcdef") as shop:
                yield Running(shop, url, wire)


@contextmanager
def running(command: KioskCommand, **environment: str) -> Iterator[Shop]:
    with Kitchen() as kitchen:
        shop = Shop(command, kitchen, **environment)
        try:
            shop.start()
            yield shop
        finally:
            shop.close()


class Trouble:
    """A delivered order, a customer with a cart, and a payment on its way, when the database fails."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        shop.kitchen.posts.clear()
        self.sold, self.guest, self.key = shop.sold(), shop.customer(), uuid.uuid4().hex
        self.guest.view("제 이름은 김하늘이에요")
        self.guest.view("쿠키 하나요")
        self.payment = shop.asked(shop.customer())
        shop.kitchen.wait_for(1)
        until(lambda: shop.metric("kiosk_outbox_waiting") == 0)
        self.log, self.failures = len(shop.log()), shop.errors()

    def is_told(self, *words: str) -> None:
        """Have the customer and the terminal meet the fault, at once, and see what they and the operator are told."""
        told: list[Any] = []
        talking = threading.Thread(target=lambda: told.append(self._heard("쿠키 하나 더요")))
        began = time.monotonic()
        talking.start()
        refused = self.shop.decided(self.payment, self.key)
        talking.join()
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        assert refused.json()["error"]["reason"] == "storage"
        assert is_told(told[0])
        assert time.monotonic() - began < 15
        # What a probe has found a moment ago still counts.
        until(lambda: not self.shop.healthy(), 5)
        assert self.shop.errors() > self.failures
        lines = [line for line in self.shop.log()[self.log :].splitlines() if "storage failed" in line]
        assert [line for line in lines if all(word in line for word in words)], self.shop.log()
        assert len(lines) < 10

    def _heard(self, words: str) -> list[Event]:
        """Return what the page hears: what fails before the stream begins is a refusal with the same reason."""
        answer = self.guest.client.post("/api/chat", json={"message": words, "thread_id": self.guest.thread_id})
        if answer.status_code == 503:
            return [Event("error", answer.json()["error"])]
        return [*events(iter(answer.text.splitlines()))]

    def is_over(self) -> None:
        """See that the terminal repeats itself, the order is paid and delivered once, and nothing is lost."""
        shop = self.shop
        until(shop.healthy)
        answers = [shop.decided(self.payment, key).json() for key in (self.key, self.key, f"{self.key}-2")]
        assert [answer["outcome"] for answer in answers] == ["paid", "paid", "already_paid"]
        assert {answer["number"] for answer in answers} == {self.sold["number"] + 1}
        until(lambda: shop.metric("kiosk_outbox_waiting") == 0)
        tickets = [ticket["order_id"] for ticket in shop.kitchen.messages]
        assert tickets == [self.sold["order_id"], self.payment["order_id"]]
        assert shop.client.get(f"/api/orders/{self.sold['order_id']}").json()["order"]["status"] == "paid"
        assert [line["quantity"] for line in self.guest.view("쿠키 하나 더요")["order"]["lines"]] == [2]
        log = shop.log()
        assert "storage works again" in log[self.log :]
        assert "Traceback" not in log


def test_a_full_disk_loses_no_payment(on_sqlite: Running) -> None:
    trouble = Trouble(on_sqlite.shop)
    assert on_sqlite.shop.process is not None
    pid, unlimited = on_sqlite.shop.process.pid, resource.RLIM_INFINITY
    # No file takes another byte; the kernel refuses as it does where a quota is used up.
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, unlimited))
    trouble.is_told("free space")
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (unlimited, unlimited))
    trouble.is_over()


def test_a_database_that_another_program_holds_loses_no_payment(on_sqlite: Running) -> None:
    trouble = Trouble(on_sqlite.shop)
    with closing(sqlite3.connect(on_sqlite.url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        trouble.is_told("locked", "end the program that holds it")
        other.execute("ROLLBACK")
    trouble.is_over()


def test_a_postgres_that_is_gone_for_a_while_is_found_again_and_nothing_is_lost(on_postgres: Running) -> None:
    assert on_postgres.wire is not None
    for _ in range(TIMES):
        trouble = Trouble(on_postgres.shop)
        on_postgres.wire.cut()
        back_at = time.monotonic() + GONE_S
        trouble.is_told("start PostgreSQL")
        time.sleep(max(0.0, back_at - time.monotonic()))
        on_postgres.wire.mend()
        trouble.is_over()
    assert (urlsplit(on_postgres.url).password or "no password") not in on_postgres.shop.log()


def test_a_postgres_table_that_another_program_locks_costs_seconds_and_no_payment(on_postgres: Running) -> None:
    trouble = Trouble(on_postgres.shop)
    with psycopg.connect(on_postgres.url) as other:
        other.execute("LOCK TABLE orders, checkpoints IN ACCESS EXCLUSIVE MODE")
        trouble.is_told("lock timeout", "end the program that holds it")
    trouble.is_over()


def test_a_postgres_that_may_only_be_read_loses_no_payment(on_postgres: Running) -> None:
    trouble = Trouble(on_postgres.shop)
    read_only(on_postgres.url, "on")
    trouble.is_told("read-only", "let this process write there")
    read_only(on_postgres.url, "off")
    trouble.is_over()


def read_only(url: str, state: str) -> None:
    """Make a database one that may only be read, or not, for all who connect from now on."""
    name = urlsplit(url).path.removeprefix("/")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = off")
        connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {state}")
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            [name],
        )


@pytest.fixture
def used(tmp_path: Path) -> Path:
    """A database that a kiosk has written."""
    file = tmp_path / "kiosk.db"
    with open_graph(Settings(database_url=f"sqlite:///{file}")) as graph:
        say(graph, {"configurable": {"thread_id": "a"}}, "쿠키 하나요")
    return file


def test_a_database_that_may_only_be_read_is_told_at_the_start(kiosk: KioskCommand, used: Path) -> None:
    used.chmod(0o444)
    used.parent.chmod(0o555)
    ended = kiosk("serve", "--port", "0", under=ORDINARY)
    used.parent.chmod(0o755)
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (2, "", 1)
    assert "kiosk.db" in ended.err
    assert "KIOSK_DATABASE_URL" in ended.err


def test_a_damaged_file_is_told_at_the_start(kiosk: KioskCommand, used: Path) -> None:
    with used.open("r+b") as file:
        file.write(b"\x00" * 100)
    ended = kiosk("serve", "--port", "0")
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (2, "", 1)
    assert "kiosk restore" in ended.err


def test_damaged_pages_are_told_at_the_turn_and_by_the_health_check(
    web: Callable[..., WebServer], kiosk: KioskCommand, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = web()
    guest = Customer(server.client(), "a")
    guest.view("쿠키 하나요")
    payment = guest.view("결제할게요")["payment"]
    server.stop()
    damage(tmp_path / "kiosk.db", "checkpoints", "orders")
    server.start()
    client = server.client()
    assert is_told(Customer(client, "a").say("쿠키 하나 더요"))
    assert client.get(f"/api/orders/{payment['order_id']}").status_code == 503
    assert client.get("/healthz").status_code == 503
    assert "malformed" in caplog.text
    assert "kiosk restore" in caplog.text
    health = kiosk("health", "--lang", "en")
    assert health.code == 1
    assert "kiosk restore" in health.out


def damage(file: Path, *tables: str) -> None:
    """Overwrite the first page of tables."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        found = connection.execute("SELECT name, rootpage FROM sqlite_master").fetchall()
    with file.open("r+b") as opened:
        for page in (page for name, page in found if name in tables):
            opened.seek((page - 1) * size)
            opened.write(os.urandom(size))


def test_a_payment_whose_turn_was_lost_after_it_was_recorded_reaches_the_conversation(
    web: Callable[..., WebServer], tmp_path: Path
) -> None:
    with Kitchen() as kitchen:
        shop = Front(web(**shop_settings(kitchen)).client(), kitchen)
        guest = shop.customer()
        payment = shop.asked(guest)
        lose_turns_after_a_payment(tmp_path / "kiosk.db", lambda: shop.decided(payment, "w-1"))
        assert shop.decided(payment, "w-1").json() == {"outcome": "paid", "refund_due": False, "number": 1}
        seen = guest.client.get(f"/api/chat/{guest.thread_id}").json()
        assert (seen["order"]["status"], seen["number"]) == ("paid", "1")
        kitchen.wait_for(1)


def lose_turns_after_a_payment(file: Path, decided: Callable[[], Any]) -> None:
    """Let a decision be recorded and the disk be full just then."""
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute(
            "CREATE TRIGGER full BEFORE INSERT ON checkpoints WHEN EXISTS (SELECT 1 FROM orders WHERE status = 'paid') "
            "BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        )
        assert decided().status_code == 503
        database.execute("DROP TRIGGER full")
