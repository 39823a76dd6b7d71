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
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.api.kiosk_command import KioskCommand
from tests.receiver import Kitchen
from tests.shop import SECRET, Shop, is_told, until
from tests.tcp_proxy import TcpProxy
from tests.web_server import Customer, WebServer

pytestmark = pytest.mark.api

GONE_S = float(os.environ.get("KIOSK_TEST_GONE_S", "5"))
TIMES = int(os.environ.get("KIOSK_TEST_FAULT_TIMES", "1"))
ORDINARY = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
"""Root may write whatever the permissions say, unless it gives that right up."""

Open = Callable[..., Shop]


@pytest.fixture
def shop(kiosk: KioskCommand) -> Iterator[Open]:
    """Opens shops that run."""
    with ExitStack() as stack:

        def opened(**environment: str) -> Shop:
            found = Shop(kiosk, stack.enter_context(Kitchen()), **environment)
            stack.callback(found.close)
            found.start()
            return found

        yield opened


def meets(shop: Shop, payment: dict[str, Any], guest: Customer) -> None:
    """Have a customer and the terminal meet a database that cannot be used, at once, and see what they are told."""
    told: list[Any] = []
    talking = threading.Thread(target=lambda: told.append(guest.say("쿠키 하나 더요")))
    began = time.monotonic()
    talking.start()
    refused = shop.decided(payment, "w-1")
    talking.join()
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert refused.json()["error"]["reason"] == "storage"
    assert is_told(told[0])
    assert time.monotonic() - began < 15
    health = shop.client.get("/healthz")
    assert (health.status_code, health.json()["status"]) == (503, "failing")
    assert shop.errors() > 0


def is_as_before(shop: Shop, payment: dict[str, Any], guest: Customer, sold: dict[str, Any]) -> None:
    """See that all is well again: the terminal repeats itself, the order is paid once, and nothing is lost."""
    until(shop.healthy)
    answers = [shop.decided(payment, webhook_id).json() for webhook_id in ("w-1", "w-1", "w-2")]
    assert [answer["outcome"] for answer in answers] == ["paid", "paid", "already_paid"]
    assert {answer["number"] for answer in answers} == {sold["number"] + 1}
    tickets = shop.kitchen.wait_for(2)
    assert [ticket["order_id"] for ticket in tickets] == [sold["order_id"], payment["order_id"]]
    assert shop.client.get(f"/api/orders/{sold['order_id']}").json()["order"]["status"] == "paid"
    assert [line["quantity"] for line in guest.view("쿠키 하나 더요")["order"]["lines"]] == [2]
    assert "Traceback" not in shop.log()
    until(lambda: shop.metric("kiosk_outbox_waiting") == 0)


def told_operator(shop: Shop, *words: str) -> str:
    """Return the one line of the log that says what is wrong and what to do."""
    lines = [
        line for line in shop.log().splitlines() if "storage failed" in line and all(word in line for word in words)
    ]
    assert lines, shop.log()
    return lines[0]


def test_a_full_disk_loses_no_payment(shop: Open) -> None:
    open_shop = shop()
    sold, guest = open_shop.sold(), open_shop.customer()
    guest.view("쿠키 하나요")
    payment = open_shop.asked(open_shop.customer())
    open_shop.kitchen.wait_for(1)
    assert open_shop.process is not None
    # No file grows any more, whichever process asks; the kernel says so as it does for a quota.
    until(lambda: open_shop.metric("kiosk_outbox_waiting") == 0)
    resource.prlimit(open_shop.process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    meets(open_shop, payment, guest)
    assert "free space" in told_operator(open_shop, "kiosk.db")
    resource.prlimit(open_shop.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    is_as_before(open_shop, payment, guest, sold)


def test_a_database_that_another_program_holds_loses_no_payment(shop: Open, tmp_path: Path) -> None:
    open_shop = shop()
    sold, guest = open_shop.sold(), open_shop.customer()
    guest.view("쿠키 하나요")
    payment = open_shop.asked(open_shop.customer())
    open_shop.kitchen.wait_for(1)
    until(lambda: open_shop.metric("kiosk_outbox_waiting") == 0)
    with closing(sqlite3.connect(tmp_path / "kiosk.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        meets(open_shop, payment, guest)
        other.execute("ROLLBACK")
    assert "end the program that holds it" in told_operator(open_shop, "locked")
    is_as_before(open_shop, payment, guest, sold)


def test_a_database_that_may_only_be_read_is_told_at_the_start(kiosk: KioskCommand, tmp_path: Path) -> None:
    kiosk("ask", "쿠키 하나요")
    (tmp_path / "kiosk.db").chmod(0o444)
    tmp_path.chmod(0o555)
    ended = kiosk("serve", "--port", "0", under=ORDINARY)
    tmp_path.chmod(0o755)
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (2, "", 1)
    assert "kiosk.db" in ended.err
    assert "KIOSK_DATABASE_URL" in ended.err


def test_a_damaged_file_is_told_at_the_start(kiosk: KioskCommand, tmp_path: Path) -> None:
    kiosk("ask", "쿠키 하나요")
    with (tmp_path / "kiosk.db").open("r+b") as file:
        file.write(b"\x00" * 100)
    ended = kiosk("serve", "--port", "0")
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (2, "", 1)
    assert "kiosk restore" in ended.err


def test_damaged_pages_are_told_at_the_turn_and_by_the_health_check(
    shop: Open, kiosk: KioskCommand, tmp_path: Path
) -> None:
    open_shop = shop()
    sold, guest = open_shop.sold(), open_shop.customer()
    guest.view("쿠키 하나요")
    open_shop.stop()
    damage(tmp_path / "kiosk.db", "checkpoints", "orders")
    open_shop.start()
    guest = Customer(open_shop.client, guest.thread_id)
    assert is_told(guest.say("쿠키 하나 더요"))
    assert open_shop.client.get(f"/api/orders/{sold['order_id']}").status_code == 503
    assert open_shop.client.get("/healthz").status_code == 503
    assert "kiosk restore" in told_operator(open_shop, "malformed")
    assert "Traceback" not in open_shop.log()
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
    server = web(payment_terminal="external", terminal_secret=SECRET)
    guest = Customer(server.client(), uuid.uuid4().hex)
    guest.view("쿠키 두 개요")
    payment = guest.view("결제할게요")["payment"]
    with closing(sqlite3.connect(tmp_path / "kiosk.db", isolation_level=None)) as database:
        database.execute(
            "CREATE TRIGGER full BEFORE INSERT ON checkpoints WHEN EXISTS (SELECT 1 FROM orders WHERE status = 'paid') "
            "BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        )
        terminal = Shop.__new__(Shop)
        terminal.client = server.client()
        assert terminal.decided(payment, "w-1").status_code == 503
        database.execute("DROP TRIGGER full")
    assert terminal.decided(payment, "w-1").json() == {"outcome": "paid", "refund_due": False, "number": 1}
    seen = guest.client.get(f"/api/chat/{guest.thread_id}").json()
    assert (seen["order"]["status"], seen["number"]) == ("paid", "1")


def test_a_postgres_that_is_gone_for_a_while_is_found_again_and_nothing_is_lost(
    shop: Open, own_postgres_url: str
) -> None:
    parts = urlsplit(own_postgres_url)
    with TcpProxy(parts.hostname or "127.0.0.1", parts.port or 5432) as wire:
        user = parts.netloc.rpartition("@")[0]
        url = parts._replace(netloc=f"{user}@127.0.0.1:{wire.port}").geturl()
        open_shop = shop(KIOSK_DATABASE_URL=url, KIOSK_ENCRYPTION_KEY="0123456789abcdef")
        for _ in range(TIMES):
            sold, guest = open_shop.sold(), open_shop.customer()
            guest.view("제 이름은 김하늘이에요. 쿠키 하나요")
            payment = open_shop.asked(open_shop.customer())
            open_shop.kitchen.wait_for(1)
            until(lambda: open_shop.metric("kiosk_outbox_waiting") == 0)
            wire.cut()
            back_at = time.monotonic() + GONE_S
            meets(open_shop, payment, guest)
            assert "start PostgreSQL" in told_operator(open_shop)
            time.sleep(max(0.0, back_at - time.monotonic()))
            wire.mend()
            is_as_before(open_shop, payment, guest, sold)
            open_shop.kitchen.posts.clear()
    assert (parts.password or "no password") not in open_shop.log()


def test_a_postgres_table_that_another_program_locks_costs_seconds_and_no_payment(
    shop: Open, own_postgres_url: str
) -> None:
    open_shop = shop(KIOSK_DATABASE_URL=own_postgres_url)
    sold, guest = open_shop.sold(), open_shop.customer()
    guest.view("쿠키 하나요")
    payment = open_shop.asked(open_shop.customer())
    open_shop.kitchen.wait_for(1)
    with psycopg.connect(own_postgres_url) as other:
        other.execute("LOCK TABLE orders, checkpoints IN ACCESS EXCLUSIVE MODE")
        meets(open_shop, payment, guest)
    assert "end the program that holds it" in told_operator(open_shop, "lock timeout")
    is_as_before(open_shop, payment, guest, sold)


def test_a_postgres_that_may_only_be_read_loses_no_payment(shop: Open, own_postgres_url: str) -> None:
    open_shop = shop(KIOSK_DATABASE_URL=own_postgres_url)
    sold, guest = open_shop.sold(), open_shop.customer()
    guest.view("쿠키 하나요")
    payment = open_shop.asked(open_shop.customer())
    open_shop.kitchen.wait_for(1)
    until(lambda: open_shop.metric("kiosk_outbox_waiting") == 0)
    read_only(own_postgres_url, "on")
    meets(open_shop, payment, guest)
    assert "let this process write there" in told_operator(open_shop, "read-only")
    read_only(own_postgres_url, "off")
    is_as_before(open_shop, payment, guest, sold)


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
