"""The main screens as pictures; with KIOSK_TEST_IMAGES=docs/images they are kept for the documentation."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.kiosk_page import PHONE, KioskPage
from tests.web_server import WebServer

pytestmark = pytest.mark.browser

SMALLEST_PICTURE = 20_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    chosen = os.environ.get("KIOSK_TEST_IMAGES")
    return Path(chosen) if chosen else tmp_path


def shoot(kiosk: KioskPage, folder: Path, name: str) -> None:
    kiosk.page.evaluate("document.activeElement.blur()")
    kiosk.page.screenshot(path=folder / f"{name}.png", animations="disabled")
    assert (folder / f"{name}.png").stat().st_size > SMALLEST_PICTURE


@pytest.mark.parametrize(
    ("language", "words", "pending"),
    [
        ("ko", "아이스 라떼 두 잔이랑 아메리카노 한 잔, 치즈케이크 하나요", "핫"),
        ("en", "two iced lattes, an americano and a cheesecake", "hot"),
    ],
)
def test_the_screens_of_an_order(kiosk: KioskPage, folder: Path, language: str, words: str, pending: str) -> None:
    kiosk.speak(language)
    shoot(kiosk, folder, f"kiosk-{language}-1-start")
    kiosk.say(words)
    expect(kiosk.lines).to_have_count(3)
    shoot(kiosk, folder, f"kiosk-{language}-2-order")
    kiosk.answer(pending)
    kiosk.shelf("ade")
    kiosk.item("grapefruit_ade")
    shoot(kiosk, folder, f"kiosk-{language}-3-options")
    kiosk.take()
    expect(kiosk.lines).to_have_count(4)
    kiosk.pay()
    shoot(kiosk, folder, f"kiosk-{language}-4-payment")
    kiosk.page.click("#approve")
    kiosk.is_paid()
    shoot(kiosk, folder, f"kiosk-{language}-5-number")


@pytest.mark.parametrize("mode", ["contrast", "low", "large"])
def test_the_modes(kiosk: KioskPage, folder: Path, mode: str) -> None:
    kiosk.say("아이스 라떼 두 잔이랑 아메리카노 한 잔")
    expect(kiosk.lines).to_have_count(2)
    kiosk.page.click("#open-access")
    kiosk.page.locator('[data-key="size-2"]' if mode == "large" else f"#access-{mode}").check()
    kiosk.page.keyboard.press("Escape")
    shoot(kiosk, folder, f"kiosk-mode-{mode}")


def test_a_phone(browser: Browser, server: WebServer, folder: Path) -> None:
    phone = KioskPage.on(browser, server, PHONE, device_scale_factor=2)
    phone.say("아이스 라떼 두 잔이랑 아메리카노 한 잔")
    expect(phone.lines).to_have_count(2)
    shoot(phone, folder, "kiosk-phone")
    phone.close()
