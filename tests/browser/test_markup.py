"""Markup is text on the page, whoever has written it: a customer, or whoever keeps the menu."""

from importlib.resources import files
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Browser, expect

from kiosk.settings import Settings
from tests.browser.kiosk_page import KioskPage
from tests.web_server import WebServer

pytestmark = pytest.mark.browser

MARKUP = "<img src=x onerror=\"document.title='owned'\">"


def is_unharmed(kiosk: KioskPage) -> None:
    assert kiosk.page.locator("img[src=x]").count() == 0
    assert kiosk.page.title() != "owned"


def test_what_a_customer_types_stays_text(kiosk: KioskPage) -> None:
    kiosk.say(MARKUP)
    expect(kiosk.page.locator(".bubble.user").last).to_contain_text(MARKUP)
    expect(kiosk.page.locator(".bubble.assistant")).not_to_have_count(0)
    kiosk.page.reload()
    kiosk.ready()
    expect(kiosk.page.locator(".bubble.user").last).to_contain_text("<img src=x onerror=")
    is_unharmed(kiosk)


def test_what_the_menu_says_stays_text(browser: Browser, tmp_path: Path) -> None:
    menu = yaml.safe_load((files("kiosk.menu") / "haru_cafe.yaml").read_text("utf-8"))
    menu["names"]["ko"] = f"하루카페 {MARKUP}"
    menu["categories"]["coffee"]["names"]["ko"] = f"커피 {MARKUP}"
    menu["option_groups"]["temperature"]["questions"]["ko"] = f"{MARKUP} 뜨겁게, 아니면 차갑게?"
    latte = next(item for item in menu["items"] if item["id"] == "latte")
    latte["names"]["ko"] = f"카페라떼 {MARKUP}"
    file = tmp_path / "menu.yaml"
    file.write_text(yaml.safe_dump(menu, allow_unicode=True, sort_keys=False), "utf-8")
    url = f"sqlite:///{tmp_path / 'kiosk.db'}"
    with WebServer(Settings(database_url=url, menu_file=file)) as server:
        kiosk = KioskPage.on(browser, server)
        expect(kiosk.page.locator("[data-item=latte]")).to_contain_text(MARKUP)
        kiosk.item("latte")
        kiosk.choose("temperature-iced")
        kiosk.take()
        kiosk.has(MARKUP)
        kiosk.say("라떼 하나 더")
        kiosk.hears("onerror")
        is_unharmed(kiosk)
        kiosk.close()
        assert kiosk.complaints == []
