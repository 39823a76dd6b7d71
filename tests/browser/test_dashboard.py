"""The operator's page in a browser."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, FloatRect, Page, Route, expect
from pydantic import SecretStr

from kiosk.serving import Failure
from kiosk.serving.models import EMBEDDED
from kiosk.settings import Settings
from tests.served_week import CLOUD, fill
from tests.web_server import Customer, WebServer

pytestmark = pytest.mark.browser

TOKEN = "a-long-secret"
CHARTS = ("requests", "paths", "latency", "money", "tokens", "costs", "alert-chart")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[WebServer]:
    url = f"sqlite:///{tmp_path / 'kiosk.db'}"
    with WebServer(Settings(database_url=url, operator_token=SecretStr(TOKEN))) as server:
        yield server


@contextmanager
def opened(browser: Browser, shop: WebServer) -> Iterator[Page]:
    """Open the page; an error in a script, or anything that its security policy forbids, fails the test."""
    page = browser.new_page(viewport={"width": 1366, "height": 1400}, locale="ko-KR")
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if "Content Security Policy" in said.text else None)
    page.goto(f"{shop.url}/dashboard")
    yield page
    page.close()
    assert problems == []


@pytest.fixture
def page(browser: Browser, shop: WebServer) -> Iterator[Page]:
    """The page before the token is entered."""
    with opened(browser, shop) as page:
        yield page


@pytest.fixture
def board(browser: Browser, week: WebServer) -> Iterator[Page]:
    """The page of a shop with a week behind it, entered."""
    with opened(browser, week) as page:
        enter(page)
        yield page


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


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """A shop with a week behind it and two customers before it."""
    url = f"sqlite:///{tmp_path_factory.mktemp('week') / 'kiosk.db'}"
    fill(url)
    with WebServer(Settings(database_url=url, operator_token=SecretStr(TOKEN))) as server:
        serve_two_customers(server)
        assert server.app is not None
        registry = server.app.state.server.kiosk.registry
        registry.health.fail(registry.endpoints[EMBEDDED], Failure("timeout", ""))
        yield server


def figures(shop: WebServer, path: str, **query: Any) -> Any:
    client = shop.client(Authorization=f"Bearer {TOKEN}")
    return client.get(f"/api/operator/{path}", params=query).raise_for_status().json()


def numbers(page: Page, chart: str) -> list[list[str]]:
    """Read the table behind a chart, as somebody does who cannot see the chart."""
    script = "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
    read: list[list[str]] = page.locator(f"#{chart} tbody tr").evaluate_all(script)
    return read


def is_drawn(page: Page, chart: str) -> bool:
    """Tell whether a chart has anything on it."""
    script = """canvas => {
      const { width, height } = canvas;
      return canvas.getContext("2d").getImageData(0, 0, width, height).data.some((value) => value > 0);
    }"""
    return bool(page.locator(f"#{chart} canvas").evaluate(script))


def complaints(page: Page, *rules: str) -> list[str]:
    """Let axe-core look at the page as it stands, by all rules or some."""
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    violations = page.evaluate("rules => axe.run(rules.length ? { runOnly: rules } : {})", list(rules))["violations"]
    return [one["id"] for one in violations if re.match("serious|critical", one["impact"])]


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
    page.locator("#orders").get_by_text("전달함").click()
    page.click("#calls button")
    expect(page.locator("#orders")).to_contain_text("나갈 주문이 없어요.")
    expect(page.locator("#calls")).to_contain_text("기다리는 손님이 없어요.")


def test_a_paid_order_is_cancelled_and_its_payment_given_back(page: Page, shop: WebServer) -> None:
    serve_two_customers(shop)
    enter(page)
    asked: list[str] = []

    def agree(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept()

    page.on("dialog", agree)
    page.locator("#orders").get_by_text("취소").click()
    expect(page.locator("#orders")).to_contain_text("나갈 주문이 없어요.")
    assert "1번 주문을 취소할까요?" in asked[0]
    expect(page.locator("#refunds")).to_contain_text("12,000원 · 취소한 주문")
    page.click("#refunds button")
    expect(page.locator("#refunds-title")).to_be_hidden()
    assert complaints(page) == []


def test_a_switch_takes_an_item_off_the_menu(page: Page, browser: Browser, shop: WebServer) -> None:
    enter(page)
    page.locator('[data-key="stock-latte"]').check()
    expect(page.locator('[data-key="stock-latte"]')).to_be_checked()
    customer = browser.new_page()
    customer.goto(f"{shop.url}/kiosk")
    expect(customer.locator("[data-item=latte]")).to_be_disabled()
    expect(customer.locator("[data-item=latte]")).to_contain_text("품절")
    customer.close()


def test_a_week_can_be_read_from_charts_and_from_the_tables_behind_them(board: Page, week: WebServer) -> None:
    board.get_by_role("button", name="EN").click()
    board.get_by_role("button", name="7 days").click()
    expect(board.locator("#requests tbody tr")).to_have_count(7)
    assert [chart for chart in CHARTS if not is_drawn(board, chart)] == []
    for chart in CHARTS:
        expect(board.locator(f"#{chart} canvas")).to_have_attribute(
            "aria-label", re.compile("numbers are in the table")
        )

    found = figures(week, "figures", days=7, language="en")
    names = {one["endpoint"]: one["name"] for one in figures(week, "breakers")}
    asked = [one for one in found["endpoints"] if one["requests"]]
    assert numbers(board, "requests") == [
        [one["start"][5:10], str(one["successes"]), str(one["failures"])] for one in found["periods"]
    ]
    assert numbers(board, "latency") == [
        [names[one["endpoint"]], f"{one['p50_ms']:,} ms", f"{one['p95_ms']:,} ms"] for one in asked
    ]
    assert numbers(board, "tokens") == [
        [names[one["endpoint"]], f"{one['input_tokens']:,}", f"{one['output_tokens']:,}"] for one in asked
    ]
    assert sorted(row[1] for row in numbers(board, "paths")) == sorted(str(one["turns"]) for one in found["paths"])
    assert [len(numbers(board, chart)) for chart in ("money", "costs", "alert-chart")] == [7, 3, 7]
    expect(board.locator("[data-figure=turns] dd")).to_contain_text(str(found["turns"]))
    expect(board.locator("#handovers")).to_contain_text("Ollama EXAONE 3.5 → OpenAI GPT-4o mini")
    expect(board.locator("#advice li")).to_have_count(len(found["recommendations"]))
    expect(board.locator(f"[data-breaker={EMBEDDED}]")).to_contain_text("1 of 3 failures")
    expect(board.locator(f"[data-breaker={CLOUD}]")).to_contain_text("Not set up")
    board.locator("#kinds").get_by_role("button", name="Slow").click()
    expect(board.locator("#alerts li")).to_have_count(3)

    folder = os.environ.get("KIOSK_TEST_IMAGES")
    if folder:
        board.locator("#kinds").get_by_role("button", name="All").click()
        expect(board.locator("#alerts li")).to_have_count(9)
        board.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
        stock = board.locator("section", has=board.locator("#stock")).bounding_box()
        assert stock is not None
        shown = FloatRect(x=0, y=0, width=stock["x"] * 2 + stock["width"], height=stock["y"])
        board.screenshot(path=Path(folder) / "dashboard-en.png", animations="disabled", full_page=True, clip=shown)


def test_charts_follow_the_range_the_language_and_the_colours_of_the_system(board: Page) -> None:
    expect(board.locator("#requests tbody tr")).to_have_count(24)
    board.get_by_role("button", name="30일").click()
    expect(board.locator("#requests tbody tr")).to_have_count(30)
    expect(board.locator("#handovers")).to_contain_text("시간 초과")
    summary = board.locator("#requests summary")
    expect(summary).to_have_text("숫자 보기")
    summary.click()
    assert complaints(board) == []
    before = board.locator("#requests canvas").evaluate("canvas => canvas.toDataURL()")
    board.emulate_media(color_scheme="dark")
    board.wait_for_function("before => document.querySelector('#requests canvas').toDataURL() !== before", arg=before)
    expect(board.locator("#requests tbody")).to_be_visible()
    assert complaints(board, "color-contrast") == []
    board.emulate_media(color_scheme="light", contrast="more")
    expect(board.locator("html")).to_have_class("contrast")
    assert complaints(board, "color-contrast") == []
    board.get_by_role("button", name="EN").click()
    expect(board.locator("#handovers")).to_contain_text("timeout")
    expect(summary).to_have_text("Numbers")


def test_a_late_answer_for_another_range_is_not_shown_over_the_chosen_one(board: Page) -> None:
    late: list[Route] = []
    board.route("**/figures?days=7&*", lambda route: late.append(route))
    with board.expect_request("**/figures?days=7&*"):
        board.get_by_role("button", name="7일").click()
    board.get_by_role("button", name="30일").click()
    expect(board.locator("#requests tbody tr")).to_have_count(30)
    with board.expect_response("**/figures?days=7&*"):
        late[0].continue_()
    board.wait_for_timeout(200)
    expect(board.locator("#requests tbody tr")).to_have_count(30)


def test_the_figures_can_be_saved_as_tables(board: Page) -> None:
    board.get_by_role("button", name="7일").click()
    for button, name in (
        (board.locator("#export"), "kiosk-7-days.csv"),
        (board.get_by_role("button", name="CSV 저장: 알림"), "kiosk-alerts-7-days.csv"),
    ):
        with board.expect_download() as saved:
            button.click()
        assert saved.value.suggested_filename == name
        assert len(saved.value.path().read_text(encoding="utf-8").splitlines()) > 7


def test_before_the_first_customer_every_chart_says_that_there_is_nothing(page: Page) -> None:
    enter(page)
    for chart in CHARTS:
        expect(page.locator(f"#{chart}")).to_have_text("이 기간의 기록이 없어요.")
    expect(page.locator("#alerts")).to_have_text("알림이 없어요.")
    expect(page.locator("#handovers")).to_have_text("대신 답한 일이 없어요.")
