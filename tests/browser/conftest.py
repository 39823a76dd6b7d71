"""A real browser on a real server."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from kiosk.settings import Settings
from tests.browser.kiosk_page import KioskPage
from tests.web_server import WebServer


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """A browser for a module's tests; Playwright's own event loop would be in the way of other modules' loops."""
    with sync_playwright() as playwright:
        # A container gives Chromium neither a sandbox nor much shared memory; the page is our own.
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """A server for a module's tests; every browser context is a customer of its own."""
    file = tmp_path_factory.mktemp("browser") / "kiosk.db"
    with WebServer(Settings(database_url=f"sqlite:///{file}")) as started:
        yield started


@pytest.fixture
def kiosk(browser: Browser, server: WebServer) -> Iterator[KioskPage]:
    """The page on a kiosk's screen. Whatever the browser complains about fails the test."""
    page = KioskPage.on(browser, server)
    yield page
    page.close()
    assert page.complaints == []
