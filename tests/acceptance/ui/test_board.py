"""The live board: an alert arrives, is acknowledged and resolves without a reload; many at once; by keys alone."""

import psutil
import pytest
from playwright.sync_api import Browser, expect

from shared.model.events import Event
from tests.support.site import Site, problems, violations
from tests.support.waiting import until


def test_alert_arrives_is_acknowledged_and_resolves_without_reload(site: Site, browser: Browser) -> None:
    site.rule(name="CPU 높음", severity="critical")
    page = site.open(browser)
    expect(page.get_by_test_id("connection")).to_have_text("Live")
    expect(page.get_by_test_id("empty")).to_contain_text("Nothing is wrong")
    site.say("결제-서버", "결제 서버", cpu=95)
    row = page.get_by_test_id("alerts").locator("> li")
    expect(row).to_contain_text("CPU 높음")
    expect(row).to_contain_text("결제 서버")
    expect(row).to_contain_text("95")
    expect(row).to_contain_text("limit 80")
    expect(page.get_by_test_id("banner")).to_contain_text("Critical: CPU 높음 — 결제 서버")
    expect(page.get_by_test_id("toasts")).to_contain_text("[FIRING 발생]")
    page.get_by_role("button", name="Acknowledge: CPU 높음").click()
    expect(row).to_contain_text("by admin")
    expect(page.get_by_test_id("banner")).to_be_hidden()
    site.say("결제-서버", "결제 서버", cpu=5)
    expect(row).to_have_count(0)

    assert [] == problems(page)


def test_keys_alone_lead_from_the_board_to_an_acknowledged_alert(site: Site, browser: Browser) -> None:
    site.rule(name="CPU high", severity="critical")
    site.rule(name="Disk low", metric="disk", severity="info")
    page = site.open(browser)
    site.say(cpu=95, disk=99)
    rows = page.get_by_test_id("alerts").locator("> li")
    expect(rows).to_have_count(2)
    # Only who may act has the keys for it, and who that is arrives as well.
    expect(page.get_by_role("checkbox", name="Select: Disk low")).to_be_visible()
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="CPU high", exact=True)).to_be_focused()
    page.keyboard.press("a")
    # What is acknowledged goes behind what is not.
    expect(rows.last).to_contain_text("by admin")
    page.keyboard.press("k")
    page.keyboard.press("x")
    expect(page.get_by_role("checkbox", name="Select: Disk low")).to_be_checked()
    page.keyboard.press("/")
    page.keyboard.type("cpu")
    expect(rows).to_have_count(1)
    expect(page).to_have_url(f"{site.address}/?q=cpu")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Acknowledge")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("timeline")).to_contain_text("Acknowledged")

    assert [] == problems(page)


def test_two_hundred_are_acknowledged_at_once(site: Site, browser: Browser) -> None:
    site.rule(name="CPU high")
    site.publish(*(Event(f"host-{n}", metrics={"cpu": 95}) for n in range(200)))
    page = site.open(browser, "/?group=rule")
    until(lambda: len(site.active()) == 200, "200 alerts")
    expect(page.get_by_role("button", name="CPU high 200 alerts")).to_be_visible()
    page.get_by_role("checkbox", name="Select all (200)").click()
    page.get_by_role("toolbar").get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_text("200 alerts acknowledged.")).to_be_visible()
    page.get_by_role("button", name="CPU high 200 alerts").click()
    expect(page.get_by_test_id("alerts").locator("> li")).to_have_count(1)

    assert {"acknowledged"} == {alert.state for alert in site.active()}


def test_page_says_it_is_stale_while_the_relay_is_dead_and_catches_up(site: Site, browser: Browser) -> None:
    site.rule(name="CPU 높음", severity="critical")
    page = site.open(browser, locale="ko-KR", viewport={"width": 360, "height": 740})
    connection = page.get_by_test_id("connection")
    expect(connection).to_have_text("실시간")
    site.relay.kill()
    expect(connection).to_have_attribute("data-phase", "reconnecting")
    site.say("결제", "결제 서버", cpu=95)
    expect(connection).to_contain_text("이후 갱신 안 됨")
    expect(page.get_by_test_id("stale")).to_contain_text("최신 상태가 아닐 수 있습니다")
    site.relay.start()
    expect(page.get_by_test_id("alerts")).to_contain_text("결제 서버")
    expect(connection).to_have_text("실시간")
    width = page.evaluate("document.documentElement.scrollWidth")
    page.get_by_role("button", name="언어").click()
    page.get_by_role("menuitem", name="English").click()
    expect(connection).to_have_text("Live")
    page.reload()
    expect(connection).to_have_text("Live")

    assert width <= 360


def test_board_whose_evaluator_stands_still_is_not_called_live(site: Site, browser: Browser) -> None:
    page = site.open(browser)
    connection = page.get_by_test_id("connection")
    expect(connection).to_have_text("Live")
    process = psutil.Process(site.evaluator.pid)
    process.suspend()
    try:
        expect(connection).to_have_attribute("data-trouble", "evaluator")
        expect(page.get_by_test_id("standstill")).to_contain_text("Rules are not evaluated")
        page.goto(f"{site.address}/rules")
        expect(page.get_by_test_id("connection")).to_contain_text("Rules not evaluated since")
    finally:
        process.resume()
    expect(connection).to_have_text("Live")

    assert [] == problems(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_board_has_no_serious_violation(site: Site, browser: Browser, scheme: str) -> None:
    for severity in ("info", "warning", "error", "critical", "emergency"):
        site.rule(name=severity, severity=severity)
    page = site.open(browser, "/?group=plugin", color_scheme=scheme)
    site.say(cpu=95)
    expect(page.get_by_test_id("alerts").locator("> li")).to_have_count(6)
    page.get_by_role("checkbox", name="Select all (5)").click()

    assert [] == violations(page)


def test_viewer_is_offered_nothing_to_do(site: Site, browser: Browser) -> None:
    site.rule(name="CPU high")
    page = site.open(browser, name="lee", role="viewer")
    site.say(cpu=95)
    expect(page.get_by_role("link", name="CPU high", exact=True)).to_be_visible()

    expect(page.get_by_role("checkbox")).to_have_count(0)
    expect(page.get_by_role("button", name="Acknowledge: CPU high")).to_have_count(0)


def test_page_can_be_installed_and_its_worker_keeps_nothing(site: Site, browser: Browser) -> None:
    page = site.open(browser)
    manifest = page.evaluate("fetch(document.querySelector('link[rel=manifest]').href).then((r) => r.json())")
    statuses = page.evaluate(
        "(icons) => Promise.all(icons.map(({ src }) => fetch(src).then((r) => r.status)))", manifest["icons"]
    )
    script = page.evaluate("navigator.serviceWorker.ready.then((found) => found.active.scriptURL)")
    kept = page.evaluate("caches.keys()")

    assert "standalone" == manifest["display"]
    assert {200} == set(statuses)
    assert script == f"{site.address}/sw.js"
    assert [] == kept
