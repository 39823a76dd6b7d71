"""A backup of a shop that goes on selling, and what is there after it was put back."""

import re
import sqlite3
import stat
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from kiosk.settings import Settings
from kiosk.storage.backup import MANIFEST
from tests.api.kiosk_command import KioskCommand
from tests.postgres import own_database
from tests.receiver import Kitchen
from tests.shop import SECRET, Front, Shop, shop_settings, until
from tests.web_server import Customer, WebServer

pytestmark = pytest.mark.api

POSTGRES_TOOLS_HELP = "needs pg_dump and pg_restore: 'apt-get install postgresql-client'; .ci/run installs PostgreSQL"


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def kitchen(stack: ExitStack) -> Kitchen:
    return stack.enter_context(Kitchen())


class Before:
    """A shop at the moment of its backup: delivered and undelivered orders, an open cart, a name in the vault."""

    def __init__(self, shop: Front) -> None:
        self.delivered = shop.sold("쿠키 두 개요")
        shop.kitchen.wait_for(1)
        until(lambda: shop.metric("kiosk_outbox_waiting") == 0)
        shop.kitchen.failing = True
        self.guest = shop.customer()
        self.guest.view("제 이름은 김하늘이에요")
        self.named = shop.asked(self.guest, "마카롱 세 개요")
        assert shop.decided(self.named, "w-named").json()["outcome"] == "paid"
        self.open = shop.customer()
        self.open.view("아이스 라떼 두 잔이요")

    def is_there(self, shop: Front, next_number: int) -> None:
        """See that a shop on the restored database has all of it, and delivers only what was not delivered."""
        asked = Customer(shop.client, self.open.thread_id)
        lines = asked.view("쿠키도 하나요")["order"]["lines"]
        assert [(line["item"], line["quantity"]) for line in lines] == [("latte", 2), ("cookie", 1)]
        for payment in (self.delivered, self.named):
            found = shop.client.get(f"/api/orders/{payment['order_id']}").json()["order"]
            assert (found["status"], found["total"]) == ("paid", payment["amount"])
        tickets = shop.kitchen.wait_for(1)
        assert "하늘" in tickets[0]["contacts"]["cup_name"]
        until(lambda: shop.metric("kiosk_outbox_waiting") == 0)
        assert [ticket["order_id"] for ticket in shop.kitchen.messages][:1] == [self.named["order_id"]]
        assert self.delivered["order_id"] not in [ticket["order_id"] for ticket in shop.kitchen.messages]
        assert shop.decided(self.named, "w-named").json()["outcome"] == "paid"
        assert shop.sold()["number"] == next_number


def test_a_shop_is_backed_up_while_it_sells_and_goes_on_from_the_copy(
    kiosk: KioskCommand, stack: ExitStack, kitchen: Kitchen, tmp_path: Path
) -> None:
    shop = Shop(kiosk, kitchen)
    stack.callback(shop.close)
    shop.start()
    before = Before(shop)
    over = threading.Event()
    sold: list[int] = []

    def go_on_selling() -> None:
        while not over.is_set():
            sold.append(shop.sold()["number"])

    selling = threading.Thread(target=go_on_selling)
    selling.start()
    until(lambda: len(sold) > 0)
    taken = kiosk("backup", "copy", "--lang", "en")
    over.set()
    selling.join()
    assert (taken.code, taken.err) == (0, "")
    assert "kiosk-vault.key" in taken.out
    copy = tmp_path / "copy"
    assert sorted(path.name for path in copy.iterdir()) == [MANIFEST, "kiosk-vault.db", "kiosk.db"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in copy.iterdir()} == {0o600}
    shop.close()
    with closing(sqlite3.connect(copy / "kiosk.db")) as database:
        ((last,),) = database.execute("SELECT max(number) FROM orders").fetchall()
        undelivered = database.execute("SELECT count(*) FROM outbox WHERE delivered_at IS NULL").fetchone()
    assert 2 <= last <= max(sold)
    assert undelivered == (last - 1,)

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    command = KioskCommand(elsewhere)
    put = command("restore", str(copy), "--lang", "en")
    assert put.code == 0
    assert "kiosk-vault.key is missing" in put.err
    (elsewhere / "kiosk-vault.key").write_bytes((tmp_path / "kiosk-vault.key").read_bytes())
    assert {stat.S_IMODE(path.stat().st_mode) for path in elsewhere.glob("*.db")} == {0o600}
    before.is_there(opened(stack, database_url=f"sqlite:///{elsewhere / 'kiosk.db'}"), next_number=last + 1)


def opened(stack: ExitStack, **settings: Any) -> Front:
    """Open a shop with a kitchen of its own."""
    kitchen = stack.enter_context(Kitchen())
    server = stack.enter_context(WebServer(Settings.model_validate({**settings, **shop_settings(kitchen)})))
    return Front(server.client(), kitchen)


def test_the_commands_in_the_documentation_back_up_and_restore_postgres(
    stack: ExitStack, postgres_url: str, project_root: Path, tmp_path: Path
) -> None:
    first, second = (stack.enter_context(own_database(postgres_url)) for _ in range(2))
    with ExitStack() as day:
        before = Before(opened(day, database_url=first, encryption_key=SECRET))
    tools = postgres_tools()
    documented = (project_root / "docs" / "operations.md").read_text(encoding="utf-8")
    for tool in ("pg_dump", "pg_restore"):
        (command,) = re.findall(rf"^{tool} .*$", documented, re.MULTILINE)
        environment = {"PATH": tools, "KIOSK_DATABASE_URL": first, "NEW_DATABASE_URL": second}
        done = subprocess.run(["/bin/sh", "-c", command], cwd=tmp_path, env=environment, capture_output=True)
        assert done.returncode == 0, done.stderr
    before.is_there(opened(stack, database_url=second, encryption_key=SECRET), next_number=3)


def postgres_tools() -> str:
    """Return the folder of PostgreSQL's newest client tools."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_restore"), key=lambda path: int(path.parts[4]))
    if not found:
        pytest.skip(POSTGRES_TOOLS_HELP)
    return str(found[-1].parent)
