"""The page for everybody: every screen and mode is checked by axe, by measure, and against the clock."""

import re
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from tests.browser.kiosk_page import PHONE, PORTRAIT, KioskPage
from tests.web_server import WebServer

pytestmark = pytest.mark.browser

WIDE = ViewportSize(width=1366, height=768)
SMALLEST_TARGET = 44
Screen = Callable[[KioskPage], None]


TAPS = """async () => {
  const times = [];
  const number = () => document.querySelector(".quantity").textContent;
  for (const sign of "+".repeat(10) + "−".repeat(10)) {
    const before = number();
    const began = performance.now();
    document.querySelector(`[data-key="1${sign}"]`).click();
    while (number() === before) await new Promise((resume) => setTimeout(resume, 1));
    times.push(performance.now() - began);
  }
  return times;
}"""


def start(kiosk: KioskPage) -> None:
    expect(kiosk.page.locator(".item").first).to_be_visible()


def ordering(kiosk: KioskPage) -> None:
    kiosk.say("라떼 두 잔이랑 쿠키 하나")
    kiosk.has("카페라떼", "초코칩쿠키 1")
    expect(kiosk.page.locator("#choices .choice").first).to_have_text("핫")


def options(kiosk: KioskPage) -> None:
    kiosk.item("latte")
    expect(kiosk.page.locator("#sheet")).to_be_visible()


def settings(kiosk: KioskPage) -> None:
    kiosk.page.click("#open-access")
    expect(kiosk.page.locator("#access")).to_be_visible()


def payment(kiosk: KioskPage) -> None:
    kiosk.say("쿠키 하나")
    kiosk.has("초코칩쿠키 1")
    kiosk.pay()


def paid(kiosk: KioskPage) -> None:
    payment(kiosk)
    kiosk.page.click("#approve")
    kiosk.is_paid()


SCREENS: list[Screen] = [start, ordering, options, settings, payment, paid]
SIZES = (PORTRAIT, PHONE, WIDE)
MODES: dict[str, dict[str, Any]] = {
    "plain": {},
    "contrast": {"contrast": True},
    "large": {"size": 2},
    "low": {"low": True},
}


def axe(kiosk: KioskPage) -> list[dict[str, Any]]:
    """Let axe-core look at the page as it stands; return what it does not like."""
    kiosk.page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = kiosk.page.evaluate("axe.run()")["violations"]
    return found


def open_in(browser: Browser, server: WebServer, mode: str, screen: Any = PORTRAIT) -> KioskPage:
    """Open the page as a customer who has chosen a mode."""
    return KioskPage.on(browser, server, screen, MODES[mode], reduced_motion="reduce")


def on_every_size(kiosk: KioskPage) -> Iterator[ViewportSize]:
    """Show the page, as it stands, on one screen after the other; its layout is a matter of style sheets alone."""
    for size in SIZES:
        kiosk.page.set_viewport_size(size)
        kiosk.page.wait_for_function(
            "([width, height]) => innerWidth === width && innerHeight === height", arg=[*size.values()]
        )
        yield size


@pytest.mark.parametrize("mode", MODES)
def test_axe_finds_nothing_serious_on_any_screen(browser: Browser, server: WebServer, mode: str) -> None:
    found = []
    for screen in SCREENS:
        kiosk = open_in(browser, server, mode)
        screen(kiosk)
        violations = axe(kiosk)
        found += [
            (screen.__name__, violation["id"], [node["html"] for node in violation["nodes"]][:3])
            for violation in violations
            if violation["impact"] in ("serious", "critical")
        ]
        kiosk.close()
    assert found == []


@pytest.mark.parametrize("screen", SCREENS)
def test_what_is_touched_is_large_enough(browser: Browser, server: WebServer, screen: Screen) -> None:
    kiosk = open_in(browser, server, "plain")
    screen(kiosk)
    targets = kiosk.page.locator("button:visible, input:visible, .value:visible")
    for size in on_every_size(kiosk):
        boxes = targets.evaluate_all(
            "all => all.map(it => [it.getBoundingClientRect().width, it.getBoundingClientRect().height, it.outerHTML])"
        )
        assert boxes
        # A browser lays out in fractions of a pixel.
        assert [box for box in boxes if min(box[:2]) < SMALLEST_TARGET - 0.5] == [], size
    kiosk.close()


@pytest.mark.parametrize("mode", MODES)
def test_nothing_sticks_out_sideways(browser: Browser, server: WebServer, mode: str) -> None:
    kiosk = open_in(browser, server, mode)
    ordering(kiosk)
    for size in on_every_size(kiosk):
        assert kiosk.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, size
    kiosk.item("americano")
    sheet = kiosk.page.query_selector("#sheet")
    for size in on_every_size(kiosk):
        assert kiosk.page.evaluate("sheet => sheet.scrollWidth - sheet.clientWidth", sheet) <= 0, size
    kiosk.close()


def test_text_at_200_percent_is_twice_as_large_and_an_order_can_be_made(browser: Browser, server: WebServer) -> None:
    sizes = []
    for mode in ("plain", "large"):
        kiosk = open_in(browser, server, mode)
        sizes.append(kiosk.page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)"))
        kiosk.item("americano")
        kiosk.choose("temperature-hot")
        kiosk.take()
        kiosk.has("아메리카노 핫 1")
        kiosk.pay()
        kiosk.page.click("#approve")
        kiosk.is_paid()
        kiosk.close()
    assert sizes[1] == pytest.approx(2 * sizes[0])


def test_in_low_position_everything_to_touch_is_within_reach_of_a_wheelchair(
    browser: Browser, server: WebServer
) -> None:
    kiosk = open_in(browser, server, "low")
    ordering(kiosk)
    tops = kiosk.page.locator("button:visible").evaluate_all("all => all.map(one => one.getBoundingClientRect().top)")
    # On a screen of 1.2 m whose foot stands at 0.6 m, this is 1.4 m above the floor.
    assert min(tops) > PORTRAIT["height"] * 0.33
    kiosk.item("americano")
    box = kiosk.page.locator("#sheet").bounding_box()
    assert box is not None
    assert box["y"] > PORTRAIT["height"] * 0.33
    kiosk.close()


def test_the_settings_change_the_page_and_end_with_the_customer(kiosk: KioskPage) -> None:
    kiosk.say("쿠키 하나")
    settings(kiosk)
    kiosk.page.locator("#access-contrast").check()
    kiosk.page.locator('[data-key="size-1.5"]').check()
    root = kiosk.page.locator("html")
    expect(root).to_have_class(re.compile("contrast"))
    kiosk.page.keyboard.press("Escape")
    kiosk.pay()
    kiosk.page.click("#approve")
    kiosk.is_paid()
    kiosk.press("new")
    expect(root).not_to_have_class(re.compile("contrast|large"))


def test_what_the_kiosk_says_is_announced(kiosk: KioskPage) -> None:
    log = kiosk.page.get_by_role("log")
    expect(log).to_have_attribute("aria-live", "polite")
    kiosk.say("쿠키 하나")
    expect(log).to_contain_text("쿠키")
    more = kiosk.page.get_by_role("button", name="초코칩쿠키 하나 더")
    expect(more).to_be_visible()


def test_a_customer_who_left_is_warned_and_then_forgotten(browser: Browser, server: WebServer) -> None:
    kiosk = KioskPage.on(browser, server)
    kiosk.page.clock.install()
    kiosk.page.reload()
    kiosk.ready()
    kiosk.speak("en")
    kiosk.say("a cookie")
    kiosk.has("chocolate chip cookie 1")
    thread = kiosk.page.evaluate("sessionStorage.getItem('kiosk-thread')")
    with kiosk.page.expect_response(f"**/api/sessions/{thread}/idle") as told:
        kiosk.page.clock.run_for(61_000)
    assert told.value.status == 200
    expect(kiosk.page.locator("#idle")).to_be_visible()
    kiosk.page.click("#stay")
    expect(kiosk.page.locator("#idle")).to_be_hidden()
    kiosk.has("chocolate chip cookie 1")
    kiosk.page.clock.run_for(61_000)
    expect(kiosk.page.locator("#idle")).to_be_visible()
    with kiosk.page.expect_response(f"**/api/sessions/{thread}/end") as ended:
        kiosk.page.clock.run_for(21_000)
    assert (ended.value.status, ended.value.request.post_data_json) == (200, {"reason": "idle"})
    kiosk.has()
    expect(kiosk.page.locator("html")).to_have_attribute("lang", "ko")
    assert kiosk.page.evaluate("sessionStorage.getItem('kiosk-thread')") is None
    client = server.client()
    assert client.get(f"/api/orders/{thread}").json()["order"]["status"] == "cancelled"
    assert client.get(f"/api/chat/{thread}").status_code == 410
    kiosk.say("물어볼 게 있어요")
    expect(kiosk.page.locator(".bubble.assistant")).to_have_count(2)
    kiosk.has()
    assert kiosk.page.evaluate("sessionStorage.getItem('kiosk-thread')") not in (None, thread)
    kiosk.close()


def test_a_session_that_has_ended_elsewhere_leads_to_the_first_screen(browser: Browser, server: WebServer) -> None:
    kiosk = KioskPage.on(browser, server)
    kiosk.say("쿠키 하나")
    kiosk.has("초코칩쿠키 1")
    thread = kiosk.page.evaluate("sessionStorage.getItem('kiosk-thread')")
    server.client().post(f"/api/sessions/{thread}/end", json={"reason": "left"})
    kiosk.say("하나 더")
    kiosk.hears("이전 주문이 끝났어요")
    kiosk.has()
    kiosk.say("라떼 한 잔")
    kiosk.has("카페라떼 1")
    kiosk.close()


def test_a_page_that_is_opened_again_after_the_end_is_fresh(browser: Browser, server: WebServer) -> None:
    kiosk = KioskPage.on(browser, server)
    kiosk.say("쿠키 하나")
    kiosk.has("초코칩쿠키 1")
    thread = kiosk.page.evaluate("sessionStorage.getItem('kiosk-thread')")
    server.client().post(f"/api/sessions/{thread}/end", json={"reason": "left"})
    kiosk.open()
    kiosk.has()
    expect(kiosk.page.locator(".bubble")).to_have_count(1)
    kiosk.close()


def test_more_time_waits_three_times_as_long(browser: Browser, server: WebServer) -> None:
    kiosk = KioskPage.on(browser, server)
    kiosk.page.clock.install()
    kiosk.page.reload()
    kiosk.ready()
    kiosk.say("쿠키 하나")
    kiosk.has("초코칩쿠키 1")
    settings(kiosk)
    kiosk.page.locator("#access-time").check()
    kiosk.page.keyboard.press("Escape")
    kiosk.page.clock.run_for(150_000)
    expect(kiosk.page.locator("#idle")).to_be_hidden()
    kiosk.page.clock.run_for(40_000)
    expect(kiosk.page.locator("#idle")).to_be_visible()
    kiosk.close()


def test_the_first_paint_comes_within_a_second_and_the_page_is_light(browser: Browser, server: WebServer) -> None:
    def paint() -> float:
        """Open the page as a new customer's browser would; return when something was first on the screen."""
        context = browser.new_context(viewport=PORTRAIT)
        page = context.new_page()
        sizes: list[int] = []
        page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
        page.goto(f"{server.url}/kiosk", wait_until="networkidle")
        assert 0 < sum(sizes) < 500_000
        painted: float = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        context.close()
        return painted

    # A shared machine is slow now and then; the page must manage in one of three times.
    assert any(paint() < 1000 for _ in range(3))


def test_a_tap_is_on_the_order_within_a_tenth_of_a_second(kiosk: KioskPage) -> None:
    kiosk.say("쿠키 하나")
    kiosk.has("초코칩쿠키 1")
    # A shared machine is slow now and then; the page must manage in one of three rounds.
    rounds = [sorted(kiosk.page.evaluate(TAPS)) for _ in range(3)]
    assert min(times[int(len(times) * 0.95) - 1] for times in rounds) < 100
