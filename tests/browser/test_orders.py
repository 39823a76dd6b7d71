"""Whole orders on the page: by touch, by typing, by both, with the keyboard alone, and through troubles."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.kiosk_page import PHONE, KioskPage
from tests.web_server import WebServer

pytestmark = pytest.mark.browser


def test_a_full_order_by_touch(kiosk: KioskPage) -> None:
    kiosk.item("latte")
    kiosk.choose("temperature-iced", "size-large", "milk-oat")
    kiosk.press("quantity+")
    kiosk.take()
    kiosk.has("카페라떼 라지 아이스 오트밀크 2")
    kiosk.costs("11,600원")
    kiosk.shelf("dessert")
    kiosk.item("macaron")
    kiosk.has("카페라떼", "마카롱 1")
    kiosk.press("2+")
    kiosk.has("카페라떼", "마카롱 2")
    kiosk.press("1−")
    kiosk.press("2×")
    kiosk.has("카페라떼 라지 아이스 오트밀크 1")
    kiosk.costs("5,800원")
    kiosk.pay()
    expect(kiosk.page.locator("#payment .amount")).to_contain_text("5,800원")
    kiosk.page.click("#approve")
    kiosk.is_paid()
    kiosk.press("new")
    kiosk.has()
    expect(kiosk.page.locator("#payment")).to_be_hidden()


@pytest.mark.parametrize(
    ("language", "turns", "lines", "total"),
    [
        (
            "ko",
            ["라떼 두 잔이랑 치즈케이크 하나 주세요", "라떼는 둘 다 아이스로요", "하나는 라지로 바꿔 주세요"],
            ["카페라떼 아이스 1", "카페라떼 라지 아이스 1", "치즈케이크 1"],
            "16,200원",
        ),
        (
            "en",
            ["Two lattes and a cheesecake, please", "iced", "make one of the lattes large"],
            ["cafe latte iced 1", "cafe latte large iced 1", "cheesecake 1"],
            "₩16,200",
        ),
    ],
)
def test_a_full_order_by_typing(
    kiosk: KioskPage, language: str, turns: list[str], lines: list[str], total: str
) -> None:
    kiosk.speak(language)
    for words in turns:
        kiosk.say(words)
        expect(kiosk.page.locator(".bubble.user").last).to_contain_text(words)
    kiosk.costs(total)
    expect(kiosk.lines).to_have_count(3)
    shown = sorted(" ".join(line.split()).casefold() for line in kiosk.lines.all_inner_texts())
    for words in lines:
        wanted = words.casefold().split()
        assert any(all(word in line for word in wanted) for line in shown), (words, shown)
    kiosk.say("결제할게요" if language == "ko" else "I'd like to pay")
    kiosk.page.click("#approve")
    number = kiosk.is_paid()
    kiosk.hears(number)


def test_talk_and_touch_are_one_order(kiosk: KioskPage) -> None:
    kiosk.say("라떼 두 잔")
    kiosk.has("카페라떼 온도 선택 필요 2")
    kiosk.answer("아이스")
    kiosk.has("카페라떼 아이스 2")
    expect(kiosk.page.locator("#choices")).to_be_hidden()
    kiosk.item("americano")
    kiosk.choose("temperature-hot")
    kiosk.take()
    kiosk.has("카페라떼 아이스 2", "아메리카노 핫 1")
    kiosk.say("아메리카노는 두 잔으로 해 주세요")
    kiosk.has("카페라떼 아이스 2", "아메리카노 핫 2")
    kiosk.costs("17,000원")


def test_the_options_of_a_line_can_be_changed_by_touch(kiosk: KioskPage) -> None:
    kiosk.say("아이스 라떼 두 잔")
    kiosk.press("1edit")
    expect(kiosk.page.locator('[data-key="temperature-iced"]')).to_be_checked()
    kiosk.choose("temperature-hot")
    expect(kiosk.page.locator("#sheet")).not_to_contain_text("얼음")
    kiosk.press("shots+")
    kiosk.press("quantity+")
    kiosk.take()
    kiosk.has("카페라떼 핫 샷 추가 1 3")


def test_a_payment_that_is_declined_can_be_made_again(kiosk: KioskPage) -> None:
    kiosk.say("쿠키 하나")
    kiosk.pay()
    kiosk.page.click("#decline")
    expect(kiosk.page.locator("#payment")).to_be_hidden()
    kiosk.hears("결제가 되지 않았어요")
    kiosk.has("초코칩쿠키 1")
    kiosk.pay()
    kiosk.page.click("#approve")
    kiosk.is_paid()


def test_a_reload_in_the_middle_loses_nothing(kiosk: KioskPage) -> None:
    kiosk.speak("en")
    kiosk.say("two lattes")
    kiosk.has("cafe latte 2")
    kiosk.page.reload()
    kiosk.ready()
    kiosk.has("cafe latte Choose temperature 2")
    expect(kiosk.page.locator(".bubble.user")).to_contain_text("two lattes")
    kiosk.answer("iced")
    kiosk.pay()
    kiosk.page.reload()
    kiosk.ready()
    kiosk.page.click("#approve")
    kiosk.is_paid()


def test_two_tabs_on_one_order_see_what_the_other_did(kiosk: KioskPage) -> None:
    kiosk.say("쿠키 하나")
    kiosk.has("초코칩쿠키 1")
    other = KioskPage(kiosk.page.context.new_page(), kiosk.server)
    other.page.goto(f"{kiosk.server.url}/static/texts/ko.json")
    thread = kiosk.page.evaluate("sessionStorage.getItem('kiosk-thread')")
    other.page.evaluate("thread => sessionStorage.setItem('kiosk-thread', thread)", thread)
    other.open()
    other.press("1+")
    other.has("초코칩쿠키 2")
    kiosk.say("치즈케이크 하나")
    kiosk.has("초코칩쿠키 2", "치즈케이크 1")


def test_a_tap_on_what_another_tab_has_removed_does_nothing_but_say_so(kiosk: KioskPage) -> None:
    kiosk.say("쿠키 하나")
    kiosk.has("초코칩쿠키 1")
    thread = kiosk.page.evaluate("sessionStorage.getItem('kiosk-thread')")
    removal = {"actions": [{"type": "remove_item", "line_id": "1"}]}
    kiosk.server.client().post(f"/api/orders/{thread}/actions", json=removal)
    kiosk.press("1+")
    kiosk.has()
    assert [words for words in kiosk.complaints if "409" not in words] == []
    kiosk.complaints.clear()


def test_the_server_may_go_and_come_back_in_the_middle(kiosk: KioskPage) -> None:
    kiosk.say("아이스 라떼 한 잔")
    kiosk.has("카페라떼 아이스 1")
    kiosk.server.stop()
    kiosk.press("1+")
    kiosk.server.start()
    kiosk.has("카페라떼 아이스 2")
    assert all("ERR_CONNECTION_REFUSED" in words for words in kiosk.complaints)
    kiosk.complaints.clear()


def test_a_customer_is_told_that_the_connection_is_lost_and_when_it_is_back(kiosk: KioskPage) -> None:
    kiosk.page.context.set_offline(True)
    expect(kiosk.page.locator("#offline")).to_be_visible()
    kiosk.page.context.set_offline(False)
    expect(kiosk.page.locator("#offline")).to_be_hidden()
    kiosk.complaints.clear()


def test_a_customer_is_told_that_orders_cannot_be_saved_and_goes_on_when_they_can(
    kiosk: KioskPage, server: WebServer
) -> None:
    sentence, notice = "저장할 수 없어요", kiosk.page.locator("#payment-trouble")
    kiosk.shelf("dessert")
    kiosk.item("macaron")
    kiosk.has("마카롱 1")
    with unusable(server):
        kiosk.item("macaron")
        expect(kiosk.page.locator(".bubble.assistant").last).to_contain_text("확인하고 있어요")
        kiosk.hears(sentence)
        kiosk.has("마카롱 1")
    kiosk.item("macaron")
    kiosk.has("마카롱 2")
    kiosk.pay()
    expect(notice).to_be_hidden()
    with unusable(server):
        kiosk.page.click("#approve")
        expect(notice).to_contain_text(sentence)
    kiosk.page.click("#approve")
    kiosk.is_paid()
    # The browser itself complains about an answer that is an error.
    assert all("503" in complaint for complaint in kiosk.complaints)
    kiosk.complaints.clear()


@contextmanager
def unusable(server: WebServer) -> Iterator[None]:
    """Take the conversations away for a while."""
    file = server.settings.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("ALTER TABLE checkpoints RENAME TO elsewhere")
        try:
            yield
        finally:
            database.execute("ALTER TABLE elsewhere RENAME TO checkpoints")


def test_the_language_can_be_switched_in_the_middle(kiosk: KioskPage) -> None:
    kiosk.say("아이스 라떼 두 잔")
    kiosk.has("카페라떼 아이스 2")
    kiosk.speak("en")
    kiosk.has("cafe latte iced 2")
    kiosk.costs("₩9,000")
    kiosk.say("and a cookie")
    kiosk.has("cafe latte", "chocolate chip cookie 1")


def test_an_order_with_the_keyboard_alone(kiosk: KioskPage) -> None:
    keyboard = kiosk.page.keyboard
    kiosk.page.locator("#shelf-coffee").focus()
    keyboard.press("ArrowRight")
    expect(kiosk.page.locator("#shelf-non_coffee")).to_be_focused()
    keyboard.press("ArrowLeft")
    keyboard.press("Tab")
    expect(kiosk.page.locator("[data-item=espresso]")).to_be_focused()
    keyboard.press("Enter")
    expect(kiosk.page.locator("#sheet")).to_be_visible()
    keyboard.press("Escape")
    expect(kiosk.page.locator("[data-item=espresso]")).to_be_focused()
    keyboard.press("Enter")
    kiosk.page.locator("#take").focus()
    keyboard.press("Enter")
    kiosk.has("에스프레소 1")
    kiosk.page.locator('[data-key="1+"]').focus()
    keyboard.press("Enter")
    kiosk.has("에스프레소 2")
    expect(kiosk.page.locator('[data-key="1+"]')).to_be_focused()
    kiosk.page.locator("#pay").focus()
    keyboard.press("Enter")
    kiosk.page.locator("#approve").focus()
    keyboard.press("Enter")
    kiosk.is_paid()
    keyboard.press("Enter")
    expect(kiosk.page.locator("#payment")).to_be_hidden()


def test_a_phone_takes_an_order_too(browser: Browser, server: WebServer) -> None:
    phone = KioskPage.on(browser, server, PHONE, has_touch=True)
    phone.item("americano")
    phone.choose("temperature-iced")
    phone.take()
    phone.has("아메리카노 아이스 1")
    wide = phone.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
    phone.pay()
    phone.page.click("#approve")
    phone.is_paid()
    phone.close()


def test_words_that_look_like_a_page_are_shown_as_words(kiosk: KioskPage) -> None:
    words = "<img src=x onerror=document.title='stolen'><b>라떼</b>"
    kiosk.say(words)
    expect(kiosk.page.locator(".bubble.user")).to_contain_text("<img")
    assert kiosk.page.locator(".log img").count() == 0
    assert "stolen" not in kiosk.page.title()
