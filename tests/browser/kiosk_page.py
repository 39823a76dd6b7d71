"""What a customer does on the kiosk page, in the customer's terms."""

from __future__ import annotations

import json
import re
from typing import Any

from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.web_server import WebServer

PORTRAIT = ViewportSize(width=1080, height=1920)
PHONE = ViewportSize(width=390, height=844)


class KioskPage:
    """The opened page, and what its console complained about."""

    def __init__(self, page: Page, server: WebServer) -> None:
        """Take an opened page."""
        self.page = page
        self.server = server
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self._heard(message.type, message.text))

    @classmethod
    def on(
        cls, browser: Browser, server: WebServer, screen: Any = PORTRAIT, access: Any = None, **options: Any
    ) -> KioskPage:
        """Open the page as a new customer's browser would, or with the settings that a customer has chosen."""
        context = browser.new_context(viewport=screen, locale="ko-KR", **options)
        context.set_default_timeout(10_000)
        if access:
            context.add_init_script(f"sessionStorage.setItem('kiosk-access', {json.dumps(json.dumps(access))})")
        opened = cls(context.new_page(), server)
        opened.open()
        return opened

    def open(self) -> None:
        """Load the page and wait until it can be used."""
        self.page.goto(f"{self.server.url}/kiosk")
        self.ready()

    def ready(self) -> None:
        """Wait until the page can be used."""
        expect(self.page.locator("#app")).to_have_attribute("aria-busy", "false")

    def close(self) -> None:
        """Close the customer's browser."""
        self.page.context.close()

    def say(self, words: str) -> None:
        """Type and send."""
        self.page.fill("#words", words)
        self.page.click(".send")

    def speak(self, language: str) -> None:
        """Switch the language."""
        self.page.click(f"[data-language={language}]")
        expect(self.page.locator("html")).to_have_attribute("lang", language)

    def shelf(self, category: str) -> None:
        """Open a shelf of the menu."""
        self.page.click(f"#shelf-{category}")

    def item(self, item: str) -> None:
        """Tap an item."""
        self.page.click(f"[data-item={item}]")

    def choose(self, *values: str) -> None:
        """Choose values on the option sheet, by option and value."""
        for value in values:
            self.page.locator(f'#sheet [data-key="{value}"]').check()

    def take(self) -> None:
        """Put what the option sheet shows on the order."""
        self.page.click("#take")

    def answer(self, words: str) -> None:
        """Press a button that answers the open question."""
        self.page.locator("#choices").get_by_role("button", name=words).click()

    def press(self, key: str) -> None:
        """Press a button of the order or a dialog by its key."""
        self.page.locator(f'[data-key="{key}"]').click()

    def pay(self) -> None:
        """Go to the payment screen."""
        self.page.click("#pay")
        expect(self.page.locator("#payment")).to_be_visible()

    def has(self, *lines: str) -> None:
        """Expect the order to have these lines: name, settings and number, as a customer reads them."""
        expect(self.lines).to_have_count(len(lines))
        for index, words in enumerate(lines):
            shown = [re.escape(word) for word in words.split()]
            expect(self.lines.nth(index)).to_contain_text(re.compile(r"[\s\S]*".join(shown), re.IGNORECASE))

    def costs(self, amount: str) -> None:
        """Expect this total."""
        expect(self.page.locator("#total")).to_have_text(amount)

    def hears(self, words: str) -> None:
        """Expect the kiosk's last words to hold these."""
        expect(self.page.locator(".bubble.assistant").last).to_contain_text(words)

    def is_paid(self) -> str:
        """Expect the number of a paid order and return it."""
        number = self.page.locator("#number")
        expect(number).to_have_text(re.compile(r"^[0-9]+$"))
        return number.inner_text()

    @property
    def lines(self) -> Locator:
        """The lines of the order."""
        return self.page.locator("#lines .line")

    def _heard(self, kind: str, words: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(words)
