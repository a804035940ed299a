"""The dashboard in a real browser: an alert appears, is acknowledged, resolves, without a reload."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from redis import Redis

from api import identity
from api.routes import pages
from shared import rules
from shared.models import Event
from tests.conftest import RealServer, free_port
from tests.factories import a_rule, publish
from tests.processes import Process, a_system, wait_ready

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None and os.environ.get("CI") != "true",
        reason="no Chromium on this machine: apt-get install chromium",
    ),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert CHROMIUM, "CI needs Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield opened
        opened.close()


class Site:
    def __init__(self, redis: Redis, address: str, relay: Process) -> None:
        self.redis = redis
        self.address = address
        self.relay = relay

    def say(self, cpu: float, plugin: str = "결제-서버") -> None:
        publish(self.redis, 8, Event(plugin, "결제 서버", metrics={"cpu": cpu}))

    def open(self, browser: Browser, **options: object) -> Page:
        page = browser.new_context(**options).new_page()
        page.goto(f"{self.address}/sign-in?code={identity.create_sign_in_code(self.redis)}")
        return page


@pytest.fixture
def site(redis: Redis, server: RealServer, tmp_path: Path) -> Iterator[Site]:
    ports = {"API_PORT": str(free_port()), "RELAY_PORT": str(free_port())}
    rules.save(redis, a_rule(name="CPU 높음", severity="critical", channels=["web", "dashboard"]))
    with a_system(server.url, tmp_path, **ports) as system:
        system.start("evaluator")
        system.start("dispatchers", "router")
        system.start("dispatchers", "worker", "--channels", "web,dashboard")
        system.start("api")
        relay = system.start("api.live")
        wait_ready(redis, "evaluator", "router", "worker-web", "worker-dashboard", "api", "relay")
        yield Site(redis, f"http://127.0.0.1:{ports['API_PORT']}", relay)


def watched(page: Page) -> list[str]:
    """Return what the page complains of, as it comes: broken scripts, refused styles."""
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    return problems


def test_alert_appears_is_acknowledged_and_resolves_without_reload(site: Site, browser: Browser) -> None:
    page = browser.new_context(locale="en-US").new_page()
    problems = watched(page)
    page.goto(f"{site.address}/sign-in?code={identity.create_sign_in_code(site.redis)}")
    expect(page.get_by_test_id("connection")).to_have_text("Live")
    expect(page.get_by_test_id("empty")).to_contain_text("Nothing is wrong")
    site.say(95)
    item = page.get_by_test_id("alerts").locator("> li")
    expect(item).to_contain_text("CPU 높음")
    expect(item).to_contain_text("결제 서버")
    expect(page.get_by_test_id("banner")).to_contain_text("Critical: CPU 높음 — 결제 서버")
    expect(page.get_by_text("[FIRING 발생]").first).to_be_visible()
    page.get_by_role("button", name="Acknowledge: CPU 높음").click()
    expect(item).to_contain_text("Acknowledged · by admin")
    expect(page.get_by_test_id("banner")).to_be_hidden()
    item.get_by_role("link", name="CPU 높음").click()
    expect(page.get_by_test_id("timeline")).to_contain_text("Delivered")
    expect(page.get_by_test_id("timeline")).to_contain_text("cpu = 95 is > 80")
    page.go_back()
    expect(item).to_have_count(1)
    site.say(5)
    expect(item).to_have_count(0)

    assert problems == []


def test_page_says_it_is_stale_while_the_relay_is_dead_and_catches_up(site: Site, browser: Browser) -> None:
    page = site.open(browser, locale="ko-KR", viewport={"width": 360, "height": 740})
    connection = page.get_by_test_id("connection")
    expect(connection).to_have_text("실시간")
    site.relay.kill()
    expect(connection).to_contain_text("다시 연결 중")
    site.say(95)
    expect(connection).to_contain_text("이후 갱신 안 됨", timeout=20_000)
    expect(page.get_by_test_id("stale")).to_contain_text("화면이 오래되었을 수 있습니다")
    site.relay.start()
    expect(page.get_by_test_id("alerts")).to_contain_text("결제 서버", timeout=30_000)
    expect(connection).to_have_text("실시간")
    width = page.evaluate("document.documentElement.scrollWidth")
    page.get_by_role("button", name="언어").click()
    page.get_by_role("menuitem", name="English").click()
    expect(connection).to_have_text("Live")
    page.reload()
    expect(connection).to_have_text("Live")

    assert width <= 360


def test_every_section_opens_by_its_address(site: Site, browser: Browser) -> None:
    page = browser.new_context(locale="en-US").new_page()
    problems = watched(page)
    page.goto(f"{site.address}/sign-in?code={identity.create_sign_in_code(site.redis)}")
    for section in pages.SECTIONS:
        page.goto(f"{site.address}/{section}")
        expect(page.get_by_role("heading", level=2)).to_have_text(section.capitalize())
        expect(page.get_by_role("link", name=section.capitalize())).to_have_attribute("aria-current", "page")

    assert problems == []


def test_stranger_sees_how_to_sign_in(site: Site, browser: Browser) -> None:
    page = browser.new_context().new_page()
    answer = page.goto(site.address)

    assert answer is not None and answer.status == 401
    expect(page.locator("main")).to_contain_text("enhanced-alerts token --link")
    expect(page.locator("main")).to_contain_text("로그인")
