"""The operator's page in a browser."""

import os
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pydantic import SecretStr

from kiosk.settings import Settings
from tests.web_server import Customer, WebServer

pytestmark = pytest.mark.browser

TOKEN = "a-long-secret"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[WebServer]:
    url = f"sqlite:///{tmp_path / 'kiosk.db'}"
    with WebServer(Settings(database_url=url, operator_token=SecretStr(TOKEN))) as server:
        yield server


@pytest.fixture
def page(browser: Browser, shop: WebServer) -> Iterator[Page]:
    """The page before the token is entered; a script error fails the test."""
    opened = browser.new_page(viewport={"width": 1366, "height": 1400}, locale="ko-KR")
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.goto(f"{shop.url}/dashboard")
    yield opened
    opened.close()
    assert problems == []


def enter(page: Page, token: str = TOKEN) -> None:
    page.fill("#token", token)
    page.click("#enter button")


def serve_two_customers(shop: WebServer) -> None:
    guest = Customer(shop.client(), "guest")
    guest.say("아이스 라떼 두 잔이랑 쿠키 하나")
    guest.pay("approve", guest.touch({"type": "request_payment"}).json()["payment"])
    other = Customer(shop.client(), "other")
    other.say("아이스 라떼 한 잔")
    other.say("직원 불러주세요")


def test_the_board_opens_with_the_token_only(page: Page) -> None:
    expect(page.locator("#board")).to_be_hidden()
    enter(page, "wrong")
    expect(page.locator("#problem")).to_have_text("토큰이 맞지 않아요.")
    expect(page.locator("#board")).to_be_hidden()
    enter(page)
    expect(page.locator("#board")).to_be_visible()
    expect(page.locator("#problem")).to_be_hidden()


def test_calls_and_orders_are_shown_and_closed(page: Page, shop: WebServer) -> None:
    serve_two_customers(shop)
    enter(page)
    expect(page.locator("#orders")).to_contain_text("카페라떼 ×2, 초코칩쿠키 ×1")
    expect(page.locator("#calls")).to_contain_text("손님이 불렀어요 · kiosk-1 · other · 카페라떼 ×1 · 4,500원")
    expect(page.locator("#live tbody tr")).to_have_count(2)
    page.click("#orders button")
    page.click("#calls button")
    expect(page.locator("#orders")).to_contain_text("나갈 주문이 없어요.")
    expect(page.locator("#calls")).to_contain_text("기다리는 손님이 없어요.")


def test_a_switch_takes_an_item_off_the_menu(page: Page, browser: Browser, shop: WebServer) -> None:
    enter(page)
    page.locator('[data-key="stock-latte"]').check()
    expect(page.locator('[data-key="stock-latte"]')).to_be_checked()
    customer = browser.new_page()
    customer.goto(f"{shop.url}/kiosk")
    expect(customer.locator("[data-item=latte]")).to_be_disabled()
    expect(customer.locator("[data-item=latte]")).to_contain_text("품절")
    customer.close()


def test_the_figures_can_be_saved_as_a_table(page: Page, shop: WebServer) -> None:
    enter(page)
    page.get_by_role("button", name="7일").click()
    with page.expect_download() as saved:
        page.click("#export")
    assert saved.value.suggested_filename == "kiosk-7-days.csv"


def test_the_page_is_for_everybody_and_in_both_languages(page: Page, shop: WebServer, tmp_path: Path) -> None:
    serve_two_customers(shop)
    enter(page)
    page.get_by_role("button", name="EN").click()
    expect(page.locator("#calls")).to_contain_text("Asked for staff")
    expect(page.locator("#endpoints")).to_contain_text("Embedded engine")
    expect(page.locator(".chart .ok").first).to_be_visible(timeout=15_000)
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    violations = page.evaluate("axe.run()")["violations"]
    assert [one["id"] for one in violations if re.match("serious|critical", one["impact"])] == []
    folder = Path(os.environ.get("KIOSK_TEST_IMAGES", str(tmp_path)))
    page.screenshot(path=folder / "dashboard-en.png", animations="disabled")
